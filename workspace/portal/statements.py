"""The statements behind the portal's lists of tickets, made once: making one takes longer than asking it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Select, Subquery, bindparam, func, select, union

from workspace.access.readers import READERS
from workspace.access.view import tickets_inside
from workspace.database.prepared import Prepared
from workspace.database.tables import companies, contacts, ticket_states, ticket_types
from workspace.people.directory import company_name
from workspace.rules.sql import PERSON

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """Statements for tickets under filters, in an order: all (unordered), those of a page from `start`, their count."""

    chosen: Select[Any]
    order: tuple[ColumnElement[Any], ...]
    page: Prepared
    count: Prepared


class Statements:
    """Statements about the tickets that `PERSON` sees.

    `latest` selects the `limit` tickets updated last, `by_number` that of a `number`, `choices` the values for filters,
    `companies` counts the companies whose tickets the person reads.
    """

    def __init__(self, *, own_only: bool) -> None:
        """Make them for people who see only their own tickets, or those of all their companies."""
        self.seen: Subquery = tickets_inside(own_only=own_only).subquery("visible")
        self._read = union(*(select(table.c.company_id).where(table.c.contact_id == PERSON) for table in READERS))
        seen = self.seen
        newest = seen.c.updated_at.desc(), seen.c.number.desc()
        limit = bindparam("limit", type_=Integer())
        self.latest = Prepared(self._columns().order_by(*newest).limit(limit), PERSON.key, "limit")
        self.by_number = Prepared(self._columns().where(seen.c.number == bindparam("number")), PERSON.key, "number")
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
        self.companies = Prepared(select(func.count()).select_from(self._read.subquery()), PERSON.key)
        self._kept: dict[tuple[object, ...], Listed] = {}

    def listed(self, filters: tuple[str, ...], sort: str, *, ascending: bool) -> Listed:
        """Return the statements for set filters, named in a fixed order, and a sort column of `ticket_query.SORTS`."""
        key = filters, sort, ascending
        if key not in self._kept:
            self._kept[key] = self._listed(filters, sort, ascending=ascending)
        return self._kept[key]

    def _listed(self, filters: tuple[str, ...], sort: str, *, ascending: bool) -> Listed:
        seen = self.seen
        tests: dict[str, ColumnElement[bool]] = {
            "type": ticket_types.c.name == bindparam("type"),
            "state": ticket_states.c.external_label == bindparam("state"),
            "creator": seen.c.contact_id == bindparam("creator"),
            "created_from": seen.c.created_at >= bindparam("created_from"),
            "created_before": seen.c.created_at < bindparam("created_before"),
            "updated_from": seen.c.updated_at >= bindparam("updated_from"),
            "updated_before": seen.c.updated_at < bindparam("updated_before"),
        }
        columns: dict[str, ColumnElement[Any]] = {
            "number": seen.c.number,
            "title": seen.c.title_folded,
            "type": ticket_types.c.name,
            "state": ticket_states.c.external_label,
            "created": seen.c.created_at,
            "updated": seen.c.updated_at,
        }
        chosen = self._columns().where(*(tests[name] for name in filters))
        order = (columns[sort].asc() if ascending else columns[sort].desc()), seen.c.number.desc()
        page = chosen.order_by(*order).limit(PER_PAGE).offset(bindparam("start", type_=Integer()))
        count: Select[Any] = select(func.count()).select_from(chosen.subquery())
        queries = PERSON.key, *filters
        return Listed(chosen, order, Prepared(page, *queries, "start"), Prepared(count, *queries))

    @staticmethod
    def _creator() -> ColumnElement[str]:
        return func.coalesce(contacts.c.name, contacts.c.email, contacts.c.external_id, "").label("creator")

    def _columns(self) -> Select[Any]:
        # In the order of the fields of `Ticket`, without what those take from elsewhere.
        seen = self.seen
        return (
            select(
                *(seen.c.id, seen.c.number, seen.c.title, seen.c.description),
                *(ticket_types.c.name.label("type"), ticket_types.c.category),
                *(ticket_states.c.external_label.label("state"), ticket_states.c.category.label("state_category")),
                self._creator(),
                company_name().label("company"),
                *(seen.c.created_at, seen.c.updated_at, seen.c.contact_id.label("creator_id")),
            )
            .join(ticket_types, ticket_types.c.id == seen.c.type_id)
            .join(ticket_states, ticket_states.c.id == seen.c.state_id)
            .join(contacts, contacts.c.id == seen.c.contact_id)
            # A company that they no longer read is not named, although they see what they created for it.
            .outerjoin(companies, (companies.c.id == seen.c.company_id) & companies.c.id.in_(self._read))
        )


@cache
def statements(*, own_only: bool) -> Statements:
    """Return the statements for people who see only their own tickets, or those of all their companies."""
    return Statements(own_only=own_only)
