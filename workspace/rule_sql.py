"""A rule as a condition on rows of `contacts`, the same for every database.

A rule holds for a person if it holds, as a whole, for the person with one of their companies, or
with an empty company if they have none. Asking that of every pair would be slow, so:

- what is only about the person leaves the question about pairs;
- `or` is asked branch by branch, for each may be true of another company;
- what is only about the company starts from the companies that fit, and these are few;
- for people without a company the rule is reduced beforehand to what is left of it.

Case, words and negation are explained in `folding` and `rule_tree`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, exists, not_, or_, select

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
    from sqlalchemy import Table

    from workspace.rules import Predicate, Rule

Where = ColumnElement[bool]

DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule is asked with.

    Attributes:
        today: The present day in UTC; relative dates count from it.
        person: The id of the only contact that the statement is about, None for all: it lets the
            look-ups begin there. The statement must narrow `contacts` to that person itself.
    """

    today: date
    person: str | None = None


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

    # --- people and their companies ---

    def some_pair(self, node: Node) -> Where:
        if not node.company:
            return self.pair(node)
        if isinstance(node, Leaf):
            return self.pairs(node)
        if node.operator == "or":
            return self.any_branch(node)
        person = [self.pair(one) for one in node.members if not one.company]
        rest = [one for one in node.members if one.company]
        return and_(*person, self.some_pair(rest[0]) if len(rest) == 1 else self.pairs(branch("and", rest)))

    def any_branch(self, node: Branch) -> Where:
        only_company = [one for one in node.members if not one.person]
        others = [self.some_pair(one) for one in node.members if one.person]
        return or_(*others, self.pairs(branch("or", only_company))) if only_company else or_(*others)

    def pairs(self, node: Node) -> Where:
        with_company = self.correlated(node) if node.person else contacts.c.id.in_(self.members_of(node))
        alone = without_company(node)
        if alone is False:
            return with_company
        nobody = not_(exists().where(memberships.c.contact_id == contacts.c.id).correlate(contacts))
        return or_(with_company, nobody if isinstance(alone, bool) else and_(nobody, self.pair(alone)))

    def correlated(self, node: Node) -> Where:
        joined = memberships.c.company_id == companies.c.id
        return exists().where(memberships.c.contact_id == contacts.c.id, joined, self.pair(node)).correlate(contacts)

    def members_of(self, node: Node) -> Select[Any]:
        fitting = select(companies.c.id).where(self.pair(node), *self.narrowed(companies, companies.c.id))
        statement = select(memberships.c.contact_id).where(memberships.c.company_id.in_(fitting.correlate(None)))
        return statement.where(*self.narrowed(contacts, memberships.c.contact_id)).correlate(None)

    def narrowed(self, owners: Table, owner_id: ColumnElement[str]) -> list[Where]:
        """Return what keeps a look-up, whose column `owner_id` refers to `owners`, to the one person asked about."""
        person = self.asked.person
        if person is None:
            return []
        if owners is contacts:
            return [owner_id == person]
        theirs = select(memberships.c.company_id).where(memberships.c.contact_id == person)
        return [owner_id.in_(theirs.correlate(None))]

    # --- one person with one company ---

    def pair(self, node: Node) -> Where:
        if isinstance(node, Leaf):
            return self.leaf(node)
        members = (self.pair(one) for one in node.members)
        return and_(*members) if node.operator == "and" else or_(*members)

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
        test = and_(values.c.name == name, _TESTS[node.type](node, values, column, self.asked.today))
        return self.among(node, owner, values, test)

    def tagged(self, node: Leaf, owner: Table, taggings: Table) -> Where:
        names = node.value if isinstance(node.value, tuple) else (node.value,)
        wanted = select(tags.c.id).where(tags.c.name.in_(names)).correlate(None)
        return self.among(node, owner, taggings, taggings.c.tag_id.in_(wanted))

    def among(self, node: Leaf, owner: Table, table: Table, test: Where) -> Where:
        if node.negated:
            return not_(exists().where(table.c.owner_id == owner.c.id, test).correlate(owner))
        narrowed = self.narrowed(owner, table.c.owner_id)
        return owner.c.id.in_(select(table.c.owner_id).where(test, *narrowed).correlate(None))


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
