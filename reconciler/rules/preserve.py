"""Keep the layout of a written rule in another one, so that comments about it stay in place."""

from __future__ import annotations

from reconciler.core.matching import pairs
from reconciler.rules.model import Condition, Group, Not, Rule, normalise, plain


def keep_layout(written: Rule, rule: Rule) -> Rule:
    """Write `rule`, and exactly its meaning, in the order and the nesting of `written`, where they share something."""
    if normalise(written) == normalise(rule):
        return written
    result = _keep_layout(written, rule)
    return result if normalise(result) == normalise(rule) else rule


def _keep_layout(written: Rule, rule: Rule) -> Rule:
    match written, rule:
        case Condition(), Condition() if (written.attribute, written.operator) == (rule.attribute, rule.operator):
            return _keep_condition(written, rule)
        case Not(before), Not(after):
            return Not(keep_layout(before, after))
        case Group(), Group() if written.operator == rule.operator:
            return _keep_group(written, list(rule.rules))
        case Group(), _ if any(normalise(item) == normalise(rule) for item in written.rules):
            return _keep_group(written, [rule])
    return rule


def _keep_condition(written: Condition, rule: Condition) -> Condition:
    if not isinstance(written.value, tuple) or not isinstance(rule.value, tuple | str):
        return rule
    values = rule.value if isinstance(rule.value, tuple) else (rule.value,)
    kept = [text for text in written.value if text in values]
    return Condition(rule.attribute, rule.operator, (*kept, *(value for value in values if value not in kept)))


def _keep_group(written: Group, rules: list[Rule]) -> Group:
    """Group rules: those that were there where they were, and new ones at the end."""
    nested: dict[int, Rule] = {}
    for index, item in enumerate(written.rules):
        # Groups in groups of the same kind mean nothing, but somebody may have had a reason to write them.
        if isinstance(item, Group) and item.operator == written.operator:
            members = [normalise(member) for member in item.rules]
            taken = [rule for rule in rules if normalise(rule) in members]
            if taken:
                rules = [rule for rule in rules if rule not in taken]
                nested[index] = keep_layout(item, Group(item.operator, tuple(taken)))
    places = [index for index in range(len(written.rules)) if index not in nested]
    before = [plain(normalise(written.rules[index])) for index in places]
    results = pairs(before, [plain(normalise(rule)) for rule in rules])
    kept = {places[place]: rule for rule, place in zip(rules, results, strict=True) if place is not None}
    there = {index: keep_layout(written.rules[index], rule) for index, rule in kept.items()} | nested
    added = [rule for rule, place in zip(rules, results, strict=True) if place is None]
    return Group(written.operator, (*(there[index] for index in sorted(there)), *added))
