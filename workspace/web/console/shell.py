"""The frame of every page of the console: blueprint, navigation, rendering, guarding."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Blueprint, Response, abort, current_app, g, render_template, request

from workspace.core.clock import iso
from workspace.core.errors import ApiError, Problem
from workspace.core.texts import _
from workspace.web import context
from workspace.web.console import api, managed, session
from workspace.web.console.as_yaml import changed_lines
from workspace.web.console.session import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

blueprint = Blueprint("console", __name__, template_folder="templates", url_prefix=ROOT)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
NAVIGATION = (
    ("", (("home", _("Home")),)),
    (
        _("Articles › Settings"),
        (("general", _("General")), ("access", _("Access conditions")), ("help-center", _("Help Center"))),
    ),
    (_("Styling"), (("layout", _("Layout and sections")), ("look", _("Look")))),
    (_("Messenger"), (("messenger", _("Spaces and security")),)),
    (_("People"), (("contacts", _("Contacts")), ("companies", _("Companies")), ("data", _("Data attributes")))),
    (_("History"), (("activity", _("Activity")), ("applies", _("Applies")), ("tokens", _("Tokens")))),
)
"""The groups of pages, each page by the last part of its path."""
NAVIGATION_BEHIND = (
    ("", (("home", _("Home")), ("tasks", _("Tasks")), ("known", _("What is known")))),
    (_("People"), (("contacts", _("Contacts")), ("companies", _("Companies")))),
    (_("History"), (("activity", _("Activity")), ("applies", _("Applies")), ("tokens", _("Tokens")))),
)
"""The same where a vendor is behind the workspace: no setting is changed here."""

_SETTINGS, _BEHIND = ".console.settings.", ".settings.upstream."
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_STATIC = Path(__file__).parent / "static"
_OPEN = frozenset({"console.sign_in", "console.sign_in_form", "console.asset"})
_ONLY_READS = "_only_reads"
_OF_THIS_WORKSPACE_ALONE = frozenset({"console.create_token", "console.revoke_token"})
"""Endpoints that may change something even with an upstream."""
_View = TypeVar("_View", bound="Callable[..., Response]")
_TITLES = {
    403: (
        _("This did not work"),
        _("The form was too old, or did not come from this page. Load the page and try again."),
    ),
    404: (_("Page not found"), _("There is nothing at this address.")),
    409: (
        _("Settings are changed at the vendor"),
        _(
            "A person changes this one there: portal apply opens a task for it. Nothing was changed, and no task "
            "opened."
        ),
    ),
    413: (_("Too much at once"), _("What was sent is larger than it may be.")),
    429: (_("Too many changes at once"), _("Wait some seconds, then try again. Nothing was changed.")),
    503: (_("Please try again"), _("The database did not answer in time. Nothing was changed.")),
}
_FAILED = (_("Something went wrong"), _("The fault is ours. Nothing was changed."))


@dataclass(frozen=True, slots=True)
class Notice:
    """A message above a page, `good`, `bad` or `plain`, with single problems."""

    text: str
    kind: str = "good"
    problems: Sequence[Problem] = ()


def only_reads(view: _View) -> _View:
    """Mark a form that changes nothing: whoever may read may send it."""
    setattr(view, _ONLY_READS, True)
    return view


@blueprint.before_request
def guard() -> Response | None:
    """Let in whoever is signed in."""
    if request.endpoint in _OPEN:
        return None
    view = current_app.view_functions[request.endpoint or ""]
    changes = not getattr(view, _ONLY_READS, False)
    return session.enter(changes=changes) or _of_a_vendor(view.__module__, changes=changes)


def _of_a_vendor(module: str, *, changes: bool) -> Response | None:
    """Redirect to the known settings of a workspace with an upstream: its settings change there, by tasks."""
    if context.running().upstream is None or _BEHIND in module:
        return None
    if _SETTINGS in module or (
        changes and request.method == "POST" and request.endpoint not in _OF_THIS_WORKSPACE_ALONE
    ):
        if request.method != "GET":
            raise ApiError(409, Problem("needs_person", "settings of this workspace are changed at the vendor"))
        return session.see(f"{ROOT}/hc/{(request.view_args or {})['help_center']}/known")
    return None


def page(template: str, place: str, help_center: str, *, status: int = 200, **values: Any) -> Response:
    """Render a page of the console at a place of the navigation; `values` are the template's own."""
    upstream = context.running().upstream
    vendor = None if upstream is None else upstream.vendor.capitalize()
    shared = {
        "here": place,
        "help_center": help_center,
        "help_centers": api.get("/help_centers")["data"],
        "navigation": NAVIGATION if vendor is None else NAVIGATION_BEHIND,
        "vendor": vendor,
        "administrator": session.administrator(),
        "root": f"{ROOT}/hc/{help_center}",
        **look(),
        **values,
    }
    return Response(render_template(f"console/{template}", **{"notice": None, **shared}), status, mimetype="text/html")


def plain(template: str, *, status: int = 200, **values: Any) -> Response:
    """Render a page for people who are not signed in."""
    return Response(render_template(f"console/{template}", **look(), **values), status, mimetype="text/html")


def look() -> dict[str, Any]:
    """Return the values for every template."""
    return {
        "asset": asset_path,
        "csrf": session.csrf_token(),
        "at": moment,
        "managed": managed,
        "changed_lines": changed_lines,
    }


def is_page(path: str) -> bool:
    """Return True for a path of the console."""
    return f"{path}/".startswith(f"{ROOT}/")


def problem(status: int, problems: Sequence[Problem]) -> Response:
    """Return the page for a request that is refused."""
    title, text = _TITLES.get(status, _FAILED if status >= 500 else _TITLES[404])  # noqa: PLR2004 - server errors
    if any(problem.code == "insufficient_scope" for problem in problems):
        title, text = _("Your token may only read"), _("Nothing was changed. Sign in with a token that may write.")
    return plain("problem.html", status=status, title=title, text=text)


def finish(response: Response) -> Response:
    """Add the headers that every page carries."""
    if is_page(request.path):
        response.headers.extend({**HEADERS, **g.get("headers", {})})
        response.headers["Vary"] = "Cookie"
        if request.endpoint == "console.asset" and response.status_code == 200:  # noqa: PLR2004 - it was found
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get("/assets/<name:version>/<path:name>")
def asset(version: str, name: str) -> Response:
    """Answer the style sheet or the script; the address changes with it."""
    entry = _assets().get(name)
    if entry is None or entry[1] != version:
        abort(404)
    return Response(entry[0], mimetype=_TYPES[Path(name).suffix])


def asset_path(name: str) -> str:
    """Return the address of a file that pages load."""
    return f"{ROOT}/assets/{_assets()[name][1]}/{name}"


@cache
def _assets() -> Mapping[str, tuple[bytes, str]]:
    assets = {path.name: path.read_bytes() for path in sorted(_STATIC.iterdir())}
    return {name: (text, hashlib.sha256(text).hexdigest()[:16]) for name, text in assets.items()}


def moment(text: str | None) -> str:
    """Return a moment of the API as people read it: `3 Mar 2026, 14:05 UTC`."""
    if not text:
        return _("never")
    at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def now() -> str:
    """Return the current moment as the API writes moments."""
    return iso(context.now())
