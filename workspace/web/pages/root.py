"""The root of a host, and the assets of pages: style sheets, the script, icons."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, request

from workspace.database import engine as db
from workspace.settings.kinds import style
from workspace.web import context
from workspace.web.pages import shell

blueprint = Blueprint("root", __name__, template_folder="templates")

_STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@blueprint.get("/")
def index() -> Response:
    """Redirect to the Help Center of this host, or else to the only one; to all of them on a trial workspace."""
    with db.reading(context.running().engine) as connection:
        site = shell.site_by_host(connection, request.host)
        identifiers = shell.identifiers(connection)
        sites = [shell.site_of(connection, identifier, request.host) for identifier in identifiers]
    if site is not None:
        return shell.see(f"{site.path}/", 302)
    if context.running().demo:
        return shell.page("start.html", sites=[item for item in sites if item is not None])
    return shell.see(f"/hc/{identifiers[0]}/en/", 302) if len(identifiers) == 1 else abort(404)


@blueprint.get("/hc/<name:help_center>/")
def help_center(help_center: str) -> Response:
    """Lead to the Help Center's homepage."""
    with shell.visit(help_center) as visit:
        return visit.home()


@blueprint.get("/assets/<name:version>/<any('style.css', 'page.js', 'favicon.svg'):file>")
def asset(version: str, file: str) -> Response:
    """Answer an asset of pages; its address changes with its content."""
    text, current = _asset(file)
    return Response(text, mimetype=_TYPES[Path(file).suffix]) if version == current else abort(404)


@blueprint.get("/assets/style.css")
def color() -> Response:
    """Answer the style sheet of a colour, in use or not."""
    chosen = request.args.get("color", "")
    return Response(style.sheet(chosen), mimetype="text/css") if shell.COLOR.fullmatch(chosen) else abort(404)


@blueprint.get("/assets/<name:version>/<name:help_center>/<any('style.css', 'icon.svg'):file>")
def help_center_asset(version: str, help_center: str, file: str) -> Response:
    """Answer a Help Center's own style sheet, or its icon."""
    with db.reading(context.running().engine) as connection:
        site = shell.site_of(connection, help_center, request.host)
    text = "" if site is None else site.sheet if file == "style.css" else site.icon
    known = text and version == shell.version_of(text.encode())
    return Response(text, mimetype=_TYPES[Path(file).suffix]) if known else abort(404)


def asset_path(file: str) -> str:
    """Return the address of a file that pages load."""
    return f"/assets/{_asset(file)[1]}/{file}"


def style_text() -> str:
    """Return the style sheet."""
    return _asset("style.css")[0].decode()


@cache
def _asset(file: str) -> tuple[bytes, str]:
    text = (_STATIC / file).read_bytes()
    return text, shell.version_of(text)
