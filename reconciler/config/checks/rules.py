"""Rules against their attributes: existence, operator, options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.config.schema.attribute_types import OPTIONS, condition_types, options, untyped
from reconciler.config.schema.checker import Checker
from reconciler.core.diagnostics import Diagnostic, error, warning
from reconciler.core.wording import did_you_mean, listed, show, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.yaml.document import Document
    from reconciler.config.yaml.node import Node
    from reconciler.core.diagnostics import Path

_RULE_PATHS: tuple[Path, ...] = (("audience",), ("portal", "ticket_visibility", "own_for"))
"""The paths of single rules in a configuration."""

MOST_CONDITIONS = 500
MOST_LEVELS = 10


class _Place(NamedTuple):
    path: Path
    node: Node
    level: int


def rules(document: Document) -> Iterator[Diagnostic]:
    """Yield the errors of a document's rules."""
    attributes = _Attributes(document)
    for path in _paths(document):
        if node := document.root.at(path):
            yield from _rule(document, _Place(path, node, 1), attributes)


def _paths(document: Document) -> Iterator[Path]:
    """Yield the paths at which a rule may be."""
    yield from _RULE_PATHS
    granted = document.root.at(("granted_by_rule",))
    if granted is not None and isinstance(granted.value, list):
        yield from (("granted_by_rule", index, "where") for index in granted.children)


def _rule(document: Document, whole: _Place, attributes: _Attributes) -> Iterator[Diagnostic]:
    places = list(_places(whole))
    conditions = [spot for spot in places if "attribute" in spot.node.keys]
    too_many, too_deep = len(conditions) > MOST_CONDITIONS, max(spot.level for spot in places) > MOST_LEVELS
    if too_many or too_deep:
        limit = f"{MOST_CONDITIONS} conditions" if too_many else f"{MOST_LEVELS} levels"
        summary = f"the rule has more than {limit}"
        remedy = "Use lists of values (`is: [a, b]`), or one tag or attribute for the whole group."
        yield error("rule-too-large", summary, remedy=remedy, source=document.source(whole.path, key=True))
        return
    for condition in conditions:
        yield from attributes.check(condition)
    for place in places:
        if (alternatives := place.node.children.get("any")) and isinstance(alternatives.value, list):
            yield from _always_true(document, (*place.path, "any"), alternatives)


def _places(whole: _Place) -> Iterator[_Place]:
    """Yield every rule in a rule, itself first; stops where it is far too large anyway."""
    waiting, count = [whole], 0
    while waiting and count <= MOST_CONDITIONS * MOST_LEVELS:
        place = waiting.pop()
        count += 1
        yield place
        path, node, level = place
        for key in ("all", "any"):
            group = node.children.get(key)
            items = group.children.items() if group and isinstance(group.value, list) else ()
            waiting.extend(_Place((*path, key, index), item, level + 1) for index, item in reversed(list(items)))
        if inner := node.children.get("not"):
            waiting.append(_Place((*path, "not"), inner, level + 1))


class _Attributes:
    """The attributes of a document, and the conditions they permit."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._types: Mapping[str, str] = condition_types(document.values)
        self._options = options(document.values)
        self._untyped = untyped(document.values)
        self._checker = Checker(document, self._types)
        self._by_name: dict[str, list[str]] = {}
        for type_ in self._types:
            self._by_name.setdefault(type_.partition(".")[2], []).append(type_)

    def check(self, place: _Place) -> Iterator[Diagnostic]:
        """Yield the errors of one condition."""
        attribute = place.node.value["attribute"]
        # Without a name or a type nothing can be said; and two rules in one are wrong whatever they say.
        is_rule = any(key in place.node.keys for key in ("all", "any", "not"))
        if not isinstance(attribute, str) or not attribute or attribute in self._untyped or is_rule:
            return
        if attribute not in self._types:
            yield self._unknown(attribute, (*place.path, "attribute"))
            return
        kind = self._types[attribute]
        yield from self._checker.check(place.path, f"{kind}_condition")
        if kind == OPTIONS:
            yield from self._undeclared_options(attribute, place)

    def _unknown(self, attribute: str, path: Path) -> Diagnostic:
        model, _, name = attribute.rpartition(".")
        meant = self._by_name.get(name) or self._by_name.get(suggestion(name, self._by_name), [])
        meant = [text for text in meant if text.startswith(f"{model}.")] or meant
        remedy = f"Did you mean {listed(meant)}?" if meant else ""
        if model in ("person", "company"):
            section = "contact" if model == "person" else "company"
            remedy += f" Attributes of your own are declared under `data_attributes.{section}`."
        summary = f"there is no attribute `{attribute}`"
        source = self._document.source(path)
        return error("unknown-attribute", summary, remedy=remedy.strip(), source=source)

    def _undeclared_options(self, attribute: str, place: _Place) -> Iterator[Diagnostic]:
        declared = self._options[attribute]
        for operator in ("is", "is_not"):
            if not (node := place.node.children.get(operator)):
                continue
            path = (*place.path, operator)
            items = [((*path, step), item) for step, item in node.children.items()] or [(path, node)]
            for item_path, item in items:
                if isinstance(item.value, str) and item.value not in declared:
                    summary = f"{show(item.value)} is not an option of `{attribute}`"
                    remedy = did_you_mean(item.value, declared, f"Its options are {listed(declared, 'and')}.")
                    yield error("unknown-option", summary, remedy=remedy, source=self._document.source(item_path))


def _always_true(document: Document, path: Path, alternatives: Node) -> Iterator[Diagnostic]:
    """Warn where one of two exclusions of an `any` always holds: no value is both."""
    excluded: dict[str, set[Any]] = {}
    for index, alternative in alternatives.children.items():
        attribute, values = _exclusion(alternative)
        if not attribute:
            continue
        if attribute in excluded and not excluded[attribute] & values:
            summary = f"this holds for everyone: `{attribute}` is never all that these conditions exclude"
            remedy = "Put them under `all:` to exclude each, or write one `is_not` with a list."
            yield warning("rule-always-true", summary, remedy=remedy, source=document.source((*path, index)))
            return
        excluded[attribute] = excluded.get(attribute, values) & values


def _exclusion(rule: Node) -> tuple[str, set[Any]]:
    """Return the attribute and the values that a condition excludes; an empty name for any other condition."""
    attribute = rule.value.get("attribute") if isinstance(rule.value, dict) else None
    if not isinstance(attribute, str) or "is_not" not in rule.value or attribute.endswith(".tag"):
        return "", set()
    node = rule.children["is_not"]
    values = [item.value for item in node.children.values()] or [node.value]
    return attribute, {value for value in values if isinstance(value, str | int | float)}
