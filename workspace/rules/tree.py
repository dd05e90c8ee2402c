"""Rules in the form that becomes SQL: no `not` but on predicates, no group in a group of its kind.

`ne`, `nin` and `unknown` are negations of `eq`, `in` and `known`. The rest is monotone, so a database's "unknown" can
be taken for "no" anywhere, and only single predicates must be complemented with care.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from workspace.rules.model import CUSTOM, Group, Predicate, Rule, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEGATION_OF = {"ne": "eq", "nin": "in", "unknown": "known"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A predicate or its complement (`negated`), on the `person` or the `company`; never `ne`, `nin` or `unknown`."""

    attribute: str
    type: str
    comparison: str
    value: Value
    negated: bool
    person: bool
    company: bool

    @property
    def name(self) -> str:
        """The attribute's name among those of its owner."""
        return self.attribute.removeprefix("company.")

    @property
    def custom(self) -> str | None:
        """The name of the custom attribute; None for a built-in one or a tag."""
        return self.name.removeprefix(CUSTOM) if self.name.startswith(CUSTOM) else None


@dataclass(frozen=True, slots=True)
class Branch:
    """Two or more nodes, none of the same operator, of which all (`and`) or any (`or`) must hold."""

    operator: Literal["and", "or"]
    members: tuple[Node, ...]
    person: bool = field(init=False)
    company: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "person", any(member.person for member in self.members))
        object.__setattr__(self, "company", any(member.company for member in self.members))


Node = Leaf | Branch


def normal_form(rule: Rule, *, negated: bool = False) -> Node:
    """Return the rule, or its complement, in the form that becomes SQL."""
    if isinstance(rule, Predicate):
        return leaf(rule, negated=negated)
    if rule.operator == "not":
        return normal_form(rule.rules[0], negated=not negated)
    return branch(_operator(rule, negated=negated), (normal_form(item, negated=negated) for item in rule.rules))


def _operator(rule: Group, *, negated: bool) -> Literal["and", "or"]:
    return "and" if (rule.operator == "and") is not negated else "or"


def leaf(predicate: Predicate, *, negated: bool = False) -> Leaf:
    """Return one predicate, or its complement."""
    positive = _NEGATION_OF.get(predicate.comparison, predicate.comparison)
    return Leaf(
        attribute=predicate.attribute,
        type=predicate.type,
        comparison=positive,
        value=predicate.value,
        negated=negated is (positive == predicate.comparison),
        person=not predicate.about_company,
        company=predicate.about_company,
    )


def branch(operator: Literal["and", "or"], nodes: Iterable[Node]) -> Node:
    """Return the nodes joined; there must be at least one."""
    members: list[Node] = []
    for node in nodes:
        members.extend(node.members if isinstance(node, Branch) and node.operator == operator else (node,))
    return members[0] if len(members) == 1 else Branch(operator, tuple(members))


def without_company(node: Node) -> Node | bool:
    """Reduce a node for a person without a company: a node about the person, or a fact."""
    if isinstance(node, Leaf):
        return node.negated if node.company else node
    decisive = node.operator == "or"
    left: list[Node] = []
    for member in node.members:
        rest = without_company(member)
        if isinstance(rest, bool):
            if rest is decisive:
                return decisive
        else:
            left.append(rest)
    return branch(node.operator, left) if left else not decisive
