"""A sample web application, for trying things out: pick a person and be signed in as them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, request

from workspace.core.folding import storable
from workspace.core.texts import _
from workspace.database import engine as db
from workspace.identity import demo, sign_in
from workspace.portal.ranking import MAX_QUERY
from workspace.web import context
from workspace.web.pages import cookies, messenger, shell

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("demo", __name__, template_folder="templates")

_MAX_DIGITS = 6
_WHY_NOT = {
    "off": _(
        "The workspace enforces no identity, so nobody gets a session. Set messenger.identity to jwt or hmac first."
    ),
    "jwt": _("This person has no id of the web application. Tokens name people by that id."),
    "hmac": _("The workspace could not tell who this is: somebody else has the same email address, or there is none."),
}


@blueprint.get("/demo")
def index() -> Response:
    """Show the people on offer, and the signed-in one."""
    return _page()


@blueprint.post("/demo/sign-in")
def enter() -> Response:
    """Sign a person in: sign the enforced proof of identity, and ping with it."""
    cookies.require_own_form(token=False)
    contact = request.form.get("person", "")
    if not contact or not storable(contact):
        abort(404)
    claims = demo.claims_for(context.running().engine, contact, context.now())
    exchanged = messenger.exchange(claims) if claims else None
    if exchanged is None:
        with db.reading(context.running().engine) as connection:
            mode = sign_in.mode(connection)
        return _page(status=409, complaint=_WHY_NOT[mode])
    response = shell.see("/demo")
    cookies.keep_signed_in(response, *exchanged)
    return response


@blueprint.post("/demo/sign-out")
def leave() -> Response:
    """Sign out."""
    cookies.require_own_form(token=False)
    return cookies.sign_out(shell.see("/demo"))


def _page(*, status: int = 200, complaint: str = "") -> Response:
    text = request.args.get("q", "")[:MAX_QUERY].strip()
    page = request.args.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= _MAX_DIGITS else 1
    with db.reading(context.running().engine) as connection:
        return shell.page(
            "demo.html",
            status=status,
            complaint=complaint,
            query=text,
            mode=sign_in.mode(connection),
            users=demo.users(connection, text if storable(text) else "", number),
            visitor=shell.visitor_of(connection),
            sites=[shell.site_of(connection, identifier, request.host) for identifier in shell.identifiers(connection)],
        )
