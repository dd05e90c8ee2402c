"""People, companies and tags, each text with its folded and marked forms: every write of these tables is here."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import islice
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import JSON, delete, insert, update

from workspace.core.folding import folded, marked, storable
from workspace.database.tables import (
    companies,
    company_tags,
    contact_tags,
    contacts,
    granted_companies,
    memberships,
    tags,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sqlalchemy import Connection, Dialect, Table

Model = Literal["contact", "company"]

MAX_TEXT = 255
"""The longest text that one attribute holds: short enough for every database's index."""

MOMENTS = range(-62_135_596_800, 253_402_300_800)
"""The seconds since 1970 that are moments of the years 1 to 9999."""

_PORTION = 2000
_CONTACT_TEXT = ("external_id", "email", "name", "phone")
_MOMENT_NAMES = ("created_at", "signed_up_at", "last_seen_at")
_COMPANY_TEXT = ("company_id", "name", "industry", "website", "plan")
_FORMS = {name: (f"{name}_folded", f"{name}_words") for name in (*_CONTACT_TEXT, *_COMPANY_TEXT)}
"""The columns of a text's further forms."""


class InvalidValue(ValueError):
    """A value that its attribute cannot hold; the message names the attribute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person. Moments are seconds since 1970 in UTC.

    Only a `user` can open a portal; a `lead` cannot be identified. `external_id` is the customer's and unique, `email`
    need not be. Archived people match no rule.
    """

    id: str
    role: Literal["user", "lead"]
    created_at: int
    external_id: str | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    unsubscribed_from_emails: bool | None = None
    signed_up_at: int | None = None
    last_seen_at: int | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company; `company_id` is unique and given by the customer's application. Moments are seconds since 1970 in UTC.

    `size` counts employees; `monthly_spend` is in the workspace's currency.
    """

    id: str
    created_at: int
    company_id: str | None = None
    name: str | None = None
    industry: str | None = None
    website: str | None = None
    plan: str | None = None
    size: float | None = None
    monthly_spend: float | None = None


def _fields(of: type[Contact | Company]) -> tuple[tuple[str, ...], attrgetter[tuple[Any, ...]]]:
    names = tuple(field.name for field in fields(of))
    return names, attrgetter(*names)


_CONTACT_FIELDS, _COMPANY_FIELDS = _fields(Contact), _fields(Company)


# --- people and companies -------------------------------------------------------------------------


def add_contacts(connection: Connection, people: Iterable[Contact]) -> None:
    """Insert people; InvalidValue for a text that is too long or that no database can keep."""
    insert_all(connection, contacts, (_searchable(_row(person), _CONTACT_TEXT) for person in people))


def add_companies(connection: Connection, employers: Iterable[Company]) -> None:
    """Insert companies; InvalidValue as in `add_contacts`, or for a number that is not finite."""
    insert_all(connection, companies, (_company_row(_row(company)) for company in employers))


def update_contact(connection: Connection, contact_id: str, changes: Mapping[str, Any]) -> None:
    """Change attributes of one person, by the names in `Contact`; errors as in `add_contacts`."""
    values = _searchable(dict(changes), [name for name in _CONTACT_TEXT if name in changes])
    connection.execute(update(contacts).where(contacts.c.id == contact_id).values(values))


def update_company(connection: Connection, company: str, changes: Mapping[str, Any]) -> None:
    """Change attributes of the company with this `id`, by the names in `Company`; errors as in `add_companies`."""
    connection.execute(update(companies).where(companies.c.id == company).values(_company_row(dict(changes))))


def add_memberships(connection: Connection, pairs: Iterable[tuple[str, str]]) -> None:
    """Let people belong to companies: pairs of a contact's and a company's id, none of them there already."""
    insert_all(connection, memberships, ({"contact_id": person, "company_id": company} for person, company in pairs))


def remove_membership(connection: Connection, contact_id: str, company: str) -> None:
    """Let a person belong to a company no longer."""
    here = memberships.c.contact_id == contact_id, memberships.c.company_id == company
    connection.execute(delete(memberships).where(*here))


def add_grants(connection: Connection, pairs: Iterable[tuple[str, str]]) -> None:
    """Let people read the tickets of companies: pairs of a contact's and a company's id, none of them there already."""
    rows = ({"contact_id": person, "company_id": company} for person, company in pairs)
    insert_all(connection, granted_companies, rows)


def remove_grants(connection: Connection, contact_id: str, company_ids: Collection[str]) -> None:
    """Remove grants of a person; their own companies stay."""
    here = granted_companies.c.contact_id == contact_id, granted_companies.c.company_id.in_(company_ids)
    connection.execute(delete(granted_companies).where(*here))


def _row(item: Contact | Company) -> dict[str, Any]:
    names, values = _CONTACT_FIELDS if isinstance(item, Contact) else _COMPANY_FIELDS
    return dict(zip(names, values(item), strict=True))


def _company_row(row: dict[str, Any]) -> dict[str, Any]:
    for name in ("size", "monthly_spend"):
        if row.get(name) is not None:
            row[name] = finite(name, row[name])
    return _searchable(row, [name for name in _COMPANY_TEXT if name in row])


def _searchable(row: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    for name in _MOMENT_NAMES:
        if row.get(name) is not None and row[name] not in MOMENTS:
            raise InvalidValue(f"{name} is a moment of the years 1 to 9999")
    for name in names:
        text, (fold, mark) = row[name], _FORMS[name]
        if text is None:
            row[fold], row[mark] = None, None
        else:
            row[name] = checked_text(name, text)
            row[fold] = folded(text)
            row[mark] = marked(row[fold])
    if "email" in names:
        row["email_reversed"] = row["email_folded"] and row["email_folded"][::-1]
    return row


def checked_text(name: str, text: str) -> str:
    """Return `text` if the attribute `name` can hold it; InvalidValue if too long, or if no database can keep it."""
    if len(text) > MAX_TEXT:
        raise InvalidValue(f"{name} holds at most {MAX_TEXT} characters, this text has {len(text)}")
    if not storable(text):
        raise InvalidValue(f"{name} cannot hold a NUL character or half of a surrogate pair")
    return text


def finite(name: str, number: float) -> float:
    """Return `number` in its stored form; InvalidValue if not finite, or too large for any database."""
    try:
        kept = float(number)
    except OverflowError:
        kept = math.inf
    if not math.isfinite(kept):
        raise InvalidValue(f"{name} holds a finite number")
    return kept


# --- tags -----------------------------------------------------------------------------------------


def add_tags(connection: Connection, names: Iterable[tuple[str, str]]) -> None:
    """Insert tags: pairs of an id and a name."""
    insert_all(connection, tags, ({"id": tag, "name": checked_text("a tag", name)} for tag, name in names))


def add_taggings(connection: Connection, model: Model, pairs: Iterable[tuple[str, str]]) -> None:
    """Tag people or companies: pairs of an owner's and a tag's id, none of them there already."""
    table = contact_tags if model == "contact" else company_tags
    insert_all(connection, table, ({"owner_id": owner, "tag_id": tag} for owner, tag in pairs))


def remove_tagging(connection: Connection, model: Model, owner_id: str, tag_id: str) -> None:
    """Take a tag off a person or a company."""
    table = contact_tags if model == "contact" else company_tags
    connection.execute(delete(table).where(table.c.owner_id == owner_id, table.c.tag_id == tag_id))


def insert_all(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows in portions, so that any number of them takes the memory of few."""
    for portion in _portions(rows):
        statement, order = _insertion(table, tuple(portion[0]), connection.dialect)
        if statement is None:
            connection.execute(insert(table), portion)
        else:
            # Handed to the driver as they are: each of them by the general way takes as long as what it does with them.
            given: Any = portion if order is None else list(map(itemgetter(*order), portion))
            connection.exec_driver_sql(statement, given)


@lru_cache(maxsize=256)
def _insertion(table: Table, names: tuple[str, ...], dialect: Dialect) -> tuple[str | None, tuple[str, ...] | None]:
    """Return the statement that inserts rows with these columns, and their order in it.

    The statement is None if a value needs an expression or another form, the order if the driver goes by names.
    """
    worked_out = any(column.default is not None and column.name not in names for column in table.columns)
    if worked_out or len(names) == 1 or any(isinstance(table.c[name].type, JSON) for name in names):
        return None, None
    compiled = insert(table).compile(dialect=dialect, column_keys=list(names))
    order = compiled.positiontup
    return str(compiled), None if order is None else tuple(order)


def _portions(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    left = iter(rows)
    while portion := list(islice(left, _PORTION)):
        yield portion
