"""Signing in and out, and the home page with the state of the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, abort, request

from workspace.core.texts import _
from workspace.web import context
from workspace.web.console import api, managed, session, shell
from workspace.web.console.as_yaml import PARTS, configuration_text
from workspace.web.console.session import ROOT, SIGN_IN
from workspace.web.console.settings import places
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from collections.abc import Mapping

_WRONG = _("This token opens nothing: it is unknown, was revoked, or has ended.")


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """Show the form for a token."""
    return shell.plain("sign_in.html", complaint="", to=_within_console(request.args.get("to", "")))


@blueprint.post("/sign-in")
def sign_in_form() -> Response:
    """Begin a session."""
    session.require_own_origin()
    to = _within_console(request.form.get("to", ""))
    value = session.sign_in(request.form.get("token", "").strip())
    if value is None:
        return shell.plain("sign_in.html", status=401, complaint=_WRONG, to=to)
    return session.keep(session.see(to), value)


@blueprint.post("/sign-out")
@shell.only_reads
def sign_out() -> Response:
    """End the session."""
    return session.sign_out(session.see(SIGN_IN))


@blueprint.get("/")
def index() -> Response:
    """Lead to the first Help Center."""
    data = api.get("/help_centers")["data"]
    return session.see(f"{ROOT}/hc/{data[0]['identifier']}/home") if data else abort(404)


@blueprint.get("/hc/<name:help_center>/home")
def home(help_center: str) -> Response:
    """Show the state of the portal."""
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    reach = _reach(help_center, configuration)
    page = configuration["homepage"]
    return shell.page(
        "home.html",
        "home",
        help_center,
        configuration=configuration,
        portal=configuration["portal"],
        reach=reach["before"]["count"],
        people=reach["people"],
        open_checks=[check for check in configuration["required_settings"]["checks"] if check["status"] != "met"],
        records=configuration["others"],
        changed=_changed(configuration),
        draft=page["draft_edited"] if page["draft"] != page["live"] else None,
        place_of=places.place_of,
    )


@blueprint.get("/hc/<name:help_center>/portal.yaml")
def download(help_center: str) -> Response:
    """Answer the live settings as the file of a configuration."""
    if context.running().upstream is not None:
        abort(404)
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    name = configuration["help_center"]["display_name"]
    message = _("What %(name)s has, as of %(moment)s. Try it: portal plan -f portal.yaml")
    head = f"# {message % {'name': name, 'moment': shell.now()}}\n"
    response = Response(head + configuration_text(configuration, *PARTS), mimetype="application/yaml")
    response.headers["Content-Disposition"] = 'attachment; filename="portal.yaml"'
    return response


def _reach(help_center: str, configuration: Mapping[str, Any]) -> Any:
    view = {
        "open": configuration["portal"]["effective"],
        "audience": configuration["audience"]["values"],
        "ticket_visibility": configuration["ticket_visibility"]["values"],
    }
    body = {"before": view, "after": view, "sample": 0}
    return api.send("POST", f"/help_centers/{help_center}/access/compare", body)


def _changed(configuration: Mapping[str, Any]) -> list[Any]:
    addresses = {address for record in configuration["others"] for address in record["manages"]}
    latest = {
        entry["id"]: entry
        for address in addresses
        for mark in managed.marks(configuration, address)
        for entry in mark.changed
    }
    return sorted(latest.values(), key=lambda entry: int(entry["id"]), reverse=True)


def _within_console(to: str) -> str:
    # Only within the console, whatever a link says.
    safe = to.startswith(f"{ROOT}/") and not to.startswith((SIGN_IN, f"{ROOT}//")) and "\\" not in to
    return to if safe and to.isprintable() else f"{ROOT}/"
