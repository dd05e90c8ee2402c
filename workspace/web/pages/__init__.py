"""Customers' pages: the Help Center with its tickets portal, and the Messenger's tickets space.

Pages come whole from the server and need no JavaScript. A Help Center is found by its path, `/hc/IDENTIFIER/en/…`, or
by its own domain in the `Host` header, `/en/…`.

shell        shared by every page: the Help Center, the visitor, headers, rendering; `problems` if refused
homepage     sections → their content; `homepage_preview` without a workspace, for reviewers of a plan
help_center  homepage, collections, articles, search, preview of a draft, signing out
portal       the list of tickets, a ticket, replying
messenger    the tickets space; the exchange of a signature for a session
demo         a sample web application that signs people in; only with `portal serve --demo`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, request
from werkzeug.routing import BaseConverter

from workspace.core import texts
from workspace.web import context
from workspace.web.pages import demo as demo_pages
from workspace.web.pages import help_center, messenger, portal, root, shell

if TYPE_CHECKING:
    from flask import Flask, Response

__all__ = ["begin", "install"]

LOCALE = "en"
"""The one language there is."""


class _Name(BaseConverter):
    regex = r"[A-Za-z0-9_-]{1,64}"


_BLUEPRINTS = (help_center, portal, root, messenger, demo_pages)
_NAMES = frozenset(blueprint.blueprint.name for blueprint in _BLUEPRINTS) | {
    f"{item}_by_host" for item in ("help_center", "portal")
}


def begin() -> Response | None:
    """Hide customers' pages of a workspace with an upstream: the vendor's own pages count."""
    if context.running().upstream is None or request.blueprint not in _NAMES:
        return None
    return shell.see("/admin/", 302) if request.path == "/" else abort(404)


def install(app: Flask, *, demo: bool) -> None:
    """Register the pages with an application, with the sample web application if `demo`."""
    app.url_map.converters["name"] = _Name
    app.jinja_options = shell.TEMPLATES
    for blueprint in (help_center.blueprint, portal.blueprint):
        app.register_blueprint(blueprint, url_prefix=f"/hc/<name:help_center>/{LOCALE}")
        app.register_blueprint(blueprint, url_prefix=f"/{LOCALE}", name=f"{blueprint.name}_by_host")
    app.register_blueprint(root.blueprint)
    app.register_blueprint(messenger.blueprint)
    if demo:
        app.register_blueprint(demo_pages.blueprint)
    app.after_request(shell.finish)
    # Made once, with the application: copies of it share the templates that were compiled.
    texts.install(app.jinja_env)
    app.jinja_env.globals["page_asset"] = root.asset_path
    app.jinja_env.filters["day"] = shell.day
