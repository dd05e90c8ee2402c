"""The Help Center: homepage, collections, articles, search, the preview of a draft; and signing out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, abort, request

from workspace.core.folding import storable
from workspace.database import engine as db
from workspace.identity import preview_links
from workspace.portal import articles
from workspace.portal.ranking import MAX_QUERY
from workspace.web import context
from workspace.web.callers import caller_of_request
from workspace.web.pages import cookies, homepage, shell
from workspace.web.pages.shell import Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from workspace.web.pages.shell import Visit

_LINK = re.compile(r"\s*(.+?)\s*\|\s*(https://\S+)\s*")
_HOST = re.compile(r"[a-z0-9.-]+(:\d+)?")

blueprint = Blueprint("help_center", __name__, template_folder="templates")


@blueprint.get("/")
def home(help_center: str | None = None) -> Response:
    """Show the live homepage; the portal's card only to people with access."""
    with shell.visit(help_center) as visit:
        _require_live(visit)
        return _homepage(visit, "live", card=visit.standing.opens)


@blueprint.get("/collections/<name:collection>")
def collection(collection: str, help_center: str | None = None) -> Response:
    """Show a collection."""
    with shell.visit(help_center) as visit:
        _require_live(visit)
        known = {item.id: item for item in articles.collections_of(visit.connection, visit.site.identifier)}
        if collection not in known:
            abort(404)
        inside = articles.in_collection(visit.connection, visit.site.identifier, collection)
        return visit.render("collection.html", collection=known[collection], articles=inside)


@blueprint.get("/articles/<name:article>")
def article(article: str, help_center: str | None = None) -> Response:
    """Show an article."""
    with shell.visit(help_center) as visit:
        _require_live(visit)
        content = articles.article(visit.connection, visit.site.identifier, article)
        return visit.render("article.html", article=content) if content else abort(404)


@blueprint.get("/search")
def search(help_center: str | None = None) -> Response:
    """Show the articles that match a search."""
    with shell.visit(help_center) as visit:
        _require_live(visit)
        text = request.args.get("q", "")[:MAX_QUERY].strip()
        results = articles.search(visit.connection, visit.site.identifier, text) if storable(text) else []
        return visit.render("search.html", query=text, articles=results)


@blueprint.get("/preview")
def preview(help_center: str | None = None) -> Response:
    """Show the homepage's draft to the holder of an admin token."""
    caller_of_request(context.running())
    with shell.visit(help_center) as visit:
        return _homepage(visit, "draft", card=True)


@blueprint.get("/preview/look")
def preview_look(help_center: str | None = None) -> Response:
    """Show the live homepage in a style that is only typed to the holder of an admin token; without one, as it is."""
    caller_of_request(context.running())
    with shell.visit(help_center) as visit:
        site = visit.site
        there = (site.identifier, site.name, site.observed, site.view, site.mode, site.path)
        tried = _Tried(*there, typed=_typed_style(request.args)) if request.args else site
        return _homepage(replace(visit, site=tried, visitor=None), "live", card=True)


@blueprint.get("/preview/<name:link>")
def preview_once(link: str, help_center: str | None = None) -> Response:
    """Show the homepage's draft to whoever opens a link first."""
    with shell.visit(help_center) as visit:
        identifier = visit.site.identifier
    # Looking whether there is something uses nothing up.
    if request.method != "GET":
        abort(404)
    with db.writing(context.running().engine) as connection:
        if not preview_links.use(connection, identifier, link, context.now()):
            abort(404)
    with shell.visit(help_center) as visit:
        # Whoever made the link chose as whom to look.
        return _homepage(visit, "draft", card=request.args.get("as") != "anybody")


@blueprint.get("/sign-in")
def sign_in(help_center: str | None = None) -> Response:
    """Refer people to the customer's sign-in page. The same for everybody, so it discloses nothing."""
    with shell.visit(help_center) as visit:
        _require_live(visit)
        running = context.running()
        return visit.render("sign_in.html", application=running.web_app or ("/demo" if running.demo else None))


@blueprint.post("/sign-out")
def sign_out(help_center: str | None = None) -> Response:
    """End the session."""
    with shell.visit(help_center) as visit:
        response = shell.see(f"{visit.site.path}/")
    cookies.require_own_form()
    return cookies.sign_out(response)


def _require_live(visit: Visit) -> None:
    if not visit.site.live:
        abort(404)


def _homepage(visit: Visit, which: str, *, card: bool) -> Response:
    saved = visit.site.observed.of("homepage").document[which]
    shown = list(homepage.sections(articles.Kept(visit.connection, visit.site.identifier), saved, card=card))
    return visit.render("home.html", sections=shown, draft=which == "draft")


# --- a style that is only typed -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Tried(Site):
    """A Help Center with an unsaved style."""

    typed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def style(self) -> Mapping[str, Any]:
        """The unsaved style."""
        return self.typed

    @property
    def sheet_path(self) -> str | None:
        """The address of the style sheet that it would have."""
        color = self.typed["primary_color"]
        return f"/assets/style.css?{urlencode({'color': color})}" if color else None


def _typed_style(given: Mapping[str, str]) -> dict[str, Any]:
    """Parse the typed style; unreadable parts are left out."""
    color = given.get("primary_color", "") if given.get("own_color") else ""
    links = map(_LINK.fullmatch, given.get("footer_links", "").splitlines())
    return {
        **{name: _image(given.get(name, "").strip()) for name in ("logo", "favicon")},
        "primary_color": color if shell.COLOR.fullmatch(color) else None,
        "footer_links": [{"label": link[1], "url": link[2]} for link in links if link],
    }


def _image(address: str) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    # Its host becomes a part of the page's policy.
    return address if parts.scheme == "https" and _HOST.fullmatch(parts.netloc) else None
