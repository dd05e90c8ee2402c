"""Ask a workspace about people and walk through its pages as them. Changes nothing but sessions of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler import verify, verify_pages
from reconciler.verify import Identity, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.config import Config
    from reconciler.targets.base import Target
    from reconciler.targets.browse import Browser
    from reconciler.verify import Check, Setting, Subject


def run(config: Config, target: Target, people: Sequence[Subject], secret: str | None) -> tuple[Check, ...]:
    """Return every check for every person, in order.

    Args:
        config: The file.
        target: The workspace.
        people: Whom to verify, and what must be so.
        secret: What the web application signs identities with; without it nothing is observed.

    Raises:
        WorkspaceUnusable: The workspace could not be asked, or its pages not be reached.
    """
    setting = verify.setting_of(config, target.observe(config.help_center, config.name))
    answers = _ask(config, target, [one.person for one in people])
    browser = target.browser()
    visits = _Visits(config, target, browser, secret, setting) if secret is not None else None
    checks: list[Check] = []
    try:
        for subject, answer in zip(people, answers, strict=True):
            checks += verify.evaluate(subject, answer)
            if visits and answer["found"]:
                checks += visits.of(subject, answer)
        if visits:
            checks += visits.of_a_stranger(answers)
    finally:
        browser.close()
    return tuple(checks)


def _ask(config: Config, target: Target, people: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    return target.check(config.help_center, people, None, card_shown=None, tickets=verify.MOST)


@dataclass(frozen=True, slots=True)
class _Visits:
    """Looks at pages as one visitor after the other."""

    config: Config
    target: Target
    browser: Browser
    secret: str
    setting: Setting

    def of(self, subject: Subject, answer: Mapping[str, Any]) -> list[Check]:
        """Return what a person meets."""
        found = self._look(subject, answer)
        if any(one.outcome is Outcome.FAILED and one.step in _CHANGING for one in found):
            # People work on tickets meanwhile: only what differs from a new answer too is wrong.
            (answer,) = _ask(self.config, self.target, [subject.person])
            found = self._look(subject, answer)
        return found

    def _look(self, subject: Subject, answer: Mapping[str, Any]) -> list[Check]:
        person, tickets = answer["person"], verify.tickets_of(answer)
        identity = Identity(person["external_id"], person["email"])
        walk = self.browser.walk(identity, self.secret, self.setting, tickets.hidden)
        return list(verify_pages.observe(subject, answer, walk, self.setting, tickets))

    def of_a_stranger(self, answers: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
        """Yield what somebody meets who is not signed in."""
        found = [one for answer in answers if answer["found"] for one in verify.tickets_of(answer).hidden]
        # Whose it is, does not matter to somebody who is nobody.
        hidden = [replace(one, whose="") for one in found[:1]]
        walk = self.browser.walk_signed_out(self.setting, hidden)
        yield from verify_pages.observe_stranger(walk, self.setting)


_CHANGING = ("tickets", "ticket", "hidden")
