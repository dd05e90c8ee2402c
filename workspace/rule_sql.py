"""A rule as a condition on rows of `contacts`, the same for every database.

A rule holds for a person if it holds, as a whole, for the person with one of their companies, or
with an empty company if they have none. Asking that of every pair would be slow, so:

- what is only about the person leaves the question about pairs;
- `or` is asked branch by branch, for each may be true of another company;
- what is only about the company is asked once of every company, of which there are few, not of every pair;
- for people without a company the rule is reduced beforehand to what is left of it.

Every look-up begins at its owner, a person or a company, so the cost grows with the number of people
whatever the rule says. Case, words and negation are explained in `folding` and `rule_tree`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, String, and_, bindparam, exists, not_, or_, select
from sqlalchemy.sql.elements import Grouping

from workspace.folding import folded, words
from workspace.rule_tree import Branch, Leaf, Node, branch, leaf, normal_form, without_company
from workspace.rules import CUSTOM
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
    from collections.abc import Sequence

    from sqlalchemy import Select, Table

    from workspace.rules import Predicate, Rule

Where = ColumnElement[bool]

DAY = 86_400
_SIDE_BY_SIDE = 20
"""How many conditions are joined at once: SQLite reads a long chain as a deep tree, and refuses deep trees."""
_EPOCH = date(1970, 1, 1).toordinal()


PERSON = bindparam("person_id", type_=String())
"""The one person of statements that are about one; such a statement is made once and asked of many."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule is asked with.

    Attributes:
        today: The present day in UTC; relative dates count from it.
        one: Whether the statement is about the contact `PERSON` alone: then only the companies of that
            person are looked at. The statement must narrow `contacts` itself.
    """

    today: date
    one: bool = False


def holds_for_person(rule: Rule, asked: Asked) -> Where:
    """Return the condition on a row of `contacts` that the rule holds for the person, with any of their companies."""
    return _Compiler(asked).some_pair(normal_form(rule))


def holds_for_pair(predicate: Predicate, asked: Asked) -> Where:
    """Return the condition that a predicate holds for a row of `contacts` beside a row of `companies`, or of nulls.

    It may be null where it does not hold.
    """
    return _Compiler(asked).leaf(leaf(predicate))


def start_of(day: date) -> int:
    """Return the first second of a day in UTC, in seconds since 1970."""
    return (day.toordinal() - _EPOCH) * DAY


@dataclass(frozen=True, slots=True)
class _Compiler:
    asked: Asked

    # --- on rows of `contacts`: some pair of the person ---

    def some_pair(self, node: Node) -> Where:
        if not node.company:
            return self.owner(node)
        if isinstance(node, Leaf) or not node.person:
            return self.pairs(node)
        if node.operator == "or":
            return _joined("or", [self.some_pair(one) for one in _company_merged(node)])
        person = [self.owner(one) for one in node.members if not one.company]
        rest = branch("and", (one for one in node.members if one.company))
        alike = isinstance(rest, Branch) and rest.operator == "and"
        return _joined("and", [*person, self.pairs(rest) if alike else self.some_pair(rest)])

    def pairs(self, node: Node) -> Where:
        theirs = memberships.c.contact_id == contacts.c.id
        with_company = exists().where(theirs, self.pair(node)).correlate(contacts)
        alone = without_company(node)
        if alone is False:
            return with_company
        nobody = not_(exists().where(theirs).correlate(contacts))
        return or_(with_company, nobody if isinstance(alone, bool) else and_(nobody, self.owner(alone)))

    # --- on a row of `contacts` beside one of `memberships`: one pair ---

    def pair(self, node: Node) -> Where:
        if not node.company:
            return self.owner(node)
        if isinstance(node, Leaf) or not node.person:
            return _without_index(memberships.c.company_id).in_(self.fitting(node))
        return _joined(node.operator, [self.pair(one) for one in _company_merged(node)])

    def fitting(self, node: Node) -> Select[Any]:
        """Return the ids of the companies for which a node that asks only them holds."""
        statement = select(companies.c.id).where(self.owner(node))
        if self.asked.one:
            theirs = select(memberships.c.company_id).where(memberships.c.contact_id == PERSON)
            statement = statement.where(companies.c.id.in_(theirs.correlate(None)))
        return statement.correlate(None)

    # --- on a row of `contacts` or of `companies` ---

    def owner(self, node: Node) -> Where:
        if isinstance(node, Leaf):
            return self.leaf(node)
        return _joined(node.operator, [self.owner(one) for one in node.members])

    def leaf(self, node: Leaf) -> Where:
        owner = companies if node.company else contacts
        name = node.attribute.removeprefix("company.")
        if node.type == "tag":
            return self.tagged(node, owner, company_tags if node.company else contact_tags)
        if name.startswith(CUSTOM):
            return self.custom(node, owner, name.removeprefix(CUSTOM))
        column = owner.c[name]
        test = _TESTS[node.type](node, owner, name, self.asked.today)
        return or_(column.is_(None), not_(test)) if node.negated else test

    def custom(self, node: Leaf, owner: Table, name: str) -> Where:
        values = company_values if node.company else contact_values
        column = _VALUE_COLUMN[node.type]
        return _has(
            node, owner, values, values.c.name == name, _TESTS[node.type](node, values, column, self.asked.today)
        )

    def tagged(self, node: Leaf, owner: Table, taggings: Table) -> Where:
        names = node.value if isinstance(node.value, tuple) else (node.value,)
        wanted = select(tags.c.id).where(tags.c.name.in_(names)).correlate(None)
        return _has(node, owner, taggings, _without_index(taggings.c.tag_id).in_(wanted))


class _Portion(Grouping[bool]):
    """Conditions in parentheses that stay: without an operator of its own it is not taken for one longer chain."""

    inherit_cache = True
    operator = None


def _joined(operator: Literal["and", "or"], conditions: Sequence[Where]) -> Where:
    join = and_ if operator == "and" else or_
    while len(conditions) > _SIDE_BY_SIDE:
        portions = (conditions[start : start + _SIDE_BY_SIDE] for start in range(0, len(conditions), _SIDE_BY_SIDE))
        conditions = [_Portion(join(*portion)) for portion in portions]
    return join(*conditions)


def _company_merged(node: Branch) -> list[Node]:
    """Return the members, with all that ask only the company as one."""
    company = [one for one in node.members if not one.person]
    others = [one for one in node.members if one.person]
    return [*others, branch(node.operator, company)] if company else others


def _has(node: Leaf, owner: Table, table: Table, *tests: Where) -> Where:
    found = exists().where(table.c.owner_id == owner.c.id, *tests).correlate(owner)
    return not_(found) if node.negated else found


def _without_index(column: ColumnElement[str]) -> ColumnElement[str]:
    # Both columns of a key in one condition tempt SQLite to try every value of a long list for every owner.
    return column.concat("")


# --- one value: `name` is the column of `table` that holds it, its other forms are named after it ---

_VALUE_COLUMN = {"text": "text", "number": "number", "boolean": "boolean", "date": "moment"}


def _text(node: Leaf, table: Table, name: str, _today: date) -> Where:
    plain, fold, marked = table.c[name], table.c[f"{name}_folded"], table.c[f"{name}_words"]
    if node.value is None:
        return plain.is_not(None)
    if isinstance(node.value, tuple):
        return plain.in_(node.value)
    value = str(node.value)
    return {
        "eq": plain == value,
        "contains": fold.contains(folded(value), autoescape=True),
        "contains_word": marked.contains(words(value), autoescape=True),
        "starts_with": fold.startswith(folded(value), autoescape=True),
        "ends_with": fold.endswith(folded(value), autoescape=True),
    }[node.comparison]


def _number(node: Leaf, table: Table, name: str, _today: date) -> Where:
    column = table.c[name]
    if node.value is None:
        return column.is_not(None)
    wanted = _amount(node)
    return {"eq": column == wanted, "gt": column > wanted, "lt": column < wanted}[node.comparison]


def _boolean(node: Leaf, table: Table, name: str, _today: date) -> Where:
    return table.c[name].is_not(None) if node.value is None else table.c[name] == node.value


def _moment(node: Leaf, table: Table, name: str, today: date) -> Where:
    column = table.c[name]
    if node.value is None:
        return column.is_not(None)
    if isinstance(node.value, str):
        start = start_of(date.fromisoformat(node.value))
    else:
        start = start_of(today) - int(_amount(node)) * DAY
    match node.comparison:
        case "before" | "more_than_days_ago":
            return column < start
        case "after":
            return column >= start + DAY
        case "less_than_days_ago":
            # What lies ahead is not "ago", however near.
            return and_(column >= start + DAY, column < start_of(today) + DAY)
    return and_(column >= start, column < start + DAY)


def _amount(node: Leaf) -> float:
    if isinstance(node.value, (int, float)):
        return float(node.value)
    raise TypeError(f"{node.comparison} compares with a number, not with {node.value!r}")


_TESTS = {"text": _text, "number": _number, "boolean": _boolean, "date": _moment}
