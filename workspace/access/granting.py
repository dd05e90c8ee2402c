"""Changes of who is granted which company: counted and logged like settings, and kept with the people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace.core.errors import ApiError, Problem
from workspace.database import store
from workspace.database.store import Stored
from workspace.people import grants
from workspace.settings.kinds.granted_companies import KIND
from workspace.writes.audit_log import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from workspace.writes.admin_write import AdminWrite


def resource(connection: Connection) -> Stored:
    """Return the settings of grants; a database that was never told any has the defaults."""
    return store.load(connection, KIND.address()) or Stored(KIND.address(), 0, KIND.defaults)


def enabled(connection: Connection) -> bool:
    """Return whether the workspace has grants at all; where it has none, nobody is granted anything."""
    return bool(resource(connection).document["enabled"])


def require(connection: Connection) -> None:
    """Refuse a change where the workspace has no grants.

    Raises:
        ApiError: 404.
    """
    if not enabled(connection):
        message = "Granted companies are not enabled for this workspace"
        raise ApiError(404, Problem("granted_companies_not_enabled", message))


def grant(write: AdminWrite, wanted: Mapping[str, Sequence[str]], before: Stored | None = None) -> Stored:
    """Grant people companies, each of them those and no others; return the settings of grants after.

    Args:
        write: The write in progress.
        wanted: The customer's own ids of companies, by the workspace's own ids of people who are there.
        before: The settings of grants, where they are loaded already.

    Raises:
        ApiError: 404 where there is no such company, or the workspace has no grants.
    """
    connection = write.connection
    require(connection)
    before = before or resource(connection)
    there, then = {}, {}
    for contact_id, companies in sorted(wanted.items()):
        now, asked = grants.companies_of(connection, contact_id), sorted(set(companies))
        if now == asked:
            continue
        try:
            grants.replace(connection, contact_id, asked)
        except grants.NoSuchCompany as missing:
            raise ApiError(404, Problem("company_not_found", f"Company Not Found: {missing}")) from missing
        there[contact_id], then[contact_id] = now, asked
    if not then:
        return before
    after = Stored(before.address, before.revision + 1, before.document)
    store.save(connection, after, is_new=not before.revision)
    said = f"Changed the granted companies of {len(then)} {'person' if len(then) == 1 else 'people'}"
    # By the workspace's own ids, which say nothing about whoever is deleted later.
    write.log(Entry(before.address, said, there, then, after.revision))
    return after
