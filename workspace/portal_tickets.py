"""The tickets that a person sees in the portal: listed, filtered, sorted, searched; and one of them.

Everything starts from the one statement of `access.visible_tickets`, so that no filter, count or
search can say anything about another ticket.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, Subquery, func, select

from workspace import ticket_match
from workspace.ranking import match, words_of
from workspace.tables import contacts, ticket_replies, ticket_states, ticket_types
from workspace.ticket_match import CUSTOMERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from workspace.ticket_query import TicketQuery

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as customers see it. Moments are seconds since 1970.

    Attributes:
        id: The workspace's own id.
        number: How people call it.
        title: What it is about.
        description: What it says.
        type: The name of its type.
        category: The category of its type.
        state: The label for customers of its state.
        state_category: The category of its state.
        creator: Who created it: a name, or else an email address.
        mine: Whether the person who looks at it created it.
        created_at: When.
        updated_at: When something last happened.
        snippet: Where tickets were searched: a part that matches.
    """

    id: str
    number: int
    title: str
    description: str
    type: str
    category: str
    state: str
    state_category: str
    creator: str
    mine: bool
    created_at: int
    updated_at: int
    snippet: str = ""

    @property
    def takes_replies(self) -> bool:
        """Whether customers can reply: to tickets of their own kind only, not to those that were shared with them."""
        return self.category == "customer"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that customers may read.

    Attributes:
        author: Who wrote it.
        by_team: Whether that was a teammate.
        body: What it says.
        created_at: When, in seconds since 1970.
    """

    author: str
    by_team: bool
    body: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list of tickets.

    Attributes:
        tickets: Those of the page.
        count: How many there are altogether.
        number: The page's number, from 1.
        pages: How many pages there are, at least 1.
    """

    tickets: tuple[Ticket, ...]
    count: int
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What the tickets that a person sees can be filtered by.

    Attributes:
        types: Names of types.
        states: Labels for customers.
        creators: People by id.
    """

    types: tuple[str, ...]
    states: tuple[str, ...]
    creators: dict[str, str]


class Tickets:
    """The tickets that one person sees."""

    def __init__(self, connection: Connection, visible: Select[Any], person_id: str) -> None:
        """Take the connection to ask, the statement of `access.visible_tickets`, and whose eyes these are."""
        self._connection = connection
        self._visible: Subquery = visible.subquery("visible")
        self._person = person_id

    def choices(self) -> Choices:
        """Return what the tickets can be filtered by."""
        seen = self._visible
        name = func.coalesce(contacts.c.name, contacts.c.email, contacts.c.external_id, contacts.c.id).label("shown")
        people = self._connection.execute(
            select(contacts.c.id, name).where(contacts.c.id.in_(select(seen.c.contact_id))).order_by(name)
        )
        types = select(ticket_types.c.name).where(ticket_types.c.id.in_(select(seen.c.type_id)))
        states = select(ticket_states.c.external_label).where(ticket_states.c.id.in_(select(seen.c.state_id)))
        return Choices(
            tuple(sorted(set(self._connection.execute(types).scalars()))),
            tuple(sorted(set(self._connection.execute(states).scalars()))),
            {row.id: row.shown for row in people},
        )

    def page(self, query: TicketQuery) -> Page:
        """Return one page of those that a query asks for; a page beyond the last is the last."""
        words = words_of(query.text)
        chosen, order = self._chosen(query), self._order(query)
        if words:
            wanted, rank = ticket_match.found(words, self._visible)
            chosen = chosen.where(wanted)
            order = order if query.sorted_on_purpose else (rank, *order)
        count = self._connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
        pages = max(-(-count // PER_PAGE), 1)
        number = min(max(query.page, 1), pages)
        found = self._tickets(chosen.order_by(*order).limit(PER_PAGE).offset((number - 1) * PER_PAGE))
        return Page(tuple(self._with_snippets(found, words) if words else found), count, number, pages)

    def latest(self, limit: int) -> list[Ticket]:
        """Return those in which something happened last."""
        order = self._visible.c.updated_at.desc(), self._visible.c.number.desc()
        return self._tickets(self._columns().order_by(*order).limit(limit))

    def one(self, number: int) -> Ticket | None:
        """Return the ticket of a number, or None where the person sees none of that number."""
        found = self._tickets(self._columns().where(self._visible.c.number == number))
        return found[0] if found else None

    def replies(self, ticket: Ticket) -> list[Reply]:
        """Return a ticket's replies for customers, oldest first."""
        wanted = ticket_replies.c.ticket_id == ticket.id, ticket_replies.c.part_type == CUSTOMERS
        order = ticket_replies.c.created_at, ticket_replies.c.id
        rows = self._connection.execute(select(ticket_replies).where(*wanted).order_by(*order))
        return [Reply(row.author_name, row.author_type == "admin", row.body, row.created_at) for row in rows]

    # --- statements ---

    def _columns(self) -> Select[Any]:
        seen = self._visible
        return (
            select(
                *(seen.c.id, seen.c.number, seen.c.title, seen.c.description),
                *(seen.c.contact_id, seen.c.created_at, seen.c.updated_at),
                *(ticket_types.c.name.label("type"), ticket_types.c.category),
                *(ticket_states.c.external_label.label("state"), ticket_states.c.category.label("state_category")),
                func.coalesce(contacts.c.name, contacts.c.email, contacts.c.external_id, "").label("creator"),
            )
            .join(ticket_types, ticket_types.c.id == seen.c.type_id)
            .join(ticket_states, ticket_states.c.id == seen.c.state_id)
            .join(contacts, contacts.c.id == seen.c.contact_id)
        )

    def _chosen(self, query: TicketQuery) -> Select[Any]:
        seen = self._visible
        wanted = []
        if query.type:
            wanted.append(ticket_types.c.name == query.type)
        if query.state:
            wanted.append(ticket_states.c.external_label == query.state)
        if query.creator:
            wanted.append(seen.c.contact_id == query.creator)
        for column, (first, after) in ((seen.c.created_at, query.created), (seen.c.updated_at, query.updated)):
            wanted += [] if first is None else [column >= first]
            wanted += [] if after is None else [column < after]
        return self._columns().where(*wanted)

    def _order(self, query: TicketQuery) -> tuple[ColumnElement[Any], ...]:
        seen = self._visible
        columns: dict[str, ColumnElement[Any]] = {
            "number": seen.c.number,
            "title": seen.c.title_folded,
            "type": ticket_types.c.name,
            "state": ticket_states.c.external_label,
            "created": seen.c.created_at,
            "updated": seen.c.updated_at,
        }
        column = columns[query.sort]
        return (column.asc() if query.ascending else column.desc()), seen.c.number.desc()

    # --- search ---

    def _with_snippets(self, tickets: Sequence[Ticket], words: Sequence[str]) -> Iterator[Ticket]:
        said = self._said_in(tickets)
        for ticket in tickets:
            named = [f"#{ticket.number}", ticket.title]
            matched = match(words, [named, [ticket.description], said.get(ticket.id, [])])
            snippet = matched.snippet if matched and matched.rank else _first_line(ticket.description)
            yield replace(ticket, snippet=snippet)

    def _said_in(self, tickets: Sequence[Ticket]) -> dict[str, list[str]]:
        said: dict[str, list[str]] = {}
        statement = (
            select(ticket_replies.c.ticket_id, ticket_replies.c.body)
            .where(ticket_replies.c.part_type == CUSTOMERS)
            .where(ticket_replies.c.ticket_id.in_([one.id for one in tickets]))
            .order_by(ticket_replies.c.created_at, ticket_replies.c.id)
        )
        for ticket_id, body in self._connection.execute(statement):
            said.setdefault(ticket_id, []).append(body)
        return said

    def _tickets(self, statement: Select[Any]) -> list[Ticket]:
        return [self._ticket(row) for row in self._connection.execute(statement)]

    def _ticket(self, row: Row[Any]) -> Ticket:
        values = dict(row._mapping)
        mine = values.pop("contact_id") == self._person
        return Ticket(**values, mine=mine)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:180]
