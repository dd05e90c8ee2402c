"""Rules in the admin API's form, their validation, and the frozen tree that everything else works on.

A rule is a predicate or a group (`and`, `or`, `not`), evaluated for one person and one company of theirs at a time, see
`rules.sql`. A predicate is true or false, never unknown, so `not` is the exact complement.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from workspace.core.data_files import load_json
from workspace.core.errors import Problem
from workspace.database.prepared import Prepared
from workspace.database.tables import data_attributes
from workspace.rules.values import CHECKS, COMPARISONS, text_complaint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

MAX_DEPTH = 10
"""The deepest nesting of groups; the predicates in the innermost group do not count."""
MAX_PREDICATES = 500
MAX_VALUES = 3000
"""The most values in the lists of one rule: a database takes only so many at once."""

CUSTOM = "custom_attributes."
"""The prefix of a custom attribute's name, after `company.` for a company's."""

CONDITION_TYPE = {
    "string": "text",
    "integer": "number",
    "float": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "date",
}
"""The family of comparisons for each type that a custom attribute can have."""

_CUSTOM = Prepared(
    select(data_attributes.c.model, data_attributes.c.name, data_attributes.c.type).where(data_attributes.c.custom)
)

Value = str | float | bool | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Predicate:
    """One attribute, by its name on the wire, compared with a value; the `type` is text, number, boolean, date, tag."""

    attribute: str
    type: str
    comparison: str
    value: Value

    @property
    def about_company(self) -> bool:
        """True for a predicate on the company of the pair."""
        return self.attribute.startswith("company.")


@dataclass(frozen=True, slots=True)
class Group:
    """Rules of which all (`and`), any (`or`) or the only one not (`not`) must hold."""

    operator: Literal["and", "or", "not"]
    rules: tuple[Rule, ...]


Rule = Predicate | Group


def attribute_types(connection: Connection) -> dict[str, str]:
    """Return the condition type of every attribute that rules may name, by its name on the wire."""
    types = dict(builtin_types())
    for row in _CUSTOM.all(connection):
        if row.type in CONDITION_TYPE:
            types[custom_name(row.model, row.name)] = CONDITION_TYPE[row.type]
    return types


@cache
def builtin_types() -> Mapping[str, str]:
    """Return the condition type of every built-in attribute, by its name on the wire."""
    table = load_json("attributes.json")
    return {entry["wire"]: entry["type"] for model in ("person", "company") for entry in table[model].values()}


def custom_name(model: str, name: str) -> str:
    """Return the name in rules of the custom attribute `name` of `model` (`contact` or `company`)."""
    return f"{'company.' if model == 'company' else ''}{CUSTOM}{name}"


def own_name(attribute: str) -> tuple[str, str]:
    """Return whose attribute a name in rules is, `person` or `company`, and its name there without a namespace."""
    model, name = (
        ("company", attribute.removeprefix("company.")) if attribute.startswith("company.") else ("person", attribute)
    )
    return model, name.removeprefix(CUSTOM)


def problems(
    document: object, types: Mapping[str, str], *, lenient: bool = False, field: str = "rule"
) -> list[Problem]:
    """Return all problems of a rule, each with its path beneath `field`; `types` are the known attributes.

    `lenient` admits unknown custom attributes: nobody has a value of them.
    """
    results: list[Problem] = []
    counted = _Counted()
    for problem in _node_problems(document, _Context(types, lenient, counted), field, 1):
        results.append(problem)
        if counted.predicates > MAX_PREDICATES:
            break
    return results


def parse(document: Mapping[str, Any]) -> Rule:
    """Return the tree of a rule in which `problems` finds nothing."""
    if "operator" in document:
        return Group(document["operator"], tuple(parse(predicate) for predicate in document["predicates"]))
    value = document.get("value")
    return Predicate(
        attribute=document["attribute"],
        type=document["type"],
        comparison=document["comparison"],
        value=tuple(value) if isinstance(value, list) else value,
    )


# --- what is wrong with a rule --------------------------------------------------------------------


@dataclass(slots=True)
class _Counted:
    predicates: int = 0
    values: int = 0


@dataclass(frozen=True, slots=True)
class _Context:
    types: Mapping[str, str]
    lenient: bool
    counted: _Counted


def _invalid(message: str, field: str) -> Problem:
    return Problem("rule_invalid", message, field)


def _node_problems(node: object, context: _Context, path: str, depth: int) -> Iterator[Problem]:
    if not isinstance(node, dict):
        yield _invalid("a rule is an object: a group with operator and predicates, or one predicate", path)
    elif "operator" in node or "predicates" in node:
        yield from _group_problems(node, context, path, depth)
    else:
        yield from _predicate_problems(node, context, path)


def _group_problems(node: Mapping[str, object], context: _Context, path: str, depth: int) -> Iterator[Problem]:
    yield from _unknown_keys(node, ("operator", "predicates"), path)
    operator, members = node.get("operator"), node.get("predicates")
    if operator not in ("and", "or", "not"):
        yield _invalid("operator is one of and, or, not", f"{path}.operator")
    if not isinstance(members, list):
        yield _invalid("predicates is a list of rules", f"{path}.predicates")
        return
    if not members or (operator == "not" and len(members) != 1):
        desired = "exactly one rule" if operator == "not" else "at least one rule"
        yield _invalid(f"a group with {operator!r} takes {desired}, this one has {len(members)}", f"{path}.predicates")
    if depth > MAX_DEPTH:
        yield _invalid(f"groups nest at most {MAX_DEPTH} deep", path)
        return
    for index, member in enumerate(members):
        yield from _node_problems(member, context, f"{path}.predicates[{index}]", depth + 1)


def _predicate_problems(node: Mapping[str, object], context: _Context, path: str) -> Iterator[Problem]:
    context.counted.predicates += 1
    if context.counted.predicates > MAX_PREDICATES:
        yield _invalid(f"a rule has at most {MAX_PREDICATES} predicates", path)
        return
    yield from _unknown_keys(node, ("attribute", "type", "comparison", "value"), path)
    kind = node.get("type")
    if not isinstance(kind, str) or kind not in COMPARISONS:
        yield _invalid(f"type is one of {', '.join(COMPARISONS)}", f"{path}.type")
        return
    yield from _attribute_problems(node.get("attribute"), kind, context, path)
    comparison = node.get("comparison")
    if not isinstance(comparison, str) or comparison not in COMPARISONS[kind]:
        yield _invalid(f"comparison of type {kind} is one of {', '.join(COMPARISONS[kind])}", f"{path}.comparison")
        return
    complaint = CHECKS[kind][comparison](node.get("value"))
    if complaint:
        yield Problem("value_invalid", f"the value of {comparison} is {complaint}", f"{path}.value")
    values = node.get("value")
    context.counted.values += len(values) if isinstance(values, list) else 1
    if context.counted.values > MAX_VALUES:
        context.counted.values = 0
        yield _invalid(f"the lists of one rule hold at most {MAX_VALUES} values together", f"{path}.value")


def _attribute_problems(attribute: object, kind: str, context: _Context, path: str) -> Iterator[Problem]:
    field = f"{path}.attribute"
    if not isinstance(attribute, str) or text_complaint(attribute):
        yield _invalid("attribute is the name of an attribute", field)
    elif attribute in context.types:
        if context.types[attribute] != kind:
            yield _invalid(f"{attribute} is of type {context.types[attribute]}, not {kind}", f"{path}.type")
    elif not (context.lenient and kind != "tag" and _may_be_custom(attribute)):
        yield Problem("unknown_attribute", f"there is no attribute {attribute}", field)


def _may_be_custom(attribute: str) -> bool:
    name = attribute.removeprefix("company.")
    return name.startswith(CUSTOM) and len(name) > len(CUSTOM)


def _unknown_keys(node: Mapping[str, object], known: tuple[str, ...], path: str) -> Iterator[Problem]:
    for key in node:
        if key not in known:
            yield _invalid(f"{key!r} is not known here; known: {', '.join(known)}", path)
