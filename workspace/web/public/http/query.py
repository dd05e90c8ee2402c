"""The query language of searches: filters `{field, operator, value}` and groups of them, made into SQL.

The operators of a `Field` follow from its kind, by version 2.16 of the vendor's description. Days are UTC. A negative
operator also holds for a missing value, so it is the exact complement; `=` null matches a missing value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_

from workspace.core.days import SECONDS as DAY
from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.core.folding import folded
from workspace.web.public.http.fields import LARGEST

if TYPE_CHECKING:
    from sqlalchemy import Select

Where = ColumnElement[bool]

MAX_DEPTH = 2
MAX_FILTERS = 15
MAX_VALUES = 100
"""The most values of a list, so that a whole search stays within the limits of databases."""

_EQUAL = frozenset({"=", "!="})
_LISTS = frozenset({"IN", "NIN"})
_TEXT = frozenset({"~", "!~", "^", "$"})
_LESS = frozenset({"<", ">"})
_AT_LEAST = frozenset({"<=", ">="})
OPERATORS = {
    "string": _EQUAL | _LISTS | _TEXT,
    "id": _EQUAL | _LISTS,
    "tag": _EQUAL,
    "boolean": _EQUAL | _LISTS,
    "number": _EQUAL | _LISTS | _LESS | _AT_LEAST,
    "date": frozenset({"="}) | _LESS,
    # Moments of tickets: the description gives them every operator.
    "moment": _EQUAL | _LISTS | _LESS | _AT_LEAST,
}
"""Which operators a field of each kind takes."""

_COMPLEMENT = {"!=": "=", "NIN": "IN", "!~": "~"}
_DAYS = {"date", "moment"}


@dataclass(frozen=True, slots=True)
class Column:
    """The columns of a value: as written, and for texts folded for comparison without regard to case."""

    plain: ColumnElement[Any]
    folded: ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a query asks, said in the ways in which a database answers it.

    `where` lets an index lead to all that meet it; `each` is the same, asked of a row by itself. `total` counts all of
    them without a look at each, today as on any day; None if nothing does. `asked` tells the query from others.
    """

    where: Where
    each: Where
    total: Select[Any] | None = None
    asked: str = ""


Test = Callable[[Column], Where]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a search, of a kind in `OPERATORS`.

    `has` turns a test of a value into the condition that one passes it; `each` and `total` turn it into what those of a
    `Condition` are, if that is another. `meant` converts a query's value into the stored form. `holders` turns a folded
    text and the operator into a condition that is met by all that are meant, for an index to lead there, or into None.
    """

    kind: str
    has: Callable[[Test], Where]
    meant: Callable[[Any], Any] = field(default=lambda value: value)
    holders: Callable[[str, str], Where | None] | None = None
    each: Callable[[Test], Where] | None = None
    total: Callable[[Test], Select[Any]] | None = None

    def condition(self, test: Test) -> Condition:
        """Return the condition that a value passes a test."""
        where = self.has(test)
        total = self.total(test) if self.total else None
        return Condition(where, self.each(test) if self.each else where, total)


def column(kind: str, plain: ColumnElement[Any], fold: ColumnElement[Any] | None = None) -> Field:
    """Return the field of a column; free text has a folded copy, ids and the like need none."""
    here = Column(plain, func.lower(plain) if fold is None else fold)
    return Field(kind, lambda test: and_(plain.is_not(None), test(here)))


def never(kind: str) -> Field:
    """Return a field that the vendor has and that has no value here, for nobody."""
    return Field(kind, lambda _test: false())


def condition(query: object, find: Callable[[str], Field | None]) -> Condition:
    """Translate a query into a condition, by a lookup of fields that may return None; ApiError 400 if invalid."""
    return replace(_node(query, find, "query", 0), asked=repr(query))


def _node(node: object, find: Callable[[str], Field | None], place: str, depth: int) -> Condition:
    if not isinstance(node, dict):
        raise invalid_parameter("must be an object", place)
    if "field" in node:
        return _filter(node, find, place)
    if node.keys() != {"operator", "value"} or node["operator"] not in ("AND", "OR"):
        raise invalid_parameter("must have field, operator and value, or operator AND or OR and value", place)
    members = node["value"]
    if not isinstance(members, list) or not members:
        raise invalid_parameter("must be a list of filters or groups", f"{place}.value")
    if depth == MAX_DEPTH:
        raise invalid_parameter(f"groups may be nested {MAX_DEPTH} levels deep, no deeper", place)
    if len(members) > MAX_FILTERS:
        raise invalid_parameter(f"a group may have {MAX_FILTERS} filters, not {len(members)}", f"{place}.value")
    conditions = [_node(member, find, f"{place}.value[{index}]", depth + 1) for index, member in enumerate(members)]
    if len(conditions) == 1:
        return conditions[0]
    joined = and_ if node["operator"] == "AND" else or_
    return Condition(joined(*(one.where for one in conditions)), joined(*(one.each for one in conditions)))


def _filter(node: dict[str, Any], find: Callable[[str], Field | None], place: str) -> Condition:
    if node.keys() != {"field", "operator", "value"}:
        raise invalid_parameter("a filter has field, operator and value", place)
    name, operator, value = node["field"], node["operator"], node["value"]
    field = find(name) if isinstance(name, str) else None
    if field is None:
        raise ApiError(400, Problem("invalid_field", f"{name} is not a valid search field", f"{place}.field"))
    if not isinstance(operator, str) or operator not in OPERATORS[field.kind]:
        message = f"{operator} is not a valid operator for {name}"
        raise ApiError(400, Problem("invalid_operator", message, f"{place}.operator"))
    positive = _COMPLEMENT.get(operator, operator)
    if value is None and positive == "=":
        known = field.condition(lambda here: here.plain.is_not(None))
        return known if operator == "!=" else _complement(known)
    desired = _compared(field, positive, value, f"{place}.value")
    holds = field.condition(lambda here: _test(field.kind, positive, here, desired))
    if operator in _COMPLEMENT:
        return _complement(holds)
    led = field.holders(folded(desired), operator) if field.holders and isinstance(desired, str) else None
    return holds if led is None else replace(holds, where=and_(led, holds.where))


def _complement(condition: Condition) -> Condition:
    return Condition(not_(condition.where), not_(condition.each))


def _compared(field: Field, operator: str, value: object, place: str) -> Any:
    if operator != "IN":
        return field.meant(_value(field.kind, value, place))
    if not isinstance(value, list) or not value:
        raise _mismatch("must be a list", place)
    if len(value) > MAX_VALUES:
        raise invalid_parameter(f"a list may have {MAX_VALUES} values, not {len(value)}", place)
    return [field.meant(_value(field.kind, item, f"{place}[{index}]")) for index, item in enumerate(value)]


def _value(kind: str, value: object, place: str) -> Any:
    if kind == "boolean":
        if not isinstance(value, bool):
            raise _mismatch("must be a boolean", place)
    elif kind == "number":
        if not isinstance(value, (int, float)) or isinstance(value, bool) or abs(value) > LARGEST:
            raise _mismatch("must be a number", place)
        # A list of whole numbers and fractions would be of two types to some databases.
        return float(value)
    elif kind in _DAYS:
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= len(str(LARGEST)):
            # The vendor's own examples write moments as text too.
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            # What programs write whose language divides moments.
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
            raise _mismatch("must be a UNIX timestamp in seconds", place)
    elif not isinstance(value, str):
        raise _mismatch("must be a string", place)
    return value


def _mismatch(message: str, place: str) -> ApiError:
    return ApiError(400, Problem("type_mismatch", message, place))


def _test(kind: str, operator: str, here: Column, desired: Any) -> Where:
    if kind in _DAYS:
        if operator == "IN":
            return or_(*(_day("=", here.plain, value) for value in desired))
        return _day(operator, here.plain, desired)
    return (_parts if operator in _TEXT else _whole)(operator, here, desired)


def _parts(operator: str, here: Column, desired: str) -> Where:
    match operator:
        case "^":
            return here.folded.startswith(folded(desired), autoescape=True)
        case "$":
            return here.folded.endswith(folded(desired), autoescape=True)
    return here.folded.contains(folded(desired), autoescape=True)


def _whole(operator: str, here: Column, desired: Any) -> Where:
    test: Where
    match operator:
        case "=":
            test = here.plain == desired
        case "IN":
            test = here.plain.in_(desired)
        case "<":
            test = here.plain < desired
        case ">":
            test = here.plain > desired
        case "<=":
            test = here.plain <= desired
        case _:
            test = here.plain >= desired
    return test


def _day(operator: str, plain: ColumnElement[Any], moment: int) -> Where:
    start = moment - moment % DAY
    test = and_(plain >= start, plain < start + DAY)
    match operator:
        case "<":
            test = plain < start
        case "<=":
            test = plain < start + DAY
        case ">":
            test = plain >= start + DAY
        case ">=":
            test = plain >= start
    return test
