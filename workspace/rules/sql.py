"""A rule as a condition on rows of `contacts`, the same for every database.

A rule holds for a person if it holds, as a whole, for the person with one of their companies, or with an empty company
if they have none. Asking that of every pair would be slow, so:

- conditions on the person alone leave the question about pairs;
- `or` is asked branch by branch, for each may be true of another company;
- conditions on the company alone are asked once of each of the few companies;
- for people without a company the rule is reduced beforehand to its remainder.

The query begins at an index if one leads to the rule's people (`rules.indexes`), otherwise at the owner, a person or a
company. `core.folding` explains case and words, `rules.tree` negation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import String, and_, bindparam, exists, func, not_, or_, select, union_all
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.functions import FunctionElement

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
from workspace.database.tables.directory import IS_USER
from workspace.rules.indexes import company_nodes, parts, rank
from workspace.rules.sql_values import TESTS, VALUE_COLUMN, Where
from workspace.rules.tree import Branch, Leaf, Node, branch, leaf, normal_form, without_company

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import Column, Connection, Select, Table
    from sqlalchemy.sql.compiler import SQLCompiler

    from workspace.rules.model import Predicate, Rule

_SIDE_BY_SIDE = 20
"""The most conditions joined at once: SQLite reads a long chain as a deep tree, and refuses deep trees."""
_FEW_COMPANIES = 2000
"""The most companies whose people are looked up one company after the other."""


PERSON = bindparam("person_id", type_=String())
"""The one person of statements that are about one; such a statement is made once and asked of many."""


@dataclass(frozen=True, slots=True)
class Query:
    """The circumstances of a query.

    Attributes:
        today: In UTC; relative dates count from it.
        single: True for the contact `PERSON` alone; the statement must narrow `contacts` itself.
        broad: The parts of rules on the company alone that hold for many companies.
        planned: True if the database weighs where to begin, which it does only for conditions by themselves.
    """

    today: date
    single: bool = False
    broad: frozenset[Node] = frozenset()
    planned: bool = False


def holds_for_person(rule: Rule, query: Query) -> Where:
    """Return the condition on a row of `contacts` that the rule holds for the person, with any of their companies."""
    return _Compiler(query).some_pair(normal_form(rule))


def finds_people(rule: Rule, query: Query) -> Where:
    """Return the same condition for statements that select people, from an index if one can and only `and` joins it."""
    return _Compiler(query).everybody(normal_form(rule))


def begins_at_index(rule: Rule, query: Query) -> bool:
    """Return True if `finds_people` begins at an index."""
    return rank(normal_form(rule), query.broad) is not None


def query_of_all(connection: Connection, rules: Iterable[Rule], today: date) -> Query:
    """Return the best circumstances to ask everybody, by the database and its size."""
    if connection.dialect.name != "sqlite":
        return Query(today, planned=True)
    nodes = tuple(dict.fromkeys(node for rule in rules for node in company_nodes(normal_form(rule))))
    if not nodes:
        return Query(today)
    counts = connection.execute(_counted(nodes, today)).one()
    many = (node for node, count in zip(nodes, counts, strict=True) if count > _FEW_COMPANIES)
    return Query(today, broad=frozenset(many))


@lru_cache(maxsize=64)
def _counted(nodes: tuple[Node, ...], today: date) -> Select[Any]:
    # One plan asks the same several times, and portals of a fleet often do.
    compiler = _Compiler(Query(today))
    some = [compiler.fitting(node).limit(_FEW_COMPANIES + 1).subquery() for node in nodes]
    return select(*(select(func.count()).select_from(ids).scalar_subquery() for ids in some))


def needs_company(rule: Rule) -> bool:
    """Return True for a rule that holds for nobody without a company."""
    return without_company(normal_form(rule)) is False


def holds_for_pair(predicate: Predicate, query: Query) -> Where:
    """Return the condition of a predicate on rows of `contacts` and `companies` (or nulls); null stands for false."""
    return _Compiler(query).leaf(leaf(predicate))


@dataclass(frozen=True, slots=True)
class _Compiler:
    query: Query

    # --- on rows of `contacts`: led to by an index ---

    def rank(self, node: Node) -> int | None:
        return rank(node, self.query.broad)

    def everybody(self, node: Node) -> Where:
        if self.query.single or self.rank(node) is None:
            return self.some_pair(node)
        if isinstance(node, Branch) and node.person and node.operator == "and":
            members = parts(node)
            first = min(
                (member for member in members if self.rank(member) is not None), key=lambda item: self.rank(item) or 0
            )
            rest = (self.some_pair(member) for member in members if member is not first)
            return _joined("and", [self.everybody(first), *rest])
        if isinstance(node, Leaf) and node.person and not _is_kept(node):
            return self.leaf(node)
        selects = self.id_selects(node)
        if len(selects) > _SIDE_BY_SIDE:
            return self.some_pair(node)
        return contacts.c.id.in_(selects[0] if len(selects) == 1 else union_all(*selects))

    def id_selects(self, node: Node) -> list[Select[Any]]:
        """Return statements that select the ids of a node's people, each from an index."""
        if not node.person:
            theirs = select(memberships.c.contact_id).where(memberships.c.company_id.in_(self.fitting(node)))
            return [theirs.correlate(None)]
        if isinstance(node, Branch) and node.operator == "or":
            return [statement for part in parts(node) for statement in self.id_selects(part)]
        if isinstance(node, Leaf) and _is_kept(node):
            table, tests = self.kept(node, by_index=True)
            return [select(table.c.owner_id).where(*tests).correlate(None)]
        return [select(contacts.c.id).where(IS_USER, self.everybody(node)).correlate(None)]

    # --- on rows of `contacts`: some pair of the person ---

    def some_pair(self, node: Node) -> Where:
        if not node.company:
            return self.owner(node)
        if isinstance(node, Leaf) or not node.person:
            return self.pairs(node)
        members = parts(node)
        if len(members) == 1:
            return self.pairs(node)
        return _joined(node.operator, [self.some_pair(member) for member in members])

    def pairs(self, node: Node) -> Where:
        theirs = memberships.c.contact_id == contacts.c.id
        with_company = exists().where(theirs, self.pair(node)).correlate(contacts)
        alone = without_company(node)
        if alone is False:
            return with_company
        if self.query.planned and not node.person:
            return contacts.c.id.in_(self.fitting_or_alone(node))
        nobody = not_(exists().where(theirs).correlate(contacts))
        return or_(with_company, nobody if isinstance(alone, bool) else and_(nobody, self.owner(alone)))

    def fitting_or_alone(self, node: Node) -> Select[Any]:
        """Return the ids of the people of fitting companies, and of those without a company, from joins alone."""
        people, fitting = contacts.alias("people"), self.fitting(node).subquery()
        pairs = people.outerjoin(memberships, memberships.c.contact_id == people.c.id)
        pairs = pairs.outerjoin(fitting, fitting.c.id == memberships.c.company_id)
        alone = memberships.c.company_id.is_(None)
        return select(people.c.id).select_from(pairs).where(or_(alone, fitting.c.id.is_not(None))).correlate(None)

    # --- on a row of `contacts` beside one of `memberships`: one pair ---

    def pair(self, node: Node) -> Where:
        if not node.company:
            return self.owner(node)
        if isinstance(node, Leaf) or not node.person:
            if self.query.single:
                return self.company_of_one(node)
            return Probed(memberships.c.company_id).in_(self.fitting(node))
        return _joined(node.operator, [self.pair(item) for item in _company_merged(node)])

    def company_of_one(self, node: Node) -> Where:
        """Return the condition on a row of `memberships` that a node holds that asks only its company."""
        if isinstance(node, Leaf) and _is_kept(node):
            return self.leaf(node, memberships.c.company_id)
        return exists().where(companies.c.id == memberships.c.company_id, self.owner(node)).correlate(memberships)

    def fitting(self, node: Node) -> Select[Any]:
        """Return the ids of the companies for which a node that asks only them holds."""
        if isinstance(node, Leaf) and _is_kept(node) and not node.negated:
            table, tests = self.kept(node, by_index=True)
            return select(table.c.owner_id).where(*tests).correlate(None)
        return select(companies.c.id).where(self.owner(node)).correlate(None)

    # --- on a row of `contacts` or of `companies` ---

    def owner(self, node: Node) -> Where:
        if isinstance(node, Leaf):
            return self.leaf(node)
        return _joined(node.operator, [self.owner(member) for member in node.members])

    def leaf(self, node: Leaf, owner_id: Column[str] | None = None) -> Where:
        owner = companies if node.company else contacts
        if _is_kept(node):
            table, tests = self.kept(node)
            key = owner.c.id if owner_id is None else owner_id
            correlate = exists().where(table.c.owner_id == key, *tests).correlate(key.table)
            return not_(correlate) if node.negated else correlate
        test = TESTS[node.type](node, owner, node.name, self.query.today)
        return or_(owner.c[node.name].is_(None), not_(test)) if node.negated else test

    def kept(self, node: Leaf, *, by_index: bool = False) -> tuple[Table, Sequence[Where]]:
        """Return the table of a leaf's tags or custom values, and the conditions on rows found by index or owner."""
        if node.type == "tag":
            table = company_tags if node.company else contact_tags
            names = node.value if isinstance(node.value, tuple) else (node.value,)
            tag = table.c.tag_id if by_index else Probed(table.c.tag_id)
            if len(names) == 1:
                # Of one tag everybody is found once, and PostgreSQL knows it.
                correlate = select(tags.c.id).where(tags.c.name == names[0]).correlate(None)
                return table, [tag == correlate.scalar_subquery()]
            return table, [tag.in_(select(tags.c.id).where(tags.c.name.in_(names)).correlate(None))]
        table = company_values if node.company else contact_values
        column = VALUE_COLUMN[node.type]
        return table, [table.c.name == node.custom, TESTS[node.type](node, table, column, self.query.today)]


def _is_kept(node: Leaf) -> bool:
    """Return True for a leaf on a tag or a custom value, which are kept in rows of their own."""
    return node.type == "tag" or node.custom is not None


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
    company = [member for member in node.members if not member.person]
    others = [member for member in node.members if member.person]
    return [*others, branch(node.operator, company)] if company else others


class Probed(FunctionElement[str]):
    """A column of a found row: with a whole key SQLite would try every value of a long list for every owner."""

    type = String()
    inherit_cache = True


@compiles(Probed)
def _as_it_is(element: Probed, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(Probed, "sqlite")
def _without_its_index(element: Probed, compiler: SQLCompiler, **kw: Any) -> str:
    return f"+{compiler.process(element.clauses, **kw)}"
