"""What the sample web application of `portal serve --demo` knows: its users, and the secret that it signs with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from workspace.access.view import is_user
from workspace.core.folding import folded
from workspace.database.tables import contacts
from workspace.identity import secrets as identity_secrets
from workspace.identity import sign_in, signatures
from workspace.people.directory import Person, by_email, named
from workspace.writes import admin_write as writes
from workspace.writes.audit_log import Caller

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

PER_PAGE = 20
SECRET_NAME = "Sample web application"  # noqa: S105 - what it is called
_CALLER = Caller("portal serve --demo", ("read", "write"), "portal", None)


@dataclass(frozen=True, slots=True)
class Users:
    """One page of the users whom the sample application knows.

    Attributes:
        people: Those of the page, by email.
        count: How many there are altogether.
        number: The page's number, from 1.
        pages: How many pages there are, at least 1.
    """

    people: tuple[Person, ...]
    count: int
    number: int
    pages: int


def users(connection: Connection, text: str, page: int) -> Users:
    """Return the users whose name, email address or id has a text in it."""
    wanted = is_user()
    if text:
        columns = contacts.c.name_folded, contacts.c.email_folded, contacts.c.external_id_folded
        wanted &= or_(*(column.contains(folded(text), autoescape=True) for column in columns))
    count = connection.execute(select(func.count()).select_from(contacts).where(wanted)).scalar_one()
    pages = max(-(-count // PER_PAGE), 1)
    number = min(max(page, 1), pages)
    ids = select(contacts.c.id).where(wanted).order_by(*by_email()).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
    return Users(tuple(named(connection, list(connection.execute(ids).scalars()))), count, number, pages)


def claims_for(engine: Engine, contact_id: str, now: int) -> sign_in.Claims | None:
    """Return what the sample application hands to a user's browser; None where nothing can identify them.

    Args:
        engine: The database; a first secret of the application's own is made where there is none.
        contact_id: The user.
        now: The current moment, in seconds since 1970.
    """
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
