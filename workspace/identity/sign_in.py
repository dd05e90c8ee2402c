"""Sign-in: the enforced proof of identity, then the person it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workspace.access.view import is_user
from workspace.core.folding import folded, storable
from workspace.database import store
from workspace.database.tables import contacts
from workspace.identity import secrets as identity_secrets
from workspace.identity import signatures
from workspace.settings.kinds import identity as identity_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from workspace.identity.signatures import Vouched


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims of a browser, of the kind enforced: a signed token, or a user's id or email with its signature."""

    token: str | None = None
    user_id: str | None = None
    email: str | None = None
    user_hash: str | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Claims | None:
        """Parse the claims in a ping's body; None for another form."""
        names = {"intercom_user_jwt": "token", "user_id": "user_id", "email": "email", "user_hash": "user_hash"}
        if not document.keys() <= names.keys():
            return None
        if not all(isinstance(value, str) and storable(value) for value in document.values()):
            return None
        return cls(**{names[name]: value for name, value in document.items()})


@dataclass(frozen=True, slots=True)
class Identified:
    """A user whom a valid secret vouches for."""

    contact_id: str
    secret_id: str


def mode(connection: Connection) -> str:
    """Return the enforced proof of identity: `jwt`, `hmac` or `off`."""
    address = identity_kind.KIND.address()
    return str(store.load_few(connection, address)[address].document["mode"])


def identify(connection: Connection, claims: Claims, now: int) -> Identified | None:
    """Identify the person of claims, or None; `now` is in seconds since 1970."""
    vouched = _vouched(connection, claims, now)
    ids = _meant(connection, vouched) if vouched else []
    # Nobody, or several: a signature for "one of these" is a signature for none of them.
    return Identified(ids[0], vouched.secret_id) if vouched and len(ids) == 1 else None


def _vouched(connection: Connection, claims: Claims, now: int) -> Vouched | None:
    enforced = mode(connection)
    if enforced == "jwt" and claims.token:
        return signatures.by_token(claims.token, identity_secrets.values(connection, "jwt", now), now)
    if enforced == "hmac" and claims.user_hash:
        secrets = identity_secrets.values(connection, "hmac", now)
        return signatures.by_hash(claims.user_id, claims.email, claims.user_hash, secrets)
    return None


def _meant(connection: Connection, vouched: Vouched) -> list[str]:
    if not storable(vouched.identifier):
        return []
    # The customer's ids only. An id of the workspace here would let people in whose application lets them
    # choose what they are called.
    by_id = contacts.c.external_id == vouched.identifier
    by_email = contacts.c.email_folded == folded(vouched.identifier)
    named, confused = (by_id, by_email) if vouched.by == "user_id" else (by_email, by_id)
    ids = list(connection.execute(select(contacts.c.id).where(named, is_user()).limit(2)).scalars())
    if vouched.bare and ids:
        # A hash of "ada@examply.com" may have been made of an email address, or of an id that somebody chose.
        others = select(contacts.c.id).where(confused, contacts.c.id != ids[0]).limit(1)
        if connection.execute(others).first() is not None:
            return []
    return ids
