"""Expectations: unit tests of access, judged against the projection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.rules.deciding import deciding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.config.desired import Expectation
    from reconciler.core.diagnostics import Path

ABILITIES = {
    "open_portal": "open the portal",
    "see_card": "see the card",
    "see_company_tickets": "see the tickets of colleagues",
}
"""The abilities of a person, in words."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one expected ability of one person."""

    person: str  # as the file names them
    ability: str  # `open_portal`, `see_card` or `see_company_tickets`
    wanted: bool  # whether they must have it, or must not
    holds: bool
    found: bool  # whether the workspace knows the person
    reason: str  # why it does not hold; empty where it does
    path: Path


def people(expectations: Iterable[Expectation]) -> list[str]:
    """Collect the people to ask the workspace about, each once."""
    return list(dict.fromkeys(expectation.person for expectation in expectations))


def judge(expectations: Sequence[Expectation], results: Iterable[Mapping[str, Any]]) -> tuple[Verdict, ...]:
    """Judge every expected ability by the workspace's answers for `people(expectations)`, in order."""
    answers = {result["ref"]: result for result in results}
    return tuple(
        verdict for expectation in expectations for verdict in _verdicts(expectation, answers[expectation.person])
    )


def _verdicts(expectation: Expectation, answer: Mapping[str, Any]) -> Iterator[Verdict]:
    for desired, abilities in ((True, expectation.can), (False, expectation.cannot)):
        for ability in abilities:
            # A person whom the workspace does not know can do nothing, but several of one name might.
            unsure = answer.get("ambiguous", 0) > 1
            able = answer["found"] and answer["can"][ability]
            holds = able == desired and not unsure
            yield Verdict(
                person=expectation.person,
                ability=ability,
                wanted=desired,
                holds=holds,
                found=answer["found"],
                reason="" if holds else _reason(answer, ability, desired=desired),
                path=expectation.path,
            )


def _reason(answer: Mapping[str, Any], ability: str, *, desired: bool) -> str:
    if answer.get("ambiguous", 0) > 1:
        return f"{answer['ambiguous']} people have this address; name one by external id"
    if not answer["found"]:
        return "the workspace has no such person"
    if desired:
        return _why_not(answer, ability)
    by = deciding(answer.get("explanation"))
    return f"would be able to: {by}" if by else "would be able to"


def _why_not(answer: Mapping[str, Any], ability: str) -> str:
    if not answer["in_audience"]:
        return "is not in the audience"
    if not answer["can"]["open_portal"]:
        return "the portal is not open to anybody"
    if ability == "see_card":
        return "the homepage does not show the card"
    return "sees only their own tickets, or belongs to no company"
