"""The tickets portal: the list, a ticket, a reply. Without access the answer is the one for a missing page.

Visitors who are not signed in are sent to the homepage from any address.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, current_app, request

from workspace.core.folding import storable
from workspace.core.texts import _
from workspace.portal import attributes as ticket_attributes
from workspace.portal import replies as customer_replies
from workspace.portal.query import SORTS, TicketQuery
from workspace.portal.tickets import Tickets
from workspace.web import context
from workspace.web.kept.answers import keep_until
from workspace.web.pages import cookies, shell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workspace.portal.tickets import Ticket
    from workspace.web.pages.shell import Visit

blueprint = Blueprint("portal_pages", __name__, template_folder="templates")

_MAX_NUMBER = 2**31 - 1
_TICKET = f"/tickets-portal/tickets/<int(max={_MAX_NUMBER}):number>"
_LABELS = {
    "number": _("Number"),
    "title": _("Title"),
    "type": _("Type"),
    "state": _("State"),
    "created": _("Created"),
    "updated": _("Updated"),
}
_ORDERS = (
    ("updated.desc", _("Last updated, newest first")),
    ("updated.asc", _("Last updated, oldest first")),
    ("created.desc", _("Created, newest first")),
    ("created.asc", _("Created, oldest first")),
    ("number.desc", _("Number, highest first")),
    ("number.asc", _("Number, lowest first")),
    ("title.asc", _("Title, A to Z")),
    ("title.desc", _("Title, Z to A")),
    ("type.asc", _("Type, A to Z")),
    ("type.desc", _("Type, Z to A")),
    ("state.asc", _("State, A to Z")),
    ("state.desc", _("State, Z to A")),
)
"""The same orders as those of the columns, for windows in which there are none."""


class _SignedOut(Exception):
    """Nobody is signed in; carries the redirect to the page that asks them to."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


@blueprint.errorhandler(_SignedOut)
def _redirect(problem: _SignedOut) -> Response:
    return problem.response


@blueprint.get("/tickets-portal")
def index(help_center: str | None = None) -> Response:
    """List the tickets that the visitor sees."""
    with _inside(help_center) as (visit, tickets):
        query = TicketQuery.read(request.args)
        page = tickets.page(query)
        keep_until(visit.visitor.until if visit.visitor else 0)
        return visit.render(
            "portal.html",
            query=query,
            page=page,
            # To find the choices, all tickets are read.
            choices=tickets.choices(page) if not page.more or query.opened or query.filters else None,
            several=tickets.of_several_companies(),
            parts=_parts(query, visit.site.path),
            pairs=_pairs,
        )


@blueprint.get(_TICKET)
def ticket(number: int, help_center: str | None = None) -> Response:
    """Show a ticket."""
    with _inside(help_center) as (visit, tickets):
        return _ticket_page(visit, tickets, tickets.find(number) or abort(404))


@blueprint.post(f"{_TICKET}/reply")
def reply(number: int, help_center: str | None = None) -> Response:
    """Add the visitor's reply to a ticket."""
    with _inside(help_center, writes=True) as (visit, tickets):
        ticket = tickets.find(number)
        if ticket is None or not ticket.takes_replies:
            abort(404)
        cookies.require_own_form()
        text = request.form.get("text", "").replace("\r\n", "\n").strip()
        complaint = _complaint(text)
        if complaint:
            return _ticket_page(visit, tickets, ticket, text=text, complaint=complaint)
        if visit.visitor is not None:
            customer_replies.add(visit.connection, ticket, visit.visitor, text, context.now())
        return shell.see(f"{visit.site.path}/tickets-portal/tickets/{ticket.number}#latest")


@dataclass(frozen=True, slots=True)
class _Parts:
    """Parts of the list's page: the filters by days, the choice of an order, the heads of the columns."""

    days: str
    order: str
    heads: str


@lru_cache(maxsize=256)
def _parts(query: TicketQuery, path: str) -> _Parts:
    # They follow from the query alone, and are half of a short page.
    made: Any = current_app.jinja_env.get_template("portal_parts.html").module
    columns = [(name, _LABELS[name]) for name in SORTS]
    return _Parts(made.days(query), made.order(query, path, _ORDERS), made.heads(query, path, columns))


@contextmanager
def _inside(help_center: str | None, *, writes: bool = False) -> Iterator[tuple[Visit, Tickets]]:
    with shell.visit(help_center, writes=writes) as visit:
        if visit.visitor is None:
            raise _SignedOut(visit.to_sign_in())
        if not visit.standing.opens:
            abort(404)
        if writes and visit.visitor.viewed:
            abort(403)
        yield visit, Tickets(visit.connection, visit.visitor.id, own_only=visit.standing.own_only)


def _ticket_page(visit: Visit, tickets: Tickets, ticket: Ticket, *, text: str = "", complaint: str = "") -> Response:
    status = 422 if complaint else 200
    return visit.render(
        "ticket.html",
        status=status,
        ticket=ticket,
        several=tickets.of_several_companies(),
        replies=tickets.replies(ticket),
        attributes=ticket_attributes.for_customers(visit.connection, ticket.id),
        text=text,
        complaint=complaint,
        longest=customer_replies.MAX_LENGTH,
    )


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _complaint(text: str) -> str:
    if not text:
        return _("Write something first.")
    if len(text) > customer_replies.MAX_LENGTH:
        return _("A reply has at most %(most)s characters. This one has %(count)s.") % {
            "most": customer_replies.MAX_LENGTH,
            "count": len(text),
        }
    return "" if storable(text) else _("A reply is text: this one holds characters that cannot be kept.")
