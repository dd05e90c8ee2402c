"""Run a verification: ask about people, walk the pages as them, and note the result in the workspace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import error, warning
from reconciler.core.errors import PortalError, UsageError
from reconciler.operations.verify import checks as verify
from reconciler.operations.verify import pages as verify_pages
from reconciler.operations.verify.checks import Identity, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.state import Record
    from reconciler.operations.verify.browser import Browser
    from reconciler.operations.verify.checks import Check, PersonUnderTest, PortalSetup
    from reconciler.target.protocol import Target

SECRET = "PORTAL_IDENTITY_SECRET"  # noqa: S105 (the name of a variable)
"""The environment variable with a web application's signing secret."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of a verification against the record at its beginning; `observed` if anybody logged in."""

    checks: tuple[Check, ...]
    record: Record | None
    observed: bool

    @property
    def counts(self) -> dict[str, int]:
        """Count the checks by outcome."""
        outcomes = [check.outcome for check in self.checks]
        return {outcome.value: outcomes.count(outcome) for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED)}


def note(config: Config, target: Target, verified: Verified) -> Diagnostic | None:
    """Note the result with the record, if what was verified is what was applied; return why it was not noted."""
    if verified.record is None:
        return None
    if verified.record.digest != config.digest:
        return warning(
            "verification-not-noted",
            f"the workspace did not note it: {config.document.file} is not what was last applied to {target.name}",
            remedy="Apply it, then verify it. Only what was verified as it was applied can be promoted.",
        )
    counts = verified.counts
    body = {"digest": config.digest, "passed": not counts["failed"], "observed": verified.observed, "counts": counts}
    try:
        target.note_verification(config.name, body, verified.record.revision)
    except PortalError as problem:
        reason = "; ".join(diagnostic.summary for diagnostic in problem.diagnostics)
        remedy = "Verify again once that is solved, where this is to be promoted; a token needs the scope write for it."
        return warning("verification-not-noted", f"the workspace could not note it: {reason}", remedy=remedy)
    return None


def run(
    config: Config,
    target: Target,
    people: Sequence[PersonUnderTest],
    *,
    observe: bool = True,
    secret: str | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> Verified:
    """Run every check for every person; without `secret` the sample web application signs people in, if there is one.

    Raises UsageError where nobody can be logged in, or WorkspaceUnusable.
    """
    from reconciler.operations.verify.browser import Browser

    checks: list[Check] = []
    browser = Browser(target.endpoint)
    try:
        if observe and secret is None and not browser.has_sample():
            raise UsageError(_no_secret())
        state = target.observe(config.help_center, config.name)
        setting = verify.setting_of(config, state)
        answers = _ask(config, target, [person.person for person in people])
        visits = _PageWalker(config, target, browser, secret, setting) if observe else None
        for subject, answer in zip(people, answers, strict=True):
            checks += verify.evaluate(subject, answer)
            if visits and answer["found"]:
                checks += visits.of(subject, answer)
            progress(1)
        if visits:
            checks += visits.of_a_stranger(answers)
    finally:
        browser.close()
    return Verified(tuple(checks), state.record, observed=visits is not None)


def _no_secret() -> Diagnostic:
    return error(
        "identity-secret-missing",
        "no secret to sign identities is set, so nobody can be logged in",
        remedy=f"Put it into the environment variable {SECRET}, or give --evaluate-only.",
    )


def _ask(config: Config, target: Target, people: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    return target.check(config.help_center, people, None, card_shown=None, tickets=verify.MOST)


@dataclass(frozen=True, slots=True)
class _PageWalker:
    """Visits pages as one visitor after the other."""

    config: Config
    target: Target
    browser: Browser
    secret: str | None
    setting: PortalSetup

    def of(self, subject: PersonUnderTest, answer: Mapping[str, Any]) -> list[Check]:
        """Check the pages as a person sees them."""
        checks = self._look(subject, answer)
        if any(check.outcome is Outcome.FAILED and check.step in _CHANGING for check in checks):
            # People work on tickets meanwhile: only what differs from a new answer too is wrong.
            (answer,) = _ask(self.config, self.target, [subject.person])
            checks = self._look(subject, answer)
        return checks

    def _look(self, subject: PersonUnderTest, answer: Mapping[str, Any]) -> list[Check]:
        person, tickets = answer["person"], verify.tickets_of(answer)
        identity = Identity(person["id"], person["external_id"], person["email"])
        walk = self.browser.walk(identity, self.secret, self.setting, tickets.hidden)
        return list(verify_pages.observe(subject, answer, walk, self.setting, tickets))

    def of_a_stranger(self, answers: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
        """Check the pages as a stranger sees them."""
        hiddens = [item for answer in answers if answer["found"] for item in verify.tickets_of(answer).hidden]
        # Whose it is, does not matter to somebody who is nobody.
        hidden = [replace(item, whose="") for item in hiddens[:1]]
        walk = self.browser.walk_signed_out(self.setting, hidden)
        yield from verify_pages.observe_stranger(walk, self.setting)


_CHANGING = ("tickets", "ticket", "hidden")
