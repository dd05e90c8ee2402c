"""Checks of a portal's setup for given people, by the vendor's four steps.

Pick a person; look at their companies; look at the access conditions; log in and try. The workspace's word on the first
three is *evaluated* here; its pages are *observed*, and judged in `pages`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reconciler.kinds import help_center, homepage
from reconciler.kinds.messenger import identity, spaces
from reconciler.plan.checks.expectations import ABILITIES
from reconciler.rules import model as rules
from reconciler.rules import wire, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.config.desired import Config, Expectation
    from reconciler.kinds.state import State


class Outcome(StrEnum):
    """The outcome of a check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Known(StrEnum):
    """How an outcome is known."""

    EVALUATED = "evaluated"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True)
class Check:
    """One check for one person.

    Steps: `identify`, `companies`, `conditions`, `sign_in`, `card`, `url`, `banner`, `tickets` (the list of them),
    `ticket` (the page of one), `hidden` (pages of tickets that are not theirs to see).
    """

    person: str | None  # as named; `None` where nobody was signed in
    step: str
    outcome: Outcome
    known: Known  # evaluated, or observed end to end
    said: str


@dataclass(frozen=True, slots=True)
class PersonUnderTest:
    """A person and the abilities that they must, or must not, have; any other must only agree on every way."""

    person: str  # email address, external id or contact id
    desired: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class PortalSetup:
    """The live setup that the ways into the portal depend on; `portal_url` is `None` while the portal is disabled."""

    home_url: str
    portal_url: str | None
    card_shown: bool
    card_desired: bool
    space_on: bool
    space_desired: bool
    identity: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of a web application's user: its own id, or else the email address."""

    contact_id: str  # for the sample web application only
    external_id: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Hidden:
    """A ticket that the pages must not show to a person."""

    number: int
    whose: str  # `own`, `colleague`, `other`, or `internal` for one that is not for customers at all
    url: str


@dataclass(frozen=True, slots=True)
class Tickets:
    """A person's tickets by the access check: the lowest numbers, at most `MOST`, and some that they must not see."""

    count: int
    numbers: tuple[int, ...]
    hidden: tuple[Hidden, ...]


MOST = 200
"""The most tickets of a person that are compared with the list on their page."""


def tickets_of(answer: Mapping[str, Any]) -> Tickets:
    """Read the tickets from an access check that was asked for them."""
    tickets = answer["tickets"]
    hidden = tuple(Hidden(value["number"], value["whose"], value["url"]) for value in tickets["hidden"])
    return Tickets(tickets["count"], tuple(tickets["numbers"]), hidden)


def subjects(
    named: Sequence[str], refused: Sequence[str], expectations: Sequence[Expectation]
) -> list[PersonUnderTest]:
    """Collect the people to verify, named, refused, or of expectations, each once."""
    desired: dict[str, dict[str, bool]] = {}
    for expectation in expectations:
        abilities = dict.fromkeys(expectation.can, True) | dict.fromkeys(expectation.cannot, False)
        desired.setdefault(expectation.person, {}).update(abilities)
    for people, able in ((named, True), (refused, False)):
        for person in people:
            desired.setdefault(person, {})["open_portal"] = able
    return [PersonUnderTest(person, abilities) for person, abilities in desired.items()]


def evaluate(subject: PersonUnderTest, answer: Mapping[str, Any]) -> Iterator[Check]:
    """Yield the checks that the workspace's access check decides: identity, companies, conditions."""

    def check(step: str, text: str, *, holds: bool) -> Check:
        return Check(subject.person, step, Outcome.PASSED if holds else Outcome.FAILED, Known.EVALUATED, text)

    if not answer["found"]:
        several = answer.get("ambiguous", 0)
        message = f"{several} people are called that" if several > 1 else "the workspace has no such person"
        yield check("identify", message, holds=False)
        return
    person = answer["person"]
    yield check("identify", _known_as(person), holds=True)
    companies = person["companies"]
    must = subject.desired.get("open_portal")
    if must is not False:
        message = (
            f"belongs to {', '.join(companies)}" if companies else "belongs to no company: the portal would be empty"
        )
        yield check("companies", message, holds=bool(companies))
    can = answer["can"]["open_portal"]
    yield check("conditions", f"{_can(can)} open the portal: {_why(answer)}", holds=must is None or can == must)
    for ability, able in subject.desired.items():
        if ability != "open_portal":
            actual = answer["can"][ability]
            yield check("conditions", f"{_can(actual)} {ABILITIES[ability]}", holds=actual == able)


def setting_of(config: Config, state: State) -> PortalSetup:
    """Read the setup from the observed and the desired state."""
    page = homepage.KIND.desired(config)
    listed = (page.rows or ()) if page else ()
    site = help_center.KIND.of(state)
    return PortalSetup(
        home_url=site.facts["url"],
        portal_url=state.portal.facts["url"],
        card_shown=bool(site.values["live"]) and homepage.shows_card(homepage.KIND.of(state).facts["live"]),
        card_desired=homepage.shows_card(listed),
        space_on=spaces.KIND.of(state).values["tickets"],
        space_desired=spaces.KIND.desired(config).get("tickets", False),
        identity=identity.KIND.of(state).values["mode"],
    )


def _known_as(person: Mapping[str, Any]) -> str:
    names = [person["name"], person["email"], person["external_id"]]
    return ", ".join(name for name in names if name) or str(person["id"])


def _can(able: object) -> str:
    return "can" if able else "cannot"


def _why(answer: Mapping[str, Any]) -> str:
    if answer["in_audience"] and not answer["can"]["open_portal"]:
        return "the portal is disabled, or a required setting is not met"
    explanation = answer["explanation"]
    if explanation is None:
        return "the audience is everyone" if answer["in_audience"] else "the audience is nobody"
    pairs = explanation["pairs"]
    pair = next((value for value in pairs if value["holds"]), pairs[0])
    company = f" (with {pair['company']['name']})" if pair["company"] else ""
    return "; ".join(_deciding(pair["tree"])) + company


def _deciding(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield the deciding conditions: those that hold where the rule does, else those that do not."""
    if "operator" not in node:
        rule = wire.from_wire(node)
        message = words.words(rule) if isinstance(rule, rules.Condition) else str(node["attribute"])
        yield message if node["holds"] else f"not so: {message}"
        return
    if node["operator"] == "not":
        yield from _deciding(node["predicates"][0])
        return
    same = [predicate for predicate in node["predicates"] if predicate["holds"] == node["holds"]]
    # One that fails is enough to fail all of them, and one that holds is enough for any of them.
    decides_alone = node["operator"] == ("or" if node["holds"] else "and")
    for value in same[:1] if decides_alone else same:
        yield from _deciding(value)
