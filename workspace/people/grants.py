"""Granted companies, by the customer's own ids (no id, no grant): people read their tickets without belonging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from workspace.database import store
from workspace.database.store import Stored
from workspace.database.tables import companies, granted_companies
from workspace.people.rows import add_grants, remove_grants
from workspace.writes.audit_log import Entry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from workspace.writes.admin_write import AdminWrite

MOST = 100
"""The most companies granted to one person."""

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


def replace(connection: Connection, contact_id: str, desired: Collection[str]) -> None:
    """Replace a person's grants by the customer's own ids; NoSuchCompany, without a change, for an unknown one."""
    ids = company_ids(connection, desired)
    here = select(granted_companies.c.company_id).where(granted_companies.c.contact_id == contact_id)
    there = set(connection.execute(here).scalars())
    remove_grants(connection, contact_id, there - set(ids.values()))
    add_grants(connection, [(contact_id, company) for company in dict.fromkeys(ids.values()) if company not in there])


def change(
    write: AdminWrite, before: Stored, now: Mapping[str, Sequence[str]], then: Mapping[str, Sequence[str]], message: str
) -> Stored:
    """Change the grants of people, by the workspace's ids, and log it; others keep theirs. Raises NoSuchCompany."""
    for text, desired in then.items():
        replace(write.connection, text, desired)
    after = Stored(before.address, before.revision + 1, before.document)
    store.save(write.connection, after, is_new=not before.revision)
    # By the workspace's own ids, which say nothing about whoever is deleted later.
    write.log(Entry(before.address, message, {"people": dict(now)}, {"people": dict(then)}, after.revision))
    return after


def company_ids(connection: Connection, desired: Collection[str]) -> dict[str, str]:
    """Return the workspace's own ids of companies by the customer's; NoSuchCompany for an unknown one."""
    by_ref = known(connection, desired)
    for text in desired:
        if text not in by_ref:
            raise NoSuchCompany(text)
    return by_ref


def known(connection: Connection, desired: Collection[str]) -> dict[str, str]:
    """Return the workspace's own ids of those companies that are there, by the customer's."""
    refs = list(dict.fromkeys(desired))
    by_ref: dict[str, str] = {}
    for portion in (refs[start : start + _PORTION] for start in range(0, len(refs), _PORTION)):
        statement = select(companies.c.company_id, companies.c.id).where(companies.c.company_id.in_(portion))
        by_ref |= {row.company_id: row.id for row in connection.execute(statement)}
    return by_ref
