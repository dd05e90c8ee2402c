"""People as answers name them: with the names of their companies, in a stable order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal_column, select, table, text

from workspace.database.prepared import Listed, Prepared
from workspace.database.tables import companies, contacts, granted_companies, memberships

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from workspace.database.prepared import Bare

_PORTION = 1000
"""The most ids of one statement."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person in answers, with the workspace's and the customer's id, and the names of their companies in order."""

    id: str
    email: str | None
    name: str | None
    external_id: str | None
    companies: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the person as they stand in an answer."""
        return {
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "external_id": self.external_id,
            "companies": list(self.companies),
        }


def by_email() -> tuple[ColumnElement[Any], ...]:
    """Return the order of people: by email without regard to case, those without one last, then by id."""
    return contacts.c.email_folded.nulls_last(), contacts.c.id


def company_name() -> ColumnElement[str]:
    """Return a company's name, or else an id."""
    return func.coalesce(companies.c.name, companies.c.company_id, companies.c.id)


_PERSON = Prepared(
    select(contacts.c.id, contacts.c.email, contacts.c.name, contacts.c.external_id, company_name().label("company"))
    .outerjoin(memberships, memberships.c.contact_id == contacts.c.id)
    .outerjoin(companies, companies.c.id == memberships.c.company_id)
    .where(contacts.c.id == bindparam("id")),
    "id",
)


_GRANTED = Prepared(
    select(company_name().label("company"))
    .join_from(granted_companies, companies, companies.c.id == granted_companies.c.company_id)
    .where(granted_companies.c.contact_id == bindparam("id")),
    "id",
)


def granted_names() -> ColumnElement[Any]:
    """Return the names of the companies that the person of a row of `contacts` is granted, in no order."""
    company = companies.alias("granted_company")
    names = func.coalesce(company.c.name, company.c.company_id, company.c.id)
    return (
        select(Listed(names))
        .join_from(granted_companies, company, company.c.id == granted_companies.c.company_id)
        .where(granted_companies.c.contact_id == contacts.c.id)
        .correlate(contacts)
        .scalar_subquery()
    )


def granted(connection: Connection | Bare, contact_id: str) -> tuple[str, ...]:
    """Return the names of the companies that a person is granted, in order."""
    return tuple(sorted(row.company for row in _GRANTED.all(connection, id=contact_id)))


def person(connection: Connection | Bare, contact_id: str) -> Person | None:
    """Return the person of an id, or None."""
    rows = _PERSON.all(connection, id=contact_id)
    return _of_rows(rows) if rows else None


def listed(ids: Select[str]) -> Select[Any]:
    """Return the statement for the few people of these ids, with a row for each of their companies, by email."""
    few = ids.subquery("few")
    return (
        select(
            contacts.c.id, contacts.c.email, contacts.c.name, contacts.c.external_id, company_name().label("company")
        )
        .join_from(few, contacts, contacts.c.id == few.c.id)
        .outerjoin(memberships, memberships.c.contact_id == contacts.c.id)
        .outerjoin(companies, companies.c.id == memberships.c.company_id)
        .order_by(*by_email())
    )


def of_rows(rows: Iterable[Row[Any]]) -> list[Person]:
    """Return the people of rows of `listed`, in their order."""
    return [_of_rows(list(theirs)) for _, theirs in groupby(rows, key=attrgetter("id"))]


def _of_rows(rows: Sequence[Any]) -> Person:
    first = rows[0]
    theirs = sorted(row.company for row in rows if row.company is not None)
    return Person(first.id, first.email, first.name, first.external_id, tuple(theirs))


def about(dialect: str) -> ColumnElement[Any]:
    """Return about how many people there are, without counting them; less than 0 if the database does not know yet."""
    if dialect == "sqlite":
        return select(func.max(literal_column("rowid"))).select_from(contacts.alias()).scalar_subquery()
    # As of the last time that the database looked at the table by itself.
    here = text("oid = 'contacts'::regclass")
    return select(literal_column("reltuples")).select_from(table("pg_class")).where(here).scalar_subquery()


def named(connection: Connection, ids: Sequence[str]) -> list[Person]:
    """Return the people of the given ids, in that order; an id that is nobody's is left out."""
    people: dict[str, Person] = {}
    for portion in (ids[start : start + _PORTION] for start in range(0, len(ids), _PORTION)):
        theirs = _company_names(connection, portion)
        columns = contacts.c.id, contacts.c.email, contacts.c.name, contacts.c.external_id
        for row in connection.execute(select(*columns).where(contacts.c.id.in_(portion))):
            people[row.id] = Person(row.id, row.email, row.name, row.external_id, tuple(theirs.get(row.id, ())))
    return [people[text] for text in ids if text in people]


def _company_names(connection: Connection, ids: Iterable[str]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    statement = (
        select(memberships.c.contact_id, company_name())
        .join(companies, companies.c.id == memberships.c.company_id)
        .where(memberships.c.contact_id.in_(ids))
    )
    for contact_id, name in connection.execute(statement):
        names.setdefault(contact_id, []).append(name)
    return {contact_id: sorted(theirs) for contact_id, theirs in names.items()}
