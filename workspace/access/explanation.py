"""Evaluation of a rule for one person: the values that the database compared for every predicate, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import null, select

from workspace.access.readers import flag
from workspace.core import days
from workspace.database.prepared import Prepared
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

Found = str | float | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Node:
    """One rule of a tree, with its outcome; `found` is the compared value of a predicate, for tags all of them."""

    rule: Rule
    holds: bool
    found: Found = None
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
    asking = _asking(rule, today)
    rows = asking.pairs.all(connection, **{PERSON.key: person_id})
    tagged = _tagged(connection, person_id, asking.predicates)
    pairs = (_pair(row, rule, asking.predicates, tagged, today) for row in rows)
    return tuple(sorted(pairs, key=lambda pair: pair.company[::-1] if pair.company else ("", "")))


@dataclass(frozen=True, slots=True)
class _Asking:
    """The prepared query of a rule on a day.

    It selects, for each pair of the person, the company, and each predicate's outcome (`holds_N`) and compared value
    (`found_N`); `predicates` are the N.
    """

    predicates: Mapping[Predicate, int]
    pairs: Prepared


@lru_cache(maxsize=16)
def _asking(rule: Rule, today: date) -> _Asking:
    query = Query(today, single=True)
    places = {item: place for place, item in enumerate(predicates(rule))}
    columns: list[ColumnElement[Any]] = []
    for predicate, place in places.items():
        columns.append(flag(holds_for_pair(predicate, query)).label(f"holds_{place}"))
        columns.append(_compared(predicate).label(f"found_{place}"))
    statement = (
        select(companies.c.id.label("pair_company"), company_name().label("pair_name"), *columns)
        .select_from(contacts)
        .outerjoin(memberships, memberships.c.contact_id == contacts.c.id)
        .outerjoin(companies, companies.c.id == memberships.c.company_id)
        .where(contacts.c.id == PERSON)
    )
    return _Asking(places, Prepared(statement, PERSON.key))


def predicates(rule: Rule) -> list[Predicate]:
    """Return the predicates of a rule, each once, in its order."""
    return list(dict.fromkeys(_predicates(rule)))


def _predicates(rule: Rule) -> Iterator[Predicate]:
    if isinstance(rule, Predicate):
        yield rule
    else:
        for item in rule.rules:
            yield from _predicates(item)


def _pair(row: Any, rule: Rule, places: Mapping[Predicate, int], tagged: _Tagged, today: date) -> Pair:
    nodes = {}
    for predicate, place in places.items():
        if predicate.type == "tag":
            value: Found = tagged.get(
                (predicate.about_company, row.pair_company if predicate.about_company else None), []
            )
        else:
            value = _plain(getattr(row, f"found_{place}"), predicate.type, today)
        nodes[predicate] = Node(predicate, bool(getattr(row, f"holds_{place}")), value)
    company = (row.pair_company, row.pair_name) if row.pair_company else None
    return Pair(company, _node(rule, nodes))


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
    """Return the value that a predicate compares, of the row of a pair; null for tags, which are many."""
    owner, values = (companies, company_values) if predicate.about_company else (contacts, contact_values)
    name = predicate.attribute.removeprefix("company.")
    if name.startswith(CUSTOM):
        kept = values.c[_VALUE_COLUMN[predicate.type]]
        desired = values.c.owner_id == owner.c.id, values.c.name == name.removeprefix(CUSTOM)
        return select(kept).where(*desired).correlate(owner).scalar_subquery()
    return owner.c[name] if predicate.type != "tag" and name in owner.c else null()


_Tagged = dict[tuple[bool, str | None], list[str]]
"""The names of tags in order, by whether a company has them and which one; the person's own by false and None."""

_PERSON_TAGS = Prepared(
    select(null().label("owner"), tags.c.name)
    .join(contact_tags, contact_tags.c.tag_id == tags.c.id)
    .where(contact_tags.c.owner_id == PERSON),
    PERSON.key,
)
_COMPANY_TAGS = Prepared(
    select(company_tags.c.owner_id.label("owner"), tags.c.name)
    .join(company_tags, company_tags.c.tag_id == tags.c.id)
    .join(memberships, memberships.c.company_id == company_tags.c.owner_id)
    .where(memberships.c.contact_id == PERSON),
    PERSON.key,
)


def _tagged(connection: Connection | Bare, person_id: str, predicates: Iterable[Predicate]) -> _Tagged:
    """Return the tags of a person and of their companies, as far as predicates ask for them."""
    tagged: _Tagged = {}
    for about_company in {predicate.about_company for predicate in predicates if predicate.type == "tag"}:
        for row in (_COMPANY_TAGS if about_company else _PERSON_TAGS).all(connection, **{PERSON.key: person_id}):
            tagged.setdefault((about_company, row.owner), []).append(row.name)
    return {owner: sorted(names) for owner, names in tagged.items()}


def _plain(value: Any, kind: str, today: date) -> Found:
    """Return a value as people read it: days as YYYY-MM-DD, whole numbers without a fraction."""
    if value is None:
        return None
    if kind == "date":
        return days.shown(value, today)
    if kind == "number" and float(value).is_integer():
        return int(value)
    return value  # type: ignore[no-any-return]  # text or a boolean: the column's own type
