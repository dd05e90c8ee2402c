"""Styling › Look: the logo, the colour, the favicon and the links at the foot of the Help Center's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, g, request

from workspace.core.errors import Problem
from workspace.core.texts import _
from workspace.settings.kinds.style import STANDARD
from workspace.web.console import api, managed, shell
from workspace.web.console.as_yaml import configuration_text
from workspace.web.console.settings import form
from workspace.web.console.settings.form import Outcome
from workspace.web.console.settings.section_fields import link_lines, links_of
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPED = ("own_color", "primary_color", "logo", "favicon", "footer_links")


@blueprint.get("/hc/<name:help_center>/look")
def look(help_center: str) -> Response:
    """Show the settings."""
    return _page(help_center, form.NOTHING)


@blueprint.post("/hc/<name:help_center>/look")
def save_look(help_center: str) -> Response:
    """Save the settings."""
    try:
        links = links_of(request.form.get("footer_links", ""), _("Links at the foot"))
    except ValueError as problem:
        return _page(help_center, Outcome(done=False, problems=[Problem("value_invalid", str(problem))]))
    body = {**_typed(), "footer_links": links}
    return _page(help_center, form.send("PATCH", f"/help_centers/{help_center}/style", body), _("Saved."))


@blueprint.get("/hc/<name:help_center>/look/homepage")
def look_at_homepage(help_center: str) -> Response:
    """Show the live homepage inside the settings page, in the typed style if any."""
    return _tried(help_center)


@blueprint.post("/hc/<name:help_center>/look/homepage")
@shell.only_reads
def try_look(help_center: str) -> Response:
    """Preview the typed style, for a browser without scripts."""
    return _tried(help_center)


def _tried(help_center: str) -> Response:
    given = {name: request.values[name] for name in _TYPED if name in request.values}
    page, policy = api.page(f"/hc/{help_center}/en/preview/look", **given)
    # The one page that may stand in a frame, and only in one of ours.
    g.headers = {
        "Content-Security-Policy": policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
        "X-Frame-Options": "SAMEORIGIN",
    }
    return Response(page, mimetype="text/html")


def _typed() -> dict[str, Any]:
    named = {name: request.form.get(name, "").strip() or None for name in ("logo", "favicon")}
    own = form.checked("own_color")
    return {**named, "primary_color": request.form.get("primary_color", "").strip() or None if own else None}


def _page(help_center: str, outcome: Outcome, done: str = "") -> Response:
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    style = configuration["style"]
    posted = request.method == "POST" and not outcome.done
    shown: Mapping[str, Any] = {**style["values"], **_typed()} if posted else style["values"]
    return shell.page(
        "look.html",
        "look",
        help_center,
        **outcome.shown(done),
        revision=style["revision"],
        shown=shown,
        links=request.form.get("footer_links", "") if posted else link_lines(style["values"]["footer_links"]),
        standard=STANDARD,
        name=configuration["help_center"]["display_name"],
        marks=managed.marks(configuration, f"style/{help_center}"),
        yaml=configuration_text(configuration, "style"),
    )
