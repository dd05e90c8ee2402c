"""The Messenger: its tickets space as a page; the start and the end of a browser's session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from workspace.access import view as access
from workspace.access.view import Audience, View
from workspace.core import validation
from workspace.core.clock import iso
from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.database import engine as db
from workspace.database import store
from workspace.identity import sessions, sign_in
from workspace.portal.tickets import Tickets
from workspace.settings.kinds import spaces
from workspace.web import context, http
from workspace.web.pages import cookies, shell

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workspace.identity.sessions import Cookies, Visitor
    from workspace.portal.tickets import Ticket
    from workspace.web.pages.shell import Site

blueprint = Blueprint("messenger_pages", __name__, template_folder="templates")

OWN = View(open=True, audience=Audience("everyone"), restricted=True)
"""The view of the Messenger, for any portal: the person's own tickets."""

_MOST = 20


@blueprint.get("/messenger")
def space() -> Response:
    """Show the tickets space, with a banner for each portal that the visitor may open."""
    with db.reading(context.running().engine) as connection:
        visitor = shell.visitor_of(connection)
        address = spaces.KIND.address()
        on = store.load_few(connection, address)[address].document["tickets"]
        banners = _portals(connection, visitor) if visitor and on else []
        own = _own(connection, visitor) if visitor and on else []
        way_back = _site_behind(connection)
    if way_back is not None:
        way_back.allow_images()
    return shell.page(
        "messenger.html",
        site=way_back,
        visitor=visitor,
        csrf=cookies.csrf_token(),
        portals=banners,
        tickets=own,
    )


@blueprint.post(shell.PING)
def ping() -> Response:
    """Exchange the enforced proof of identity for a session. A refusal gives no reason."""
    if request.mimetype != "application/json":
        # No form of another site can send this type.
        raise invalid_parameter("the body is application/json", "Content-Type")
    claims = sign_in.Claims.from_document(validation.parse(request.get_data()))
    if claims is None:
        raise invalid_parameter("the body has intercom_user_jwt, or user_id, email and user_hash; all of them text")
    exchanged = exchange(claims)
    if exchanged is None:
        raise ApiError(400, Problem("identity_unverified", "The identity could not be verified."))
    names, made = exchanged
    response = http.answer({"type": "session", "expires_at": iso(context.now() + sessions.LIFETIME)})
    cookies.keep_signed_in(response, names, made)
    return response


@blueprint.post(shell.SHUTDOWN)
def shutdown() -> Response:
    """End the session, as a web application does when its user signs out there."""
    cookies.require_own_form(token=False, siblings=True)
    return cookies.sign_out(Response(status=204))


def exchange(claims: sign_in.Claims) -> tuple[tuple[str, str], Cookies] | None:
    """Return the names and values of a new session's cookies, or None for claims that identify nobody."""
    engine = context.running().engine
    with db.reading(engine) as connection:
        who = sign_in.identify(connection, claims, context.now())
    if who is None:
        return None
    with db.writing(engine) as connection:
        names = cookies.cookie_names(connection)
        device = request.cookies.get(names[1])
        return names, sessions.begin(connection, who.contact_id, who.secret_id, device, context.now())


def _site_behind(connection: Connection) -> Site | None:
    """Return the Help Center that the Messenger stands on: that of this host, or else the first one that is public."""
    sites = [shell.site_by_host(connection, request.host)]
    sites += [shell.site_of(connection, identifier, request.host) for identifier in shell.identifiers(connection)]
    return next((site for site in sites if site and site.live), None)


def _portals(connection: Connection, visitor: Visitor) -> list[Site]:
    sites = [shell.site_of(connection, identifier, request.host) for identifier in shell.identifiers(connection)]
    return [site for site in sites if site and access.may_open(connection, visitor.id, site.view, context.today())]


def _own(connection: Connection, visitor: Visitor) -> list[Ticket]:
    standing = access.standing(connection, visitor.id, OWN, context.today())
    return Tickets(connection, visitor.id, own_only=standing.own_only).newest(_MOST) if standing.opens else []
