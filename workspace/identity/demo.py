"""The sample web application of `portal serve --demo`: its users, and its signing secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, literal_column, or_, select, true

from workspace.access.readers import flag
from workspace.access.view import is_user
from workspace.core.folding import folded
from workspace.database.tables import contacts
from workspace.identity import secrets as identity_secrets
from workspace.identity import sign_in, signatures
from workspace.people.directory import Person, by_email, named
from workspace.writes import admin_write as writes
from workspace.writes.audit_log import Caller

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Engine

PER_PAGE = 20
MANY = 2_000
"""From more people on, a page of them is soon come upon in their order."""
SECRET_NAME = "Sample web application"  # noqa: S105 - what it is called
_CALLER = Caller("portal serve --demo", ("read", "write"), "portal", None)


@dataclass(frozen=True, slots=True)
class Users:
    """One page of the sample application's users, by email; `count` is of all pages, `number` from 1."""

    people: tuple[Person, ...]
    count: int
    number: int
    pages: int


def users(connection: Connection, text: str, page: int) -> Users:
    """Return the users whose name, email address or id has a text in it."""
    few = _few(connection, text) if text else None
    if few is not None:
        number, pages = _pages(page, len(few))
        start = (number - 1) * PER_PAGE
        return Users(tuple(named(connection, few[start : start + PER_PAGE])), len(few), number, pages)
    desired = is_user() & _matches(text)
    count = connection.execute(select(func.count()).select_from(contacts).where(_each(text))).scalar_one()
    # Whoever means somebody beyond these looks for more of their name.
    number, pages = _pages(page, min(count, MANY) if text else count)
    ids = select(contacts.c.id).where(desired).order_by(*by_email()).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
    return Users(tuple(named(connection, list(connection.execute(ids).scalars()))), count, number, pages)


def _few(connection: Connection, text: str) -> list[str] | None:
    """Return the ids of the users who match a text, in order, from one query; None if they are many."""
    subquery = select(contacts.c.id, contacts.c.email_folded).where(_each(text)).limit(MANY + 1).subquery()
    order = subquery.c.email_folded.nulls_last(), subquery.c.id
    ids = list(connection.execute(select(subquery.c.id).order_by(*order)).scalars())
    return ids if len(ids) <= MANY else None


def _each(text: str) -> ColumnElement[bool]:
    # To look for a text inside others, each row has to be read: SQLite must not come to them by an index.
    return (flag(is_user()) == literal_column("1")) & _matches(text) if text else is_user()


def _matches(text: str) -> ColumnElement[bool]:
    columns = contacts.c.name_folded, contacts.c.email_folded, contacts.c.external_id_folded
    return or_(*(column.contains(folded(text), autoescape=True) for column in columns)) if text else true()


def _pages(page: int, count: int) -> tuple[int, int]:
    pages = max(-(-count // PER_PAGE), 1)
    return min(max(page, 1), pages), pages


def claims_for(engine: Engine, contact_id: str, now: int) -> sign_in.Claims | None:
    """Return the sample application's claims for a user, None without an identifier; make a missing secret."""
    with writes.admin_write(engine, _CALLER, now) as write:
        mode = sign_in.mode(write.connection)
        person = next(iter(named(write.connection, [contact_id])), None)
        if person is None or mode == "off":
            return None
        kind: identity_secrets.Kind = "jwt" if mode == "jwt" else "hmac"
        valid = identity_secrets.values(write.connection, kind, now)
        secret = next(iter(valid.values()), None) or identity_secrets.create(write, kind, SECRET_NAME)[1]
    if kind == "jwt":
        user = person.external_id
        return sign_in.Claims(token=signatures.token_for(user, secret, now)) if user else None
    identifier = person.external_id or person.email
    if not identifier:
        return None
    user_hash = signatures.hash_of(identifier, secret)
    return sign_in.Claims(
        user_id=person.external_id, email=None if person.external_id else person.email, user_hash=user_hash
    )
