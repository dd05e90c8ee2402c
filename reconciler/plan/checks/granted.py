"""Lint granted companies: each name must be one person, and each company must exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import error
from reconciler.core.errors import Blocked
from reconciler.kinds.granted_companies import KIND, ByName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.state import State
    from reconciler.plan.effect.projection import Projection


MOST = 100
"""The most companies that the vendor takes for one person."""


def named(projected: Projection) -> tuple[list[str], list[str]]:
    """Collect the people and companies of changed grants."""
    for difference in projected.differences:
        if difference.address == KIND.address():
            companies = {company for some in difference.outcome.values() for company in some}
            return sorted(difference.outcome), sorted(companies)
    return [], []


def about(config: Config, state: State, answer: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield errors about grants that the workspace would refuse, from its resolution of the names."""
    resource = KIND.find(state)
    if resource is not None and not resource.facts["enabled"]:
        yield error(
            "grants-not-enabled",
            f"{state.workspace_name} has no granted companies",
            remedy="They have to be enabled for the workspace first; for a vendor's workspace its support does that.",
            source=config.source(("granted_companies",)),
            address=KIND.address(),
        )
        return
    people: Sequence[Mapping[str, Any]] = answer["people"]
    for person in people:
        yield from _person(config, person, resource.values if resource else None)
    yield from _twice(config, people)
    for company in answer["missing_companies"]:
        named = [ref for ref, some in KIND.desired(config).items() if company in some]
        yield error(
            "company-unknown",
            f"there is no company {company} in {state.workspace_name}",
            remedy="Write the id that your application gave the company: its company_id.",
            source=config.source(("granted_companies", named[0])) if named else None,
            address=KIND.address(),
        )


def refuse_too_many(config: Config) -> None:
    """Refuse more granted companies than a person can have; raise Blocked."""
    if diagnostics := [*too_many(config)]:
        raise Blocked(diagnostics)


def too_many(config: Config) -> Iterator[Diagnostic]:
    """Yield an error for each person with more granted companies than possible."""
    for ref, some in (KIND.desired(config) or {}).items():
        if len(some) > MOST:
            yield error(
                "grants-too-many",
                f"{ref} is to be granted {len(some)} companies, and nobody can be granted more than {MOST}",
                remedy="Let the person belong to the companies instead, or leave some out.",
                source=config.source(("granted_companies", ref)),
                address=KIND.address(),
            )


def _person(config: Config, entry: Mapping[str, Any], there: Any) -> Iterator[Diagnostic]:
    ref, several = entry["ref"], entry["ambiguous"]
    answer = there.person(ref) if isinstance(there, ByName) else None
    if entry["id"] is not None and (answer is None or answer["id"] == entry["id"]):
        return
    if entry["id"] is not None:
        several = 2
    yield error(
        "person-ambiguous" if several else "person-unknown",
        f"{several or 'no'} people are called {ref}",
        remedy="Name the person by external id or contact id."
        if several
        else "Give an email address, an external id or a contact id; portal preview lists people.",
        source=config.source(("granted_companies", ref)),
        address=KIND.address(),
    )


def _twice(config: Config, people: Sequence[Mapping[str, Any]]) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for person in people:
        before = first.setdefault(person["id"], person["ref"]) if person["id"] is not None else person["ref"]
        if before != person["ref"]:
            yield error(
                "granted-twice",
                f"{before} and {person['ref']} are the same person",
                remedy="Keep one of them, with all companies.",
                source=config.source(("granted_companies", person["ref"])),
                address=KIND.address(),
            )
