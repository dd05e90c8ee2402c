"""The identity of a set of people, without names: keyed numbers of their ids, added up by the database; its digest."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

if TYPE_CHECKING:
    import sqlite3

NAME = "portal_person"
_BITS = 40


class person_number(GenericFunction[int]):  # noqa: N801 - a function of SQL
    """The number of a person: of an id and a key."""

    type = BigInteger()
    inherit_cache = True


@compiles(person_number, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    return f"{NAME}({compiler.process(element.clauses, **given)})"


@compiles(person_number, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    identifier, key = (compiler.process(clause, **given) for clause in element.clauses)
    return f"('x' || substr(md5({key} || {identifier}), 1, {_BITS // 4}))::bit({_BITS})::bigint"


def install(connection: sqlite3.Connection) -> None:
    """Define the function on a connection to SQLite; PostgreSQL has what it takes."""
    connection.create_function(NAME, 2, _number, deterministic=True)


def digest(key: str, name: str, count: int, total: int) -> str | None:
    """Return the digest of a class by the sum of its people's numbers; None for an empty one."""
    if not count:
        return None
    return hmac.new(key.encode(), f"{name}/{count}/{total}".encode(), hashlib.sha256).hexdigest()[:32]


def _number(identifier: str, key: str) -> int:
    made = hashlib.blake2b(identifier.encode(), key=key.encode(), digest_size=_BITS // 8)
    return int.from_bytes(made.digest(), "big")
