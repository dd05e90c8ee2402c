"""Verify the members of a batch, each by the people of its expectations; a failure stops no other."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.errors import PortalError
from reconciler.core.secrets import checked
from reconciler.fleet import document as fleet_document
from reconciler.fleet import planning
from reconciler.operations.verify import checks as verify
from reconciler.operations.verify import run as verification
from reconciler.operations.verify.document import verify_document

if TYPE_CHECKING:
    from reconciler.config.desired import Config
    from reconciler.fleet.document import Outcome
    from reconciler.fleet.model import Batch, Member
    from reconciler.fleet.planning import BatchResult
    from reconciler.operations.verify.checks import PersonUnderTest
    from reconciler.target.protocol import Target


@dataclass(frozen=True, slots=True)
class VerifyQuery:
    """The query of a verification: `named` people must get in too; `whole` keeps documents without findings."""

    named: tuple[str, ...]
    refused: tuple[str, ...]
    observe: bool
    whole: bool

    def people(self, config: Config) -> list[PersonUnderTest]:
        """Collect the people to verify for a configuration."""
        return verify.subjects(self.named, self.refused, config.expectations)


def work(batch: Batch, desired: VerifyQuery) -> BatchResult:
    """Verify the members of a batch."""
    try:
        secret = identity_secret() if desired.observe else None
        with planning.opened(batch.site) as target:
            return planning.BatchResult(tuple(_member(member, target, desired, secret) for member in batch.members))
    except PortalError as problem:
        return planning.failed(batch, problem.diagnostics, problem.exit_code)


def identity_secret() -> str | None:
    """Return the identities' signing secret, if given, read late like a token; raise NotAllowed if it is malformed."""
    secret = os.environ.get(verification.SECRET)
    return checked(verification.SECRET, secret) if secret else None


def _member(member: Member, target: Target, desired: VerifyQuery, secret: str | None) -> Outcome:
    config = member.config
    people = desired.people(config)
    if not people:
        return fleet_document.unchanged(member, target.name, "nothing_to_verify", ())
    try:
        verified = verification.run(config, target, people, observe=desired.observe, secret=secret)
    except PortalError as problem:
        return fleet_document.failed(member, target.name, problem.diagnostics, problem.exit_code)
    document = verify_document(config, target.name, verified, verification.note(config, target, verified))
    failed = document["counts"]["failed"]
    return fleet_document.settled(member, target.name, document, 3 if failed else 0, failed, keep=desired.whole)
