"""Lint audience rules: negative company conditions, rules that match everyone or no one.

A rule is tried with each company of a person, and one match is enough. So a negative condition about the company lets
in whoever has another company beside the one that it excludes. Only the workspace can count those, by one comparison of
two views: nobody leaves or enters, but those people would see less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.diagnostics import Diagnostic, warning
from reconciler.core.wording import people
from reconciler.kinds import audience, ticket_visibility
from reconciler.rules import model as rules
from reconciler.rules import words as rules_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path
    from reconciler.plan.effect.impact import AccessView, Impact, Sample
    from reconciler.plan.effect.projection import Projection
    from reconciler.rules.model import Condition, Rule

MOST_COUNTED = 3
"""The most conditions that a workspace is asked about; each costs a request."""


@dataclass(frozen=True, slots=True)
class NegativeCondition:
    """A condition that excludes companies."""

    condition: Condition  # as the file has it
    excluded: Condition  # the condition that excluded companies meet
    path: Path
    otherwise: Rule | bool  # the audience without it: a rule, nobody (`False`), or everybody (`True`)


@dataclass(frozen=True, slots=True)
class ComparisonQuery:
    """A question to the workspace: the comparison of two views, counted for a condition, or as a whole."""

    before: AccessView
    after: AccessView
    about: NegativeCondition | None


def questions(config: Config, projected: Projection) -> tuple[ComparisonQuery, ...]:
    """Choose the comparisons for a changed audience; none for any other, or for one that is no rule."""
    rule = _changed(config, projected)
    if rule is None:
        return ()
    meant = audience.wire(rules.plain(rule), config.attribute_types)

    def view(own: Rule | None) -> AccessView:
        plain = "company" if own is None else {"own_for": rules.plain(own)}
        visibility = ticket_visibility.wire(plain, config.attribute_types)
        return {"open": True, "audience": meant, "ticket_visibility": visibility}

    queries = tuple(
        ComparisonQuery(view(negative.otherwise or None), view(negative.excluded), negative)
        for negative in negatives(rule)[:MOST_COUNTED]
        if negative.otherwise is not True
    )
    if queries or projected.after["open"]:
        return queries
    return (ComparisonQuery({**view(None), "open": False}, view(None), None),)


def about(
    config: Config, projected: Projection, effect: Impact | None, queries: Sequence[tuple[ComparisonQuery, Impact]]
) -> Iterator[Diagnostic]:
    """Yield warnings about a changed audience, from its impact, if any, and the answered comparisons."""
    rule = _changed(config, projected)
    reach = effect if projected.after["open"] else None
    reach = reach or next((answer for _, answer in queries), None)
    if rule is None or reach is None or not reach.people:
        return
    if reach.after == reach.people:
        yield _everyone(config, rule, reach.people)
    elif not reach.after:
        yield warning(
            "rule-matches-nobody",
            f"the audience matches none of the {people(reach.people)} who can log in",
            remedy="See the values with portal explain PERSON; `is` compares the case, too. If you want nobody, write "
            "`audience: nobody`.",
            address=audience.KIND.address(config.help_center),
            source=config.source(("audience",)),
        )
    for question, answer in queries:
        if question.about is not None:
            yield _negative(config, question.about, answer)
    rest = negatives(rule)[MOST_COUNTED:]
    if rest:
        lines = _lines(config, [negative.path for negative in rest])
        yield warning(
            "negative-company-condition",
            f"{len(rest)} more conditions exclude companies, and were not counted: {lines}",
            remedy=_REMEDY,
            address=audience.KIND.address(config.help_center),
            source=config.source(rest[0].path),
        )


def negatives(rule: Rule) -> tuple[NegativeCondition, ...]:
    """Find the conditions that exclude companies, in file order."""
    return tuple(
        NegativeCondition(leaf, positive, ("audience", *path), _with(rule, path, value=not upright))
        for leaf, path, upright in _leaves(rule)
        if leaf.attribute.startswith("company.") and (positive := _excluded(leaf, upright=upright))
    )


def _changed(config: Config, projected: Projection) -> Rule | None:
    desired = audience.KIND.desired(config)
    if desired is None or isinstance(desired, str):
        return None
    # What an undo brings back is not the file's rule, and has no lines to point at.
    meant = projected.outcome("audience", "rule") == rules.plain(desired)
    return desired if meant else None


def _leaves(rule: Rule, path: Path = (), *, upright: bool = True) -> Iterator[tuple[Condition, Path, bool]]:
    """Yield each condition with its path, upright under an even number of `not`."""
    match rule:
        case rules.Condition():
            yield rule, path, upright
        case rules.Group(operator, members):
            for index, member in enumerate(members):
                yield from _leaves(member, (*path, operator, index), upright=upright)
        case rules.Not(inner):
            yield from _leaves(inner, (*path, "not"), upright=not upright)


def _excluded(leaf: Condition, *, upright: bool) -> Condition | None:
    """Return the condition that excluded companies meet; `None` where none is excluded."""
    if leaf.operator == "is_not":
        return rules.Condition(leaf.attribute, "is", leaf.value) if upright else None
    return None if upright else leaf


def _with(rule: Rule, path: Path, *, value: bool) -> Rule | bool:
    """Evaluate a rule with the condition at a path taken as `value`."""
    match rule, path:
        case rules.Not(inner), (_, *rest):
            left = _with(inner, tuple(rest), value=value)
            return not left if isinstance(left, bool) else rules.Not(left)
        case rules.Group(operator, members), (_, int(index), *rest):
            left = _with(members[index], tuple(rest), value=value)
            if left is (operator == "any"):
                return left
            others = [member if place != index else left for place, member in enumerate(members)]
            kept = tuple(other for other in others if not isinstance(other, bool))
            return rules.Group(operator, kept) if kept else operator == "all"
    return value


def _everyone(config: Config, rule: Rule, count: int) -> Diagnostic:
    message = f"the audience matches all {people(count)} who can log in"
    remedy = "If you want everyone, write `audience: everyone`; otherwise narrow the rule."
    paths = next(_negations_under_any(rule), ())
    if paths:
        message += f": the negations in {_lines(config, paths)} are under one `any`, "
        message += "so people excluded by one get in by another"
        remedy = "Put the negations under `all:` to exclude each. If you want everyone, write `audience: everyone`."
    return warning(
        "rule-matches-everyone",
        message,
        remedy=remedy,
        address=audience.KIND.address(config.help_center),
        source=config.source(paths[0] if paths else ("audience",)),
    )


def _negations_under_any(rule: Rule, path: Path = ("audience",)) -> Iterator[tuple[Path, ...]]:
    """Yield the paths of the negations of each `any` that has several."""
    match rule:
        case rules.Group(operator, members):
            places = [(*path, operator, index) for index in range(len(members))]
            negations = tuple(place for item, place in zip(members, places, strict=True) if _negation(item))
            if operator == "any" and len(negations) > 1:
                yield negations
            for member, place in zip(members, places, strict=True):
                yield from _negations_under_any(member, place)
        case rules.Not(inner):
            yield from _negations_under_any(inner, (*path, "not"))


def _negation(rule: Rule) -> bool:
    return isinstance(rule, rules.Not) or (isinstance(rule, rules.Condition) and rule.operator == "is_not")


_REMEDY = (
    "A rule is tried with each company of a person, and one is enough. To keep such people out, mark them, and "
    "exclude the mark: `person.tag` `is_not`."
)


def _negative(config: Config, negative: NegativeCondition, answer: Impact) -> Diagnostic:
    sample = answer.sees_less
    words = rules_words.words(negative.condition)
    message = words if negative.condition.operator == "is_not" else f"not ({words})"
    if sample.count:
        gets = "gets" if sample.count == 1 else "get"
        summary = f"{people(sample.count)} {gets} in although {message} excludes one of their companies{_names(sample)}"
    else:
        summary = f"{message} excludes companies, not people; today nobody gets in through another company"
    alone = answer.without_company.count
    if alone and negative.otherwise is False:
        summary += f"; {people(alone)} without a company {'gets' if alone == 1 else 'get'} in, too"
    return warning(
        "negative-company-condition",
        summary,
        remedy=_REMEDY,
        address=audience.KIND.address(config.help_center),
        source=config.source(negative.path),
    )


def _names(sample: Sample) -> str:
    shown = sample.sample[:3]
    more = f" and {sample.count - len(shown)} more" if sample.count > len(shown) else ""
    return f" ({', '.join(shown)}{more})" if shown else ""


def _lines(config: Config, paths: Sequence[Path]) -> str:
    numbers = [str(number) for number in sorted({config.source(path).line for path in paths})]
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    return f"lines {', '.join(numbers[:-1])} and {numbers[-1]}"
