"""The store of settings, data attributes and records in one form: an address, a revision, a document."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, select, update

from workspace.database import named
from workspace.database.prepared import Prepared, PreparedInsert
from workspace.database.tables import data_attributes, records, settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection, Row

    from workspace.database.prepared import Bare

ATTRIBUTE = named.ATTRIBUTE
RECORD = "record/"
ATTRIBUTE_FIELDS = ("type", "options", "description", "messenger_writable")

# Built once: building a statement takes several times as long as asking a small table with it.
_SETTINGS = select(settings).where(settings.c.address.in_(bindparam("addresses", expanding=True)))
_RECORDS = select(records).where(records.c.name.in_(bindparam("names", expanding=True)))
_ATTRIBUTES = Prepared(select(data_attributes))
_ATTRIBUTE = Prepared(
    select(data_attributes).where(
        data_attributes.c.model == bindparam("model"), data_attributes.c.name == bindparam("name")
    ),
    *("model", "name"),
)
_SOME_ATTRIBUTES = select(data_attributes).where(
    # All models that there are: so their index serves.
    data_attributes.c.model.in_(["company", "contact"]),
    data_attributes.c.name.in_(bindparam("names", expanding=True)),
)
_KEYS = {settings: ("address",), records: ("name",), data_attributes: ("model", "name")}
_UPDATES = {
    table: update(table).where(*(table.c[name] == bindparam(f"its_{name}") for name in names))
    for table, names in _KEYS.items()
}
_sorted = json.JSONEncoder(sort_keys=True, check_circular=False).encode
_PLAIN = (str, bool, int, NoneType)


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored resource; `revision` counts its changes, 0 for a new one. Never change `document` in place."""

    address: str
    revision: int
    document: Mapping[str, Any]


def load(connection: Connection, address: str) -> Stored | None:
    """Return the resource at an address, or None."""
    if address.startswith(ATTRIBUTE):
        model, name = attribute_parts(address)
        row = _ATTRIBUTE.first(connection, model=model, name=name)
        return attribute(row) if row else None
    if address.startswith(RECORD):
        name = address.removeprefix(RECORD)
        return load_records(connection, [name]).get(name)
    return load_few(connection, address).get(address)


def load_settings(connection: Connection, addresses: Iterable[str]) -> dict[str, Stored]:
    """Return the existing settings of these addresses, with one query."""
    rows = connection.execute(_SETTINGS, {"addresses": list(addresses)})
    return {row.address: Stored(row.address, row.revision, row.document) for row in rows}


def load_few(connection: Connection | Bare, *addresses: str) -> dict[str, Stored]:
    """Return the same for addresses of which there are always as many."""
    given = {f"address_{place}": address for place, address in enumerate(addresses)}
    rows = _few(len(addresses)).all(connection, **given)
    return {row.address: Stored(row.address, row.revision, row.document) for row in rows}


@cache
def _few(many: int) -> Prepared:
    names = [f"address_{place}" for place in range(many)]
    return Prepared(select(settings).where(settings.c.address.in_([bindparam(name) for name in names])), *names)


def load_attributes(connection: Connection | Bare) -> list[tuple[Stored, bool]]:
    """Return all data attributes by model and name, each with True if it is a custom one."""
    # Databases differ in how they order text.
    rows = sorted(_ATTRIBUTES.all(connection), key=lambda row: (row.model, row.name))
    return [(attribute(row), row.custom) for row in rows]


def load_some_attributes(connection: Connection, addresses: Collection[str]) -> dict[str, Stored]:
    """Return the existing data attributes of these addresses, with one query."""
    names = {attribute_parts(address)[1] for address in addresses}
    found = map(attribute, connection.execute(_SOME_ATTRIBUTES, {"names": sorted(names)}))
    return {stored.address: stored for stored in found if stored.address in addresses}


def load_records(connection: Connection, names: Collection[str]) -> dict[str, Stored]:
    """Return the existing records of these names, with at most one query."""
    rows = connection.execute(_RECORDS, {"names": list(names)}) if names else ()
    return {row.name: record(row) for row in rows}


def save(connection: Connection, new: Stored, *, is_new: bool) -> None:
    """Write a resource, new or in place of the stored one."""
    table, values = _place(new)
    if not is_new:
        key = {f"its_{name}": values[name] for name in _KEYS[table]}
        connection.execute(_UPDATES[table], {**values, **key})
    else:
        # Whether an attribute is a custom one is decided when it is made, and only custom ones are made here.
        row = {**values, **({"custom": True} if table is data_attributes else {})}
        _insert(table, *row).run(connection, **row)
    if table is records:
        named.keep(connection, values["name"], named.places(values["document"]))


@cache
def _insert(table: Table, *columns: str) -> PreparedInsert:
    return PreparedInsert(table, *columns)


def remove_attribute(connection: Connection, address: str) -> None:
    """Remove a data attribute."""
    connection.execute(delete(data_attributes).where(_attribute_key(address)))


def is_custom(connection: Connection, address: str) -> bool:
    """Return True for a custom data attribute; others come with the workspace."""
    row = connection.execute(select(data_attributes.c.custom).where(_attribute_key(address))).first()
    return row is not None and bool(row.custom)


def same(item: object, other: object) -> bool:
    """Return True if two JSON values are the same; true is not 1, nor 1 the text 1."""
    if type(item) in _PLAIN and type(other) in _PLAIN:
        # Nearly all of them; writing them down takes twenty times as long.
        return type(item) is type(other) and item == other
    return _sorted(item) == _sorted(other)


def attribute_parts(address: str) -> tuple[str, str]:
    """Return the model and the name of a data attribute's address."""
    model, _, name = address.removeprefix(ATTRIBUTE).partition(".")
    return model, name


def attribute(row: Row[Any]) -> Stored:
    """Return the data attribute that a row of its table is."""
    document = {field: getattr(row, field) for field in ATTRIBUTE_FIELDS}
    return Stored(f"{ATTRIBUTE}{row.model}.{row.name}", row.revision, document)


def record(row: Row[Any]) -> Stored:
    """Return the record that a row of its table is."""
    document = {
        "help_center": row.help_center,
        "digest": row.digest,
        "values": row.document,
        "commit": row.commit,
        "base": row.base,
        "applied_at": row.applied_at,
        "applied_by": row.applied_by,
    }
    return Stored(f"{RECORD}{row.name}", row.revision, document)


def _place(new: Stored) -> tuple[Table, dict[str, Any]]:
    document = dict(new.document)
    if new.address.startswith(ATTRIBUTE):
        model, name = attribute_parts(new.address)
        values = {"model": model, "name": name, **document, "revision": new.revision}
        return data_attributes, values
    if new.address.startswith(RECORD):
        name = new.address.removeprefix(RECORD)
        values = {"name": name, "revision": new.revision, "document": document.pop("values"), **document}
        return records, values
    return settings, {"address": new.address, "revision": new.revision, "document": document}


def _attribute_key(address: str) -> ColumnElement[bool]:
    model, name = attribute_parts(address)
    return and_(data_attributes.c.model == model, data_attributes.c.name == name)
