"""Fields managed by records, kept beside them: other managers are found without reading all records."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, bindparam, cast, delete, func, insert, literal, null, select, union_all

from workspace.database.tables import named, records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sqlalchemy import Connection

ATTRIBUTE = "data_attribute/"
FEW = 7
"""So many of the records that name the same place are by_record, the first ones by name."""

_WHOLE_WORKSPACE = ""
_LONGEST = 100
"""No Help Center is called longer."""
_LAST = "~"
"""Comes after all that a name may be made of."""


@dataclass(frozen=True, slots=True)
class Place:
    """An object with managed fields; their names are sorted."""

    address: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Naming:
    """The places that a record manages, without values; `applied_at` is in seconds since 1970."""

    name: str
    help_center: str
    applied_at: int
    applied_by: str
    places: tuple[Place, ...]


def places(values: Mapping[str, Mapping[str, Any]]) -> Iterator[Place]:
    """Yield the places of a record's values, by address."""
    for address, fields in sorted(values.items()):
        if fields:
            yield Place(address, tuple(sorted(fields)))


def help_center_of(address: str) -> str:
    """Return the Help Center of an object; empty for one of the whole workspace."""
    return _WHOLE_WORKSPACE if address.startswith(ATTRIBUTE) else address.partition("/")[2]


def keep(connection: Connection, name: str, places: Iterable[Place]) -> None:
    """Store the places of a record, which mostly are the same as before, in a transaction that writes."""
    mine = named.c.name == name
    desired = {row["place"]: row for row in _rows(name, places)}
    there = set(connection.scalars(select(named.c.place).where(mine)))
    if gone := there - desired.keys():
        connection.execute(delete(named).where(mine, named.c.place.in_(gone)))
    if new := [row for place, row in desired.items() if place not in there]:
        connection.execute(insert(named), new)


def _rows(name: str, places: Iterable[Place]) -> Iterator[dict[str, Any]]:
    for item in places:
        help_center = help_center_of(item.address)
        if len(help_center) <= _LONGEST:
            parts = [item.address, *item.fields]
            # As long as it may be, an index takes it.
            place = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
            yield {"name": name, "place": place, "help_center": help_center, "said": parts}


# The places of the whole workspace, from one to the next: an index leads there without a look at all the rows between.
_next = select(func.min(named.c.place)).where(named.c.help_center == _WHOLE_WORKSPACE)
_places = select(_next.scalar_subquery().label("place")).cte("places", recursive=True)
_places = _places.union_all(
    select(_next.where(named.c.place > _places.c.place).correlate(_places).scalar_subquery()).where(
        _places.c.place.is_not(null())
    )
)
_of_place = named.alias()
_nth = (
    select(_of_place.c.name)
    .where(_of_place.c.help_center == _WHOLE_WORKSPACE, _of_place.c.place == _places.c.place)
    .order_by(_of_place.c.name)
    .limit(1)
    .offset(FEW)
)
_ends = select(
    _places.c.place, func.coalesce(_nth.correlate(_places).scalar_subquery(), literal(_LAST)).label("last")
).cte("ends")
# Of most only the name is wanted: what they say is taken apart where it is needed.
_said = cast(named.c.said, Text).label("said")
_FIRST = union_all(
    select(named.c.place, named.c.name, _said).select_from(
        _ends.join(
            named,
            and_(
                named.c.help_center == _WHOLE_WORKSPACE,
                named.c.place == _ends.c.place,
                named.c.name <= _ends.c.last,
            ),
        )
    ),
    select(literal("").label("place"), named.c.name, _said).where(
        named.c.help_center.in_(bindparam("help_centers", expanding=True))
    ),
)
_NAMINGS = (
    select(named.c.name, _said, records.c.help_center, records.c.applied_at, records.c.applied_by)
    .join(records, records.c.name == named.c.name)
    # Of both, for they are in different orders: no index leads from one to the other on every database.
    .where(named.c.name.in_(bindparam("names", expanding=True)))
    .where(records.c.name.in_(bindparam("names", expanding=True)))
    # By the index of this column a database would look at what every record there is says of the whole workspace.
    .where(named.c.help_center.concat("").in_(bindparam("help_centers", expanding=True)))
)
_OF_WORKSPACE = (
    select(named.c.place, named.c.name, _said)
    .where(named.c.help_center == _WHOLE_WORKSPACE)
    .order_by(named.c.place, named.c.name)
)


def by_record(
    connection: Connection, help_centers: Collection[str], names: Collection[str]
) -> tuple[list[Naming], list[Place]]:
    """Return the places by record, of these Help Centers and of the whole workspace, with two queries.

    Of a place of the whole workspace only the first `FEW` records; places with more of them come second.
    """
    rows = connection.execute(_FIRST, {"help_centers": list(help_centers)}).all()
    shown, more = _few(sorted(rows, key=lambda row: (row.place, row.name)))
    return _namings(connection, {*shown, *names}, help_centers), more


def of_others(connection: Connection, names: Collection[str]) -> tuple[list[Naming], list[Place]]:
    """Return the places of the whole workspace by every record except `names`; see `by_record`."""
    without = frozenset(names)
    rows = connection.execute(_OF_WORKSPACE, execution_options={"stream_results": True})
    shown, more = _few(row for row in rows if row.name not in without)
    return _namings(connection, shown, ()), more


def _few(rows: Iterable[Any]) -> tuple[set[str], list[Place]]:
    """Return the names in the first rows of each place, and the places of which there are more."""
    listed: set[str] = set()
    counted: dict[str, int] = {}
    more = []
    for row in rows:
        seen = counted[row.place] = counted.get(row.place, 0) + 1
        if not row.place or seen <= FEW:
            listed.add(row.name)
        elif seen == FEW + 1:
            more.append(_place(row.said))
    return listed, sorted(more, key=lambda place: (place.address, place.fields))


def _namings(connection: Connection, names: Collection[str], help_centers: Collection[str]) -> list[Naming]:
    if not names:
        return []
    query = {"names": list(names), "help_centers": [*help_centers, _WHOLE_WORKSPACE]}
    namings: dict[str, tuple[Any, list[Place]]] = {}
    for row in connection.execute(_NAMINGS, query):
        namings.setdefault(row.name, (row, []))[1].append(_place(row.said))
    # Databases differ in how they order text.
    return [
        Naming(
            name,
            row.help_center,
            row.applied_at,
            row.applied_by,
            tuple(sorted(places, key=lambda place: place.address)),
        )
        for name, (row, places) in sorted(namings.items())
    ]


@lru_cache(1000)
def _place(said: str) -> Place:
    # Records of a fleet mostly say the same, in the same words.
    address, *fields = json.loads(said)
    return Place(address, tuple(fields))
