"""Ties and notes of mirrored people and companies: tags, values, digests, sweeps."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from workspace.database.tables import data_attributes, tags
from workspace.people import rows
from workspace.people.custom_values import Attribute, column_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Table

_PORTION = 500
_EMPTY = dict.fromkeys(("text", "text_folded", "text_words", "number", "boolean", "moment"))


def known_tags(connection: Connection) -> set[str]:
    """Return the ids of all tags."""
    return set(connection.execute(select(tags.c.id)).scalars())


def tie(
    connection: Connection, table: Table, desired: Mapping[str, Sequence[str]], known: set[str] | None = None
) -> None:
    """Replace the ties of people or companies, in a table whose first two columns are owner and tied thing."""
    owner, other = list(table.c)[:2]
    for portion in portions(list(desired)):
        connection.execute(delete(table).where(owner.in_(portion)))
    pairs = (
        {owner.name: text, other.name: each}
        for text, others in desired.items()
        for each in dict.fromkeys(others)
        if known is None or each in known
    )
    rows.insert_all(connection, table, pairs)


def keep_values(
    connection: Connection, model: str, table: Table, desired: Mapping[str, Mapping[str, Any]], odd: Mapping[str, str]
) -> dict[str, str]:
    """Keep custom values, and return each owner's odd ones, with earlier ones."""
    for portion in portions(list(desired)):
        connection.execute(delete(table).where(table.c.owner_id.in_(portion)))
    attributes = _attributes(connection, model) if any(desired.values()) else {}
    problems: dict[str, str] = {}
    results = []
    for owner, values in desired.items():
        for name, value in values.items():
            if value is None or name not in attributes:
                continue
            try:
                results.append(
                    {"owner_id": owner, "name": name, **_EMPTY, **column_values(attributes[name], name, value)}
                )
            except rows.InvalidValue as problem:
                problems[owner] = joined(problems.get(owner) or odd.get(owner), str(problem))
    rows.insert_all(connection, table, results)
    return problems


def _attributes(connection: Connection, model: str) -> dict[str, Attribute]:
    table = data_attributes.c
    statement = select(table.name, table.type).where(table.model == model, table.custom)
    # Without its options: a value that is none of them is there all the same.
    return {row.name: Attribute(row.type) for row in connection.execute(statement)}


# --- what was seen --------------------------------------------------------------------------------


def digest(value: Any) -> str:
    """Return the digest of everything that is kept of a person or a company."""
    # Everything in one text, by far the fastest way; another version may come to another one, and writes again.
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def digests(connection: Connection, table: Table, key: Any, ids: Iterable[str]) -> dict[str, str]:
    """Return the noted digests of people or companies, by id."""
    by_id: dict[str, str] = {}
    for portion in portions(list(ids)):
        by_id |= {row[0]: row[1] for row in connection.execute(select(key, table.c.digest).where(key.in_(portion)))}
    return by_id


def note(
    connection: Connection, table: Table, key: str, noted: Sequence[dict[str, Any]], there: Mapping[str, str]
) -> None:
    """Note people or companies: new ones, and in place of those that were there."""
    new = [row for row in noted if row[key] not in there]
    if new:
        connection.execute(insert(table), new)
    again = [{f"_{name}": value for name, value in row.items()} for row in noted if row[key] in there]
    if again:
        values: dict[str, Any] = {column.name: bindparam(f"_{column.name}") for column in table.c if column.name != key}
        connection.execute(update(table).where(table.c[key] == bindparam(f"_{key}")).values(values), again)


def see(connection: Connection, table: Table, key: Any, ids: Iterable[str], sweep: int) -> None:
    """Note that a sweep saw people or companies that have not changed."""
    for portion in portions(list(ids)):
        connection.execute(update(table).where(key.in_(portion)).values(sweep=sweep))


def present(connection: Connection, table: Table, ids: Iterable[str]) -> set[str]:
    """Return the ids that are in a table."""
    kept_ids: set[str] = set()
    for portion in portions(list(ids)):
        kept_ids |= set(connection.execute(select(table.c.id).where(table.c.id.in_(portion))).scalars())
    return kept_ids


def portions(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """Return ids in as many portions as statements are needed for them."""
    return (ids[start : start + _PORTION] for start in range(0, len(ids), _PORTION))


def joined(before: str | None, more: str) -> str:
    """Return two remarks as one."""
    return f"{before}; {more}" if before else more
