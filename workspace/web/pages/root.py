"""The way in where an address says no more than the host; and the style sheets that pages load."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, request

from workspace.database import engine as db
from workspace.web import context
from workspace.web.pages import shell

blueprint = Blueprint("root", __name__, template_folder="templates")

_STYLE = Path(__file__).parent / "static" / "style.css"


@blueprint.get("/")
def index() -> Response:
    """Lead to the Help Center of this host, or else to the only one there is; where all is for trying out, to all."""
    with db.reading(context.running().engine) as connection:
        site = shell.site_by_host(connection, request.host)
        found = shell.identifiers(connection)
        sites = [shell.site_of(connection, one, request.host) for one in found]
    if site is not None:
        return shell.see(f"{site.path}/", 302)
    if context.running().demo:
        return shell.page("start.html", sites=[one for one in sites if one is not None])
    return shell.see(f"/hc/{found[0]}/en/", 302) if len(found) == 1 else abort(404)


@blueprint.get("/hc/<name:help_center>/")
def help_center(help_center: str) -> Response:
    """Lead to the Help Center's homepage."""
    with shell.visit(help_center) as visit:
        return visit.home()


@blueprint.get("/assets/<name:version>/style.css")
def style(version: str) -> Response:
    """Answer the style sheet; its address changes with it."""
    text, current = _style()
    return Response(text, mimetype="text/css") if version == current else abort(404)


@blueprint.get("/assets/<name:version>/<name:help_center>/style.css")
def help_center_style(version: str, help_center: str) -> Response:
    """Answer the style sheet of a Help Center that has one of its own."""
    with db.reading(context.running().engine) as connection:
        site = shell.site_of(connection, help_center, request.host)
    text = site.sheet.encode() if site else b""
    return Response(text, mimetype="text/css") if text and version == shell.version_of(text) else abort(404)


def style_path() -> str:
    """Return the address of the style sheet."""
    return f"/assets/{_style()[1]}/style.css"


def style_text() -> str:
    """Return the style sheet."""
    return _style()[0].decode()


@cache
def _style() -> tuple[bytes, str]:
    text = _STYLE.read_bytes()
    return text, shell.version_of(text)
