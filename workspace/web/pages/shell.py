"""The frame of every page: its Help Center, its visitor, rendering, guarding."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Response, abort, g, render_template, request
from jinja2 import StrictUndefined
from markupsafe import Markup
from sqlalchemy import select

from workspace.access import view as access
from workspace.database import engine as db
from workspace.database.tables import help_centers
from workspace.identity import sessions, sign_in, viewings
from workspace.settings.kinds import style
from workspace.web import context
from workspace.web.pages.cookies import cookie_names, cookies_of, csrf_token, names_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from workspace.access.in_force import InForce
    from workspace.access.view import Standing, View
    from workspace.identity.sessions import Visitor
    from workspace.settings.observed import Observed

ROOTS = frozenset({"", "hc", "en", "messenger", "demo", "assets"})
"""The first parts of the paths that are pages."""
PING, SHUTDOWN = "/messenger/ping", "/messenger/shutdown"
"""The paths beneath them for programs: their errors are documents."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; img-src 'self'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
COLOR = re.compile("#[0-9a-f]{6}", re.IGNORECASE)
_DAY = 86_400
_ASSETS = {"root.asset", "root.help_center_asset"}
TEMPLATES: dict[str, Any] = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
"""The settings of templates."""


@dataclass(frozen=True)
class Site:
    """A Help Center as pages see it: `mode` is the proof of identity, `path` the prefix of its paths on this host."""

    identifier: str
    name: str
    observed: Observed
    view: View
    mode: str
    path: str

    @property
    def live(self) -> bool:
        """True if it is public."""
        return bool(self.observed.of("help_center").document["live"])

    @property
    def style(self) -> Mapping[str, Any]:
        """Its style settings."""
        return self.observed.of("style").document

    @property
    def sheet(self) -> str:
        """Its own style sheet; empty without one."""
        return style.sheet(self.style["primary_color"])

    @property
    def sheet_path(self) -> str | None:
        """The address of its own style sheet, which changes with it."""
        return f"/assets/{version_of(self.sheet.encode())}/{self.identifier}/style.css" if self.sheet else None

    @property
    def icon(self) -> str:
        """Its default icon: the mark of its pages, as a picture."""
        return style.icon(self.name, self.style["primary_color"])

    @property
    def icon_path(self) -> str:
        """The address of that."""
        return f"/assets/{version_of(self.icon.encode())}/{self.identifier}/icon.svg"

    def allow_images(self) -> None:
        """Let the page in hand load the images of its style, and no others of elsewhere."""
        images = [self.style[name] for name in ("logo", "favicon")]
        g.images = sorted({"{0.scheme}://{0.netloc}".format(urlsplit(image)) for image in images if image})


@dataclass(frozen=True)
class Visit:
    """A request for a page of a Help Center, with its transaction and the signed-in person, if any."""

    connection: Connection
    site: Site
    visitor: Visitor | None

    @cached_property
    def standing(self) -> Standing:
        """The visitor's access under the view in force; the same work for an open and a closed portal."""
        visitor = self.visitor.id if self.visitor else ""
        return access.standing(self.connection, visitor, self.site.view, context.today())

    def home(self) -> Response:
        """Return the way to the homepage."""
        return see(f"{self.site.path}/", 302)

    def to_sign_in(self) -> Response:
        """Return the way to the page that asks people to sign in; the same whatever there is."""
        return see(f"{self.site.path}/sign-in", 302)

    def render(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Return a page of this Help Center."""
        self.site.allow_images()
        return page(template, status=status, site=self.site, visitor=self.visitor, csrf=csrf_token(), **values)


@contextmanager
def visit(help_center: str | None, *, writes: bool = False) -> Iterator[Visit]:
    """Open the transaction of a request for a page of a Help Center, by name or `Host` header; HTTPException 404."""
    if writes:
        # A form that arrives slowly must not hold the write lock.
        request.get_data(parse_form_data=True)
    with (db.writing if writes else db.reading)(context.running().engine) as connection:
        site = _site(connection, help_center)
        yield Visit(connection, site, _visitor(connection, names_for(site.observed.moment.workspace.id), site.mode))


def visitor_of(connection: Connection) -> Visitor | None:
    """Return the signed-in person behind this request, if any."""
    return _visitor(connection, cookie_names(connection), sign_in.mode(connection))


def _visitor(connection: Connection, names: tuple[str, str], mode: str) -> Visitor | None:
    viewing = request.cookies.get(viewings.COOKIE)
    viewed = viewings.visitor(connection, viewing, context.now()) if viewing else None
    if viewed is not None:
        g.session_cookie = viewing
        return viewed
    return sessions.visitor(connection, cookies_of(names), mode, context.now())


def site_of(connection: Connection, identifier: str, host: str) -> Site | None:
    """Return a Help Center as pages on a host link to it, or None for an unknown one."""
    in_force = context.in_force(connection, identifier)
    return None if in_force is None else _linked(in_force, own=in_force.host == _name(host))


def site_by_host(connection: Connection, host: str) -> Site | None:
    """Return the Help Center whose own domain a host is, or None."""
    on_host = context.running().kept.on_host(connection, _name(host), context.today())
    return None if on_host is None else _linked(on_host, own=True)


def _name(host: str) -> str:
    return host.partition(":")[0].lower()


def _linked(in_force: InForce, *, own: bool) -> Site:
    identifier = in_force.observed.identifier
    path = "/en" if own else f"/hc/{identifier}/en"
    return Site(identifier, in_force.name, in_force.observed, in_force.view, in_force.mode, path)


def identifiers(connection: Connection) -> list[str]:
    """Return the identifiers of all Help Centers, in order."""
    return sorted(connection.execute(select(help_centers.c.identifier)).scalars())


def _site(connection: Connection, help_center: str | None) -> Site:
    host = request.host
    site = site_of(connection, help_center, host) if help_center else site_by_host(connection, host)
    return site or abort(404)


# --- answers --------------------------------------------------------------------------------------


def is_page(path: str) -> bool:
    """Return True for a path of pages for people, existing or not."""
    return path[1:].partition("/")[0] in ROOTS and path not in {PING, SHUTDOWN}


def page_is_accepted() -> bool:
    """Return True if a refusal should be a page: on a page's path, for a browser; programs get documents."""
    accepted = request.accept_mimetypes
    if is_page(request.path):
        return accepted.accept_html or not accepted.accept_json
    g.for_people = accepted.best == "text/html"
    return bool(g.for_people)


def page(template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page."""
    return Response(render_template(template, moment=moment, day=day, **values), status, mimetype="text/html")


def see(location: str, status: int = 303) -> Response:
    """Return a redirect, the same bytes for everybody."""
    return Response(status=status, headers={"Location": location})


def version_of(text: bytes) -> str:
    """Return the part of a style sheet's address that changes with it."""
    return hashlib.sha256(text).hexdigest()[:16]


def finish(response: Response) -> Response:
    """Add the headers that every page carries."""
    if is_page(request.path) or g.get("for_people"):
        response.headers.extend(_HEADERS)
        if images := g.get("images"):
            response.headers["Content-Security-Policy"] += f" {' '.join(images)}"
        response.headers["Vary"] = "Cookie"
        if request.endpoint in _ASSETS and response.status_code == 200:  # noqa: PLR2004 - it was found
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def moment(seconds: int) -> Markup:
    """Return a moment as people read it, `3 Mar 2026, 14:05 UTC`; a script shows it in the visitor's own zone."""
    hour, minute = divmod(seconds // 60 % 1440, 60)
    return _time(seconds, "moment", f"{_date(seconds // _DAY)[1]}, {hour:02}:{minute:02} UTC")


def day(seconds: int) -> Markup:
    """Return a moment's day as people read it, `3 Mar 2026`; a script shows the day in the visitor's own zone."""
    return _time(seconds, "day", _date(seconds // _DAY)[1])


def _time(seconds: int, shows: str, message: str) -> Markup:
    minutes, second = divmod(seconds % _DAY, 60)
    at = f"{_date(seconds // _DAY)[0]}T{minutes // 60:02}:{minutes % 60:02}:{second:02}Z"
    return Markup(f'<time datetime="{at}" data-shows="{shows}">{message}</time>')  # noqa: S704 - nobody's words


@lru_cache(maxsize=4096)
def _date(number: int) -> tuple[str, str]:
    """Return a day, of so many since 1970, as programs and as people read it: a list has forty of them."""
    there = datetime.fromtimestamp(number * _DAY, UTC)
    return f"{there:%Y-%m-%d}", f"{there.day} {there:%b %Y}"
