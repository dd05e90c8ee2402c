"""The statements behind the portal's lists of tickets, made once: making one takes longer than asking it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Select, Subquery, bindparam, func, select, union

from workspace.access.readers import companies_inside, ticket_inside, ticket_parts, tickets_inside
from workspace.database.prepared import Prepared
from workspace.database.tables import companies, contacts, ticket_states, ticket_types, tickets
from workspace.people.directory import company_name
from workspace.rules.sql import PERSON

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, FromClause, Table

PER_PAGE = 20
MOST_COUNTED = 1000
"""The count of a list ends here: to count all of a hundred thousand tickets takes longer than to show the newest."""
MOST_PARTS = 20
"""The most companies whose tickets are read in parts; those of a person of more are read as a whole."""
_MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Listed:
    """Statements for tickets under filters: all, and those of a `page` from `start` on, with a `total` up to `most`."""

    chosen: Select[Any]
    order: tuple[ColumnElement[Any], ...]
    page: Prepared


class Statements:
    """Statements about the tickets that `PERSON` sees; `choices` are the values for filters."""

    def __init__(self, *, own_only: bool) -> None:
        """Make them for people who see only their own tickets, or those of all their companies."""
        self.own_only = own_only
        self.seen: Subquery = tickets_inside(own_only=own_only).subquery("visible")
        seen = self.seen
        self.by_number = Prepared(
            self._columns(ticket_inside(own_only=own_only).subquery("visible")), PERSON.key, "number"
        )
        self.choices = Prepared(
            select(
                seen.c.contact_id.label("creator_id"),
                self._creator(),
                ticket_types.c.name.label("type"),
                ticket_states.c.external_label.label("state"),
            )
            .join(ticket_types, ticket_types.c.id == seen.c.type_id)
            .join(ticket_states, ticket_states.c.id == seen.c.state_id)
            .join(contacts, contacts.c.id == seen.c.contact_id)
            .distinct(),
            PERSON.key,
        )
        read = companies_inside().subquery()
        self.companies = Prepared(select(read.c.company_id).limit(MOST_PARTS + 1), PERSON.key)
        self._kept: dict[tuple[object, ...], Listed] = {}

    def listed(self, filters: tuple[str, ...], sort: str, companies: int, *, ascending: bool) -> Listed:
        """Return the statements for filters in a fixed order, and a sort column; `page` takes `company_0` and on."""
        key = filters, sort, companies, ascending
        if key not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = self._listed(filters, sort, companies, ascending=ascending)
        return self._kept[key]

    def _listed(self, filters: tuple[str, ...], sort: str, companies: int, *, ascending: bool) -> Listed:
        def ordered(by: ColumnElement[Any], number: ColumnElement[int]) -> tuple[ColumnElement[Any], ...]:
            return (by.asc() if ascending else by.desc()), number.desc()

        whole = companies > MOST_PARTS
        names = () if whole or self.own_only else tuple(f"company_{number}" for number in range(companies))
        parts = (tickets_inside(own_only=self.own_only),) if whole else ticket_parts(len(names), own_only=self.own_only)
        newest = [self._newest(part.subquery(), filters, sort, ordered) for part in parts]
        few = (union(*newest) if len(newest) > 1 else newest[0]).subquery("few")
        total = func.count().over().label("total")
        shown = select(few, total).order_by(*ordered(few.c.key, few.c.number)).limit(PER_PAGE)
        page = shown.offset(bindparam("start", type_=Integer())).subquery("page")
        rows = self._columns(tickets, page.c.total).join(page, page.c.number == tickets.c.number)
        statement = rows.order_by(*ordered(page.c.key, page.c.number))
        chosen = self._columns(self.seen).where(*_tests(self.seen, filters))
        key, _ = _key(self.seen, sort)
        prepared = Prepared(statement, PERSON.key, *filters, *names, "most", "start")
        return Listed(chosen, ordered(key, self.seen.c.number), prepared)

    @staticmethod
    def _newest(
        part: Subquery, filters: tuple[str, ...], sort: str, ordered: Callable[..., tuple[ColumnElement[Any], ...]]
    ) -> Select[Any]:
        """Return numbers and sort keys of the first `most` tickets of a part."""
        key, joined = _key(part, sort)
        found = select(part.c.number, key.label("key")).where(*_tests(part, filters))
        if joined is not None:
            found = found.join(joined, joined.c.id == part.c[f"{sort}_id"])
        few = found.order_by(*ordered(key, part.c.number)).limit(bindparam("most", type_=Integer())).subquery()
        return select(few.c.number, few.c.key)

    @staticmethod
    def _creator() -> ColumnElement[str]:
        return func.coalesce(contacts.c.name, contacts.c.email, contacts.c.external_id, "").label("creator")

    def _columns(self, seen: FromClause, *more: ColumnElement[Any]) -> Select[Any]:
        # In the order of the fields of `Ticket`, without what those take from elsewhere.
        return (
            select(
                *(seen.c.id, seen.c.number, seen.c.title, seen.c.description),
                *(ticket_types.c.name.label("type"), ticket_types.c.category),
                *(ticket_states.c.external_label.label("state"), ticket_states.c.category.label("state_category")),
                self._creator(),
                company_name().label("company"),
                *(seen.c.created_at, seen.c.updated_at, seen.c.contact_id.label("creator_id")),
                *more,
            )
            .select_from(seen)
            .join(ticket_types, ticket_types.c.id == seen.c.type_id)
            .join(ticket_states, ticket_states.c.id == seen.c.state_id)
            .join(contacts, contacts.c.id == seen.c.contact_id)
            # A company that they no longer read is not named, although they see what they created for it.
            .outerjoin(companies, (companies.c.id == seen.c.company_id) & companies.c.id.in_(companies_inside()))
        )


def _tests(seen: FromClause, filters: tuple[str, ...]) -> list[ColumnElement[bool]]:
    types = select(ticket_types.c.id).where(ticket_types.c.name == bindparam("type"))
    states = select(ticket_states.c.id).where(ticket_states.c.external_label == bindparam("state"))
    tests = {
        "type": seen.c.type_id.in_(types),
        "state": seen.c.state_id.in_(states),
        "creator": seen.c.contact_id == bindparam("creator"),
        "created_from": seen.c.created_at >= bindparam("created_from"),
        "created_before": seen.c.created_at < bindparam("created_before"),
        "updated_from": seen.c.updated_at >= bindparam("updated_from"),
        "updated_before": seen.c.updated_at < bindparam("updated_before"),
    }
    return [tests[name] for name in filters]


def _key(seen: FromClause, sort: str) -> tuple[ColumnElement[Any], Table | None]:
    """Return the column of an order, and the table beside the tickets that it is of."""
    own = {
        "number": seen.c.number,
        "title": seen.c.title_folded,
        "created": seen.c.created_at,
        "updated": seen.c.updated_at,
    }
    if sort in own:
        return own[sort], None
    return {"type": (ticket_types.c.name, ticket_types), "state": (ticket_states.c.external_label, ticket_states)}[sort]


@cache
def statements(*, own_only: bool) -> Statements:
    """Return the statements for people who see only their own tickets, or those of all their companies."""
    return Statements(own_only=own_only)
