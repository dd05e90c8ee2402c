"""A person's tickets in the portal, and one hidden ticket of each kind: the yardstick for its pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, not_, or_, select

from workspace.access.readers import companies_read, for_customers
from workspace.access.view import visible_tickets
from workspace.database.tables import tickets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlalchemy import Connection

    from workspace.access.view import View
    from workspace.rules.sql_values import Where


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """A request for a person's tickets: at most `most` numbers, with addresses under `portal_url`."""

    connection: Connection
    most: int
    portal_url: str


@dataclass(frozen=True, slots=True)
class Hidden:
    """A ticket hidden from the person; `whose`: `own`, `colleague`, `other`, or `internal` (never for customers)."""

    number: int
    whose: str
    url: str

    def document(self) -> dict[str, Any]:
        """Return the ticket as the admin API answers it."""
        return {"number": self.number, "whose": self.whose, "url": self.url}


@dataclass(frozen=True, slots=True)
class Listed:
    """A person's tickets in the portal: the count, the lowest numbers, and the first hidden one of each kind."""

    count: int
    numbers: tuple[int, ...]
    hidden: tuple[Hidden, ...]

    def document(self) -> dict[str, Any]:
        """Return the tickets for an answer of the admin API."""
        return {
            "count": self.count,
            "numbers": list(self.numbers),
            "hidden": [hidden.document() for hidden in self.hidden],
        }


def listed(person_id: str, view: View, today: date, request: TicketRequest) -> Listed:
    """Return a person's tickets under a view, and samples of hidden ones."""
    connection = request.connection
    visible = visible_tickets(connection, person_id, view, today).subquery("visible")
    count = connection.execute(select(func.count()).select_from(visible)).scalar_one()
    numbers = connection.execute(select(visible.c.number).order_by(visible.c.number).limit(request.most)).scalars()
    hidden = []
    for whose, kind in _kinds(person_id, view):
        unseen = select(tickets.c.number).where(kind, tickets.c.id.not_in(select(visible.c.id)))
        first = connection.execute(unseen.order_by(tickets.c.number).limit(1)).scalar()
        if first is not None:
            hidden.append(Hidden(first, whose, f"{request.portal_url}/tickets/{first}"))
    return Listed(count, tuple(numbers), tuple(hidden))


def _kinds(person_id: str, view: View) -> Iterator[tuple[str, Where]]:
    """Yield the kinds of tickets, from a person's point of view, and the condition on rows of `tickets` of each."""
    # Those of a company that they are granted count as a colleague's.
    theirs = companies_read(person_id, view.regranted)
    own, company = tickets.c.contact_id == person_id, tickets.c.company_id
    # A ticket may have no company: then it is of none of theirs.
    of_others = or_(company.is_(None), company.not_in(theirs))
    yield "own", and_(own, for_customers())
    yield "colleague", and_(not_(own), company.in_(theirs), for_customers())
    yield "other", and_(not_(own), of_others, for_customers())
    yield "internal", and_(or_(own, company.in_(theirs)), not_(for_customers()))
