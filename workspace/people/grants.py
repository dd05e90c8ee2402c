"""Companies that people are granted: whose tickets they may read without belonging to them.

Grants are told and taken by the customer's own ids of companies, as in the vendor's API; a company without one has none
to be granted by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from workspace.database.tables import companies, granted_companies
from workspace.people.rows import add_grants, remove_grants

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

MOST = 100
"""How many companies one person may be granted."""

_PORTION = 1000


class NoSuchCompany(ValueError):
    """There is no company of an id that the customer's application gave."""


def companies_of(connection: Connection, contact_id: str) -> list[str]:
    """Return the customer's own ids of the companies that a person is granted, in order."""
    statement = (
        select(companies.c.company_id)
        .join(granted_companies, granted_companies.c.company_id == companies.c.id)
        .where(granted_companies.c.contact_id == contact_id, companies.c.company_id.is_not(None))
    )
    return sorted(connection.execute(statement).scalars())


def replace(connection: Connection, contact_id: str, wanted: Collection[str]) -> None:
    """Grant a person some companies and no others.

    Args:
        connection: A transaction that writes.
        contact_id: The person.
        wanted: The customer's own ids of the companies.

    Raises:
        NoSuchCompany: One of them is not there; nothing is changed then.
    """
    ids = company_ids(connection, wanted)
    here = select(granted_companies.c.company_id).where(granted_companies.c.contact_id == contact_id)
    there = set(connection.execute(here).scalars())
    remove_grants(connection, contact_id, there - set(ids.values()))
    add_grants(connection, [(contact_id, one) for one in dict.fromkeys(ids.values()) if one not in there])


def company_ids(connection: Connection, wanted: Collection[str]) -> dict[str, str]:
    """Return the workspace's own ids of companies by the customer's.

    Raises:
        NoSuchCompany: One of them is not there.
    """
    found = known(connection, wanted)
    for one in wanted:
        if one not in found:
            raise NoSuchCompany(one)
    return found


def known(connection: Connection, wanted: Collection[str]) -> dict[str, str]:
    """Return the workspace's own ids of those companies that are there, by the customer's."""
    asked = list(dict.fromkeys(wanted))
    found: dict[str, str] = {}
    for portion in (asked[start : start + _PORTION] for start in range(0, len(asked), _PORTION)):
        statement = select(companies.c.company_id, companies.c.id).where(companies.c.company_id.in_(portion))
        found |= {row.company_id: row.id for row in connection.execute(statement)}
    return found
