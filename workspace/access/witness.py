"""Which conditions of a rule make it hold, or not: the fewest that one has to know to see why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workspace.rules.model import Predicate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.rules.model import Rule


@dataclass(frozen=True, slots=True)
class Witness:
    """A deciding condition, with its outcome."""

    predicate: Predicate
    holds: bool


def witnesses(rule: Rule, answers: Mapping[Predicate, bool]) -> tuple[bool, tuple[Witness, ...]]:
    """Return the outcome of a rule, and the distinct conditions that decide it, by the outcomes of its conditions.

    All members decide an `and` that holds or an `or` that does not; else the first member that settles it.
    """
    if isinstance(rule, Predicate):
        return answers[rule], (Witness(rule, answers[rule]),)
    results = [witnesses(item, answers) for item in rule.rules]
    if rule.operator == "not":
        holds, why = results[0]
        return not holds, why
    settling = rule.operator == "or"
    for holds, why in results:
        if holds is settling:
            return settling, why
    return not settling, tuple(dict.fromkeys(witness for _, why in results for witness in why))
