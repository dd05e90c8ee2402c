"""Evaluation of a rule for one person: the values that the database compared for every predicate, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import null, select

from workspace.access.readers import flag
from workspace.core import days
from workspace.database.prepared import Listed, Prepared
from workspace.database.tables import (
    companies,
    company_tags,
    company_values,
    contact_tags,
    contact_values,
    contacts,
    memberships,
    tags,
)
from workspace.people.directory import company_name
from workspace.rules.model import CUSTOM, Predicate
from workspace.rules.sql import PERSON, Query, holds_for_pair

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

    from workspace.database.prepared import Bare
    from workspace.rules.model import Rule

Compared = str | float | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Node:
    """One rule of a tree, with its outcome; `found` is the compared value of a predicate, for tags all of them."""

    rule: Rule
    holds: bool
    found: Compared = None
    nodes: tuple[Node, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the node as the admin API answers it."""
        if not isinstance(self.rule, Predicate):
            members = [node.document() for node in self.nodes]
            return {"operator": self.rule.operator, "holds": self.holds, "predicates": members}
        value = self.rule.value
        return {
            "attribute": self.rule.attribute,
            "comparison": self.rule.comparison,
            "value": list(value) if isinstance(value, tuple) else value,
            "type": self.rule.type,
            "holds": self.holds,
            "found": self.found,
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """The rule, evaluated for a person with one of their companies (id and name), or with None."""

    company: tuple[str, str] | None
    tree: Node

    def document(self) -> dict[str, Any]:
        """Return the pair as the admin API answers it."""
        company = {"id": self.company[0], "name": self.company[1]} if self.company else None
        return {"company": company, "holds": self.tree.holds, "tree": self.tree.document()}


def explain(connection: Connection | Bare, person_id: str, rule: Rule, today: date) -> tuple[Pair, ...]:
    """Evaluate a rule for a person and each of their companies; it holds for the person if for one of the pairs."""
    pairs, statement = _asking(rule, today)
    return pairs.of_rows(statement.all(connection, **{PERSON.key: person_id}))


@dataclass(frozen=True, slots=True)
class Pairs:
    """What explains a rule on a day, on rows of `contacts` each beside one of `companies` or none.

    Columns are the outcome (`holds_N`) and compared value (`found_N`, for tags all of the owner) of predicate N.
    """

    rule: Rule
    today: date
    predicates: Mapping[Predicate, int]
    columns: tuple[ColumnElement[Any], ...]

    @classmethod
    def of(cls, rule: Rule, today: date) -> Pairs:
        """Return what explains a rule."""
        query = Query(today, single=True)
        places = {item: place for place, item in enumerate(predicates(rule))}
        columns: list[ColumnElement[Any]] = []
        for predicate, place in places.items():
            columns.append(flag(holds_for_pair(predicate, query)).label(f"holds_{place}"))
            columns.append(_compared(predicate).label(f"found_{place}"))
        return cls(rule, today, places, tuple(columns))

    def of_rows(self, rows: Iterable[Any]) -> tuple[Pair, ...]:
        """Return the pairs of one person, from rows with the company as `pair_company` and `pair_name`, in order."""
        pairs = (self._pair(row) for row in rows)
        return tuple(sorted(pairs, key=lambda pair: pair.company[::-1] if pair.company else ("", "")))

    def _pair(self, row: Any) -> Pair:
        nodes = {}
        for predicate, place in self.predicates.items():
            value = _plain(getattr(row, f"found_{place}"), predicate.type, self.today)
            nodes[predicate] = Node(predicate, bool(getattr(row, f"holds_{place}")), value)
        company = (row.pair_company, row.pair_name) if row.pair_company else None
        return Pair(company, _node(self.rule, nodes))


@lru_cache(maxsize=16)
def _asking(rule: Rule, today: date) -> tuple[Pairs, Prepared]:
    pairs = Pairs.of(rule, today)
    statement = (
        select(companies.c.id.label("pair_company"), company_name().label("pair_name"), *pairs.columns)
        .select_from(contacts)
        .outerjoin(memberships, memberships.c.contact_id == contacts.c.id)
        .outerjoin(companies, companies.c.id == memberships.c.company_id)
        .where(contacts.c.id == PERSON)
    )
    return pairs, Prepared(statement, PERSON.key)


def predicates(rule: Rule) -> list[Predicate]:
    """Return the predicates of a rule, each once, in its order."""
    return list(dict.fromkeys(_predicates(rule)))


def _predicates(rule: Rule) -> Iterator[Predicate]:
    if isinstance(rule, Predicate):
        yield rule
    else:
        for item in rule.rules:
            yield from _predicates(item)


def _node(rule: Rule, nodes: Mapping[Predicate, Node]) -> Node:
    if isinstance(rule, Predicate):
        return nodes[rule]
    members = tuple(_node(item, nodes) for item in rule.rules)
    answers = [member.holds for member in members]
    holding = {"and": all(answers), "or": any(answers), "not": not answers[0]}[rule.operator]
    return Node(rule, holding, nodes=members)


# --- what was found -------------------------------------------------------------------------------

_VALUE_COLUMN = {"text": "text", "number": "number", "boolean": "boolean", "date": "moment"}


def _compared(predicate: Predicate) -> ColumnElement[Any]:
    """Return the value that a predicate compares, of the row of a pair; for tags all names, in no order."""
    owner, values = (companies, company_values) if predicate.about_company else (contacts, contact_values)
    name = predicate.attribute.removeprefix("company.")
    if predicate.type == "tag":
        kept = company_tags if predicate.about_company else contact_tags
        theirs = select(Listed(tags.c.name)).join_from(kept, tags, tags.c.id == kept.c.tag_id)
        return theirs.where(kept.c.owner_id == owner.c.id).correlate(owner).scalar_subquery()
    if name.startswith(CUSTOM):
        value = values.c[_VALUE_COLUMN[predicate.type]]
        desired = values.c.owner_id == owner.c.id, values.c.name == name.removeprefix(CUSTOM)
        return select(value).where(*desired).correlate(owner).scalar_subquery()
    return owner.c[name] if name in owner.c else null()


def _plain(value: Any, kind: str, today: date) -> Compared:
    """Return a value as people read it: days as YYYY-MM-DD, whole numbers without a fraction."""
    if kind == "tag":
        return sorted(value or ())
    if value is None:
        return None
    if kind == "date":
        return days.shown(value, today)
    if kind == "number" and float(value).is_integer():
        return int(value)
    return value  # type: ignore[no-any-return]  # text or a boolean: the column's own type
