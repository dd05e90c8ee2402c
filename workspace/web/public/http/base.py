"""Shared parts of the public API: transactions, ids, and look-ups of resources in paths."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workspace.core.errors import ApiError, Problem, invalid_parameter, not_found
from workspace.database import engine as db
from workspace.database.tables import companies, contacts, tags, workspaces
from workspace.people.rows import InvalidValue
from workspace.web import context
from workspace.web.context import caller, now, running
from workspace.web.http import answer, only_reads
from workspace.web.public.http import totals
from workspace.writes import admin_write as writes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Row

    from workspace.writes.admin_write import AdminWrite

__all__ = [
    "admin_writing",
    "answer",
    "changing",
    "company_or_404",
    "contact_or_404",
    "new_id",
    "now",
    "number_of",
    "only_reads",
    "reading",
    "tag_or_404",
    "workspace_of",
]


_WORKSPACE = select(workspaces)


def admin_writing() -> AbstractContextManager[AdminWrite]:
    """Begin a write of resources shared with the admin API: counted and logged like its own."""
    return writes.admin_write(running().engine, caller(), now())


@contextmanager
def reading() -> Iterator[Connection]:
    """Open a transaction that sees one moment, not before the one that the caller knows; see `context.reading`."""
    totals.look()
    with context.reading() as connection:
        yield connection


@contextmanager
def changing() -> Iterator[Connection]:
    """Begin a write of people, companies or tickets, all or nothing; ApiError 400 for a value out of its type."""
    with db.writing(running().engine) as connection:
        try:
            yield connection
        except InvalidValue as problem:
            raise invalid_parameter(str(problem)) from problem


def new_id() -> str:
    """Return an id that nothing has: 24 hexadecimal digits."""
    return secrets.token_hex(12)


def number_of(name: str) -> int:
    """Return the number that typed clients need in place of a name: it follows from the name, and never changes."""
    return int.from_bytes(blake2b(name.encode(), digest_size=6).digest())


def workspace_of(connection: Connection) -> Row[Any]:
    """Return the workspace's own row."""
    return connection.execute(_WORKSPACE).one()


def contact_or_404(connection: Connection, contact_id: str) -> Row[Any]:
    """Return a contact by the workspace's id, or raise ApiError 404."""
    row = connection.execute(select(contacts).where(contacts.c.id == contact_id)).first()
    if row is None:
        raise not_found("User Not Found")
    return row


def company_or_404(connection: Connection, company: str) -> Row[Any]:
    """Return a company by the workspace's id, or raise ApiError 404."""
    row = connection.execute(select(companies).where(companies.c.id == company)).first()
    if row is None:
        raise ApiError(404, Problem("company_not_found", "Company Not Found"))
    return row


def tag_or_404(connection: Connection, tag: str) -> Row[Any]:
    """Return a tag by its id, or raise ApiError 404."""
    row = connection.execute(select(tags).where(tags.c.id == tag)).first()
    if row is None:
        raise not_found()
    return row
