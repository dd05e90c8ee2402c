"""Why a rule holds for one person, or does not: what the database found for every predicate, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, select

from workspace.access import flag
from workspace.directory import company_name
from workspace.rule_sql import PERSON, Asked, holds_for_pair
from workspace.rules import CUSTOM, Predicate
from workspace.tables import (
    companies,
    company_tags,
    company_values,
    contact_tags,
    contact_values,
    contacts,
    memberships,
    tags,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from sqlalchemy import Connection, Table

    from workspace.rules import Rule

Found = str | float | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Node:
    """One rule of a tree, and whether it holds.

    Attributes:
        rule: The predicate or group.
        holds: Whether it holds for the pair.
        found: For a predicate, the value that was compared; for tags, all of them.
        nodes: For a group, its members.
    """

    rule: Rule
    holds: bool
    found: Found = None
    nodes: tuple[Node, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the node as the admin API answers it."""
        if not isinstance(self.rule, Predicate):
            members = [one.document() for one in self.nodes]
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
    """The rule, asked of a person with one of their companies.

    Attributes:
        company: The company's id and what it is called; None for a person without one.
        tree: The whole rule.
    """

    company: tuple[str, str] | None
    tree: Node

    def document(self) -> dict[str, Any]:
        """Return the pair as the admin API answers it."""
        company = {"id": self.company[0], "name": self.company[1]} if self.company else None
        return {"company": company, "holds": self.tree.holds, "tree": self.tree.document()}


def explain(connection: Connection, person_id: str, rule: Rule, today: date) -> tuple[Pair, ...]:
    """Return how a rule comes out for a person with each of their companies, by the companies' names.

    The rule holds for the person if it holds for one of the pairs. There is always one, unless
    there is no such person.
    """
    predicates = _named_predicates(rule)
    rows = connection.execute(_statement(rule, today), {PERSON.key: person_id}).all()
    facts = _Facts.of(connection, person_id, [row.pair_company for row in rows if row.pair_company], predicates)
    pairs = (_pair(row, rule, predicates, facts) for row in rows)
    return tuple(sorted(pairs, key=lambda one: one.company[::-1] if one.company else ("", "")))


@lru_cache(maxsize=16)
def _statement(rule: Rule, today: date) -> Select[Any]:
    asked = Asked(today, one=True)
    holds = (flag(holds_for_pair(one, asked)).label(name) for one, name in _named_predicates(rule).items())
    return (
        select(companies.c.id.label("pair_company"), company_name().label("pair_name"), *holds)
        .select_from(contacts)
        .outerjoin(memberships, memberships.c.contact_id == contacts.c.id)
        .outerjoin(companies, companies.c.id == memberships.c.company_id)
        .where(contacts.c.id == PERSON)
    )


def _named_predicates(rule: Rule) -> dict[Predicate, str]:
    return {one: f"holds_{number}" for number, one in enumerate(dict.fromkeys(_predicates(rule)))}


def _predicates(rule: Rule) -> Iterator[Predicate]:
    if isinstance(rule, Predicate):
        yield rule
    else:
        for one in rule.rules:
            yield from _predicates(one)


def _pair(row: Row[Any], rule: Rule, names: Mapping[Predicate, str], facts: _Facts) -> Pair:
    holds = {one: bool(getattr(row, name)) for one, name in names.items()}
    company = (row.pair_company, row.pair_name) if row.pair_company else None
    return Pair(company, _node(rule, holds, facts, row.pair_company))


def _node(rule: Rule, holds: Mapping[Predicate, bool], facts: _Facts, company: str | None) -> Node:
    if isinstance(rule, Predicate):
        return Node(rule, holds[rule], facts.found(rule, company))
    nodes = tuple(_node(one, holds, facts, company) for one in rule.rules)
    answers = [one.holds for one in nodes]
    holding = {"and": all(answers), "or": any(answers), "not": not answers[0]}[rule.operator]
    return Node(rule, holding, nodes=nodes)


# --- what was found -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything about a person and their companies that a rule asks, by the id of its owner and the attribute."""

    person_id: str
    values: Mapping[tuple[str, str], Found]

    @classmethod
    def of(
        cls, connection: Connection, person_id: str, company_ids: list[str], predicates: Iterable[Predicate]
    ) -> _Facts:
        asked = {(one.attribute, one.type) for one in predicates}
        values: dict[tuple[str, str], Found] = {}
        for prefix, owners, ids in (("", _PERSON, [person_id]), ("company.", _COMPANY, company_ids)):
            names = {
                name.removeprefix(prefix): kind for name, kind in asked if name.startswith("company.") is bool(prefix)
            }
            if names and ids:
                values |= dict(owners.read(connection, ids, names, prefix))
        return cls(person_id, values)

    def found(self, predicate: Predicate, company: str | None) -> Found:
        owner = company if predicate.about_company else self.person_id
        nothing: Found = [] if predicate.type == "tag" else None
        return nothing if owner is None else self.values.get((owner, predicate.attribute), nothing)


@dataclass(frozen=True, slots=True)
class _Owners:
    """Where the values of people, or of companies, are kept."""

    table: Table
    tags: Table
    values: Table

    def read(
        self, connection: Connection, ids: list[str], names: Mapping[str, str], prefix: str
    ) -> Iterator[tuple[tuple[str, str], Found]]:
        """Yield what the owners have for each of the attributes `names`, which are given with their types."""
        columns = [name for name in names if name in self.table.c]
        if columns:
            statement = select(self.table.c.id, *(self.table.c[name] for name in columns))
            for owner, *found in connection.execute(statement.where(self.table.c.id.in_(ids))):
                for name, value in zip(columns, found, strict=True):
                    yield (owner, prefix + name), _told(value, names[name])
        if "tag" in names:
            yield from self._tags(connection, ids, prefix)
        if custom := [name.removeprefix(CUSTOM) for name in names if name.startswith(CUSTOM)]:
            table = self.values
            statement = select(table).where(table.c.owner_id.in_(ids), table.c.name.in_(custom))
            for row in connection.execute(statement):
                kind = names[CUSTOM + row.name]
                value = {"text": row.text, "number": row.number, "boolean": row.boolean, "date": row.moment}[kind]
                yield (row.owner_id, prefix + CUSTOM + row.name), _told(value, kind)

    def _tags(self, connection: Connection, ids: list[str], prefix: str) -> Iterator[tuple[tuple[str, str], Found]]:
        tagged: dict[str, list[str]] = {}
        statement = select(self.tags.c.owner_id, tags.c.name).join(tags, tags.c.id == self.tags.c.tag_id)
        for owner, name in connection.execute(statement.where(self.tags.c.owner_id.in_(ids))):
            tagged.setdefault(owner, []).append(name)
        for owner, names in tagged.items():
            yield (owner, f"{prefix}tag"), sorted(names)


_PERSON = _Owners(contacts, contact_tags, contact_values)
_COMPANY = _Owners(companies, company_tags, company_values)


def _told(value: Any, kind: str) -> Found:
    """Return a value as people read it: days as YYYY-MM-DD, whole numbers without a fraction."""
    if value is None:
        return None
    if kind == "date":
        return datetime.fromtimestamp(value, UTC).date().isoformat()
    if kind == "number" and float(value).is_integer():
        return int(value)
    return value  # type: ignore[no-any-return]  # text or a boolean: the column's own type
