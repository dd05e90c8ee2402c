"""A person's tickets in the portal, all by the statements of `access.readers`: nothing discloses another one."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from workspace.database.tables import ticket_replies
from workspace.portal import match as ticket_match
from workspace.portal.match import CUSTOMERS
from workspace.portal.query import TicketQuery
from workspace.portal.ranking import match, words_of
from workspace.portal.statements import MOST_COUNTED, PER_PAGE, statements
from workspace.rules.sql import PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from workspace.portal.statements import Listed


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as customers see it. Moments are seconds since 1970.

    `state` is its label for customers, `creator` a name, or else an email address; `company` is None unless the person
    reads that company's tickets; `snippet` is a matching part, in a search.
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
    company: str | None
    created_at: int
    updated_at: int
    creator_id: str
    mine: bool
    snippet: str = ""

    @property
    def takes_replies(self) -> bool:
        """True if customers can reply: only to tickets of their own kind, not to shared ones."""
        return self.category == "customer"


_READ = [field.name for field in fields(Ticket)].index("mine")
"""The fields that are columns of a row, the first ones."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that customers may read, by a customer or the team; `created_at` is in seconds since 1970."""

    author: str
    by_team: bool
    body: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page, from 1, of a list of tickets; `whole` if it is all that the person sees.

    `count` is of all pages; with `more` there are more, and `pages` is None.
    """

    tickets: tuple[Ticket, ...]
    count: int
    number: int
    pages: int | None
    whole: bool = False
    more: bool = False
    last: bool = True


@dataclass(frozen=True, slots=True)
class Choices:
    """The values for filters of a person's tickets: names of types, labels of states, people by id."""

    types: tuple[str, ...]
    states: tuple[str, ...]
    creators: dict[str, str]


class Tickets:
    """The tickets that one person sees."""

    def __init__(self, connection: Connection, person_id: str, *, own_only: bool) -> None:
        """Take a person whose access is checked already; `own_only` limits them to tickets they created."""
        self._connection = connection
        self._person = person_id
        self._parameters = {PERSON.key: person_id}
        self._statements = statements(own_only=own_only)

    def choices(self, page: Page) -> Choices:
        """Return the values for filters of all tickets; `page` is one of them, which may be enough."""
        rows = page.tickets if page.whole else self._statements.choices.all(self._connection, **self._parameters)
        people = sorted({(row.creator or row.creator_id, row.creator_id) for row in rows})
        return Choices(
            tuple(sorted({row.type for row in rows})),
            tuple(sorted({row.state for row in rows})),
            {creator_id: shown for shown, creator_id in people},
        )

    def of_several_companies(self) -> bool:
        """Return True if the person reads the tickets of more than one company."""
        return len(self._companies) > 1

    def page(self, query: TicketQuery) -> Page:
        """Return one page of those that a query asks for; a page beyond the last is the last."""
        filters = {name: value for name, value in _filters(query).items() if value is not None}
        companies = () if self._statements.own_only else self._companies
        listed = self._statements.listed(tuple(filters), query.sort, len(companies), ascending=query.ascending)
        given = {**self._parameters, **filters}
        words = words_of(query.text)
        if words:
            return self._matches(query, listed, words, given)
        given |= {f"company_{number}": company for number, company in enumerate(companies)}
        number = max(query.page, 1)
        rows, total = self._rows(listed, given, number)
        if not rows and number > 1:
            _, total = self._rows(listed, given, 1, number * PER_PAGE)
            number = _pages(total)
            rows, total = self._rows(listed, given, number)
        more = total > MOST_COUNTED
        return Page(
            tuple(rows),
            MOST_COUNTED if more else total,
            number,
            None if more else _pages(total),
            whole=not filters and len(rows) == total,
            more=more,
            last=total <= number * PER_PAGE,
        )

    def newest(self, limit: int) -> list[Ticket]:
        """Return those in which something happened last, at most a page of them."""
        return list(self.page(TicketQuery()).tickets[:limit])

    @cached_property
    def _companies(self) -> Sequence[str]:
        """The companies whose tickets they read; of very many, some."""
        return [row.company_id for row in self._statements.companies.all(self._connection, **self._parameters)]

    def _rows(self, listed: Listed, given: Mapping[str, Any], number: int, most: int = 0) -> tuple[list[Ticket], int]:
        """Return the tickets of a page, and the number of all: exact up to the next page, `MOST_COUNTED` and `most`."""
        start = (number - 1) * PER_PAGE
        enough = max(start + PER_PAGE, MOST_COUNTED, most) + 1
        rows = listed.page.all(self._connection, **given, start=start, most=enough)
        return self._tickets(rows), rows[0].total if rows else 0

    def find(self, number: int) -> Ticket | None:
        """Return the ticket of a number, or None if the person sees none of that number."""
        tickets = self._tickets(self._statements.by_number.all(self._connection, **self._parameters, number=number))
        return tickets[0] if tickets else None

    def replies(self, ticket: Ticket) -> list[Reply]:
        """Return a ticket's replies for customers, oldest first."""
        desired = ticket_replies.c.ticket_id == ticket.id, ticket_replies.c.part_type == CUSTOMERS
        order = ticket_replies.c.created_at, ticket_replies.c.id
        rows = self._connection.execute(select(ticket_replies).where(*desired).order_by(*order))
        return [Reply(row.author_name, row.author_type == "admin", row.body, row.created_at) for row in rows]

    # --- search ---

    def _matches(self, query: TicketQuery, listed: Listed, words: Sequence[str], given: Mapping[str, Any]) -> Page:
        condition, rank = ticket_match.matches(words, self._statements.seen)
        chosen = listed.chosen.where(condition)
        order = listed.order if query.sorted_on_purpose else (rank, *listed.order)
        counted = select(func.count()).select_from(chosen.subquery())
        count = self._connection.execute(counted, given).scalar_one()
        pages = _pages(count)
        number = min(max(query.page, 1), pages)
        page = chosen.order_by(*order).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
        tickets = self._tickets(self._connection.execute(page, given).all())
        return Page(tuple(self._with_snippets(tickets, words)), count, number, pages, last=number == pages)

    def _with_snippets(self, tickets: Sequence[Ticket], words: Sequence[str]) -> Iterator[Ticket]:
        replies = self._replies_of(tickets)
        for ticket in tickets:
            named = [f"#{ticket.number}", ticket.title]
            matched = match(words, [named, [ticket.description], replies.get(ticket.id, [])])
            snippet = matched.snippet if matched and matched.rank else _first_line(ticket.description)
            yield replace(ticket, snippet=snippet)

    def _replies_of(self, tickets: Sequence[Ticket]) -> dict[str, list[str]]:
        bodies: dict[str, list[str]] = {}
        statement = (
            select(ticket_replies.c.ticket_id, ticket_replies.c.body)
            .where(ticket_replies.c.part_type == CUSTOMERS)
            .where(ticket_replies.c.ticket_id.in_([ticket.id for ticket in tickets]))
            .order_by(ticket_replies.c.created_at, ticket_replies.c.id)
        )
        for ticket_id, body in self._connection.execute(statement):
            bodies.setdefault(ticket_id, []).append(body)
        return bodies

    def _tickets(self, rows: Iterable[Any]) -> list[Ticket]:
        return [Ticket(*[*row[:_READ], row.creator_id == self._person]) for row in rows]


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:180]


def _filters(query: TicketQuery) -> dict[str, str | int | None]:
    created, updated = query.created, query.updated
    return {
        "type": query.type or None,
        "state": query.state or None,
        "creator": query.creator or None,
        "created_from": created[0],
        "created_before": created[1],
        "updated_from": updated[0],
        "updated_before": updated[1],
    }


def _pages(count: int) -> int:
    return max(-(-count // PER_PAGE), 1)
