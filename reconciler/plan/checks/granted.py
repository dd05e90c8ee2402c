"""Lint granted companies: each name must be one person, and each company must exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import error, info
from reconciler.core.errors import Blocked
from reconciler.core.wording import people
from reconciler.kinds.base import MISSING
from reconciler.kinds.granted_companies import KIND, ByName, gains, grantors
from reconciler.rules import model as rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic, Path
    from reconciler.kinds.granted_companies import Grantor
    from reconciler.kinds.state import State
    from reconciler.plan.effect.projection import Projection


MOST = 100
"""The most companies that the vendor takes for one person."""
_NAMED = 3
MOST_PEOPLE = 1000
MOST_GRANTS = 10_000
"""The most that one plan decides on: a vendor tells and takes grants person by person."""


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
            remedy="Have them enabled first; for a vendor's workspace, its support does that.",
            source=config.source(("granted_companies",)),
            address=KIND.address(),
        )
        return
    entries: Sequence[Mapping[str, Any]] = answer["people"]
    for person in entries:
        yield from _person(config, person, resource.values if resource else None)
    yield from _twice(config, entries)
    for company in answer["missing_companies"]:
        named = [ref for ref, some in KIND.desired(config).items() if company in some]
        yield error(
            "company-unknown",
            f"there is no company {company} in {state.workspace_name}",
            remedy="Write the id that your application gave the company: its company_id.",
            source=config.source(("granted_companies", named[0])) if named else None,
            address=KIND.address(),
        )


def by_rule(config: Config, projected: Projection) -> Iterator[Diagnostic]:
    """Yield a remark that names some of the people whose grants rules change: fields have their ids only."""
    changes = [
        change
        for difference in projected.differences
        if difference.address == KIND.address()
        for change in difference.fields
        if change.field in config.by_rule
    ]
    more = [config.by_rule[change.field].called for change in changes if gains(change.before, change.after)]
    less = [config.by_rule[change.field].called for change in changes if _loses(change.before, change.after)]
    parts = [f"{word} {_some(names)}" for word, names in (("granted to", more), ("taken from", less)) if names]
    if parts:
        yield info(
            "granted-by-rule",
            f"by rule, companies are {', and '.join(parts)}",
            remedy="The fields of granted_companies name everybody by contact id.",
            source=config.source(("granted_by_rule",)),
            address=KIND.address(),
        )


def _loses(before: Any, after: Any) -> bool:
    return before is not MISSING and not set(before) <= set(after)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(sorted(names)[:_NAMED])
    return f"{people(len(names))} ({shown}{f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''})"


def incomplete(config: Config, projected: Projection) -> Iterator[Diagnostic]:
    """Yield an error where rules change grants, and a vendor's people are not all known: who matches is a guess."""
    upstream, (changed, _) = projected.state.upstream, named(projected)
    if upstream is None or config.by_rule.keys().isdisjoint(changed):
        return
    mirror = upstream.mirror
    names = {name for grantor in grantors(config) for name in _attributes(grantor)}
    tied = any(name.startswith("company.") or name.endswith(".tag") for name in names)
    if mirror["complete"] and not (mirror["incomplete_people"] and tied):
        return
    why = mirror["reason"] or "a sweep is under way"
    if mirror["complete"]:
        why = f"the companies or tags of {people(mirror['incomplete_people'])} could not be read"
    yield error(
        "grants-people-incomplete",
        f"companies are granted by rule, and not everybody is known: {why}",
        remedy="Run portal mirror refresh --whole, and plan again once it is complete.",
        source=config.source(("granted_by_rule",)),
        address=KIND.address(),
    )


def _attributes(grantor: Grantor) -> frozenset[str]:
    return frozenset() if grantor.where is None else rules.attributes(grantor.where)


def refuse_too_wide(config: Config, rule: int, count: int) -> None:
    """Refuse a rule that grants companies to too many people; raise Blocked."""
    if count > MOST_PEOPLE:
        raise Blocked(_too_wide(config, ("granted_by_rule", rule, "where"), f"this rule holds for {people(count)}"))


def refuse_too_many(config: Config) -> None:
    """Refuse more granted companies than a person can have, or than a plan decides on; raise Blocked."""
    if diagnostics := [*too_many(config)]:
        raise Blocked(diagnostics)


def too_many(config: Config) -> Iterator[Diagnostic]:
    """Yield errors for people with more granted companies than possible, and for more people than a plan decides on."""
    desired = KIND.desired(config)
    count, grants = len(desired), sum(map(len, desired.values()))
    if count > MOST_PEOPLE:
        yield _too_wide(config, ("granted_by_rule",), f"the grants of {people(count)} are to be decided")
    elif grants > MOST_GRANTS:
        yield _too_wide(config, ("granted_companies",), f"{grants:,} grants are to be decided")
    for ref, some in desired.items():
        if len(some) > MOST:
            yield error(
                "grants-too-many",
                f"{ref} would be granted {len(some)} companies, but the limit is {MOST}",
                remedy="Make the person a member of the companies instead, or remove some.",
                source=config.source(("granted_companies", ref)),
                address=KIND.address(),
            )


def _too_wide(config: Config, path: Path, what: str) -> Diagnostic:
    return error(
        "grants-too-many-people",
        f"{what}, and one plan decides on at most {MOST_PEOPLE:,} people and {MOST_GRANTS:,} grants",
        remedy="Narrow the rules, or make the people members of the companies instead.",
        source=config.source(path),
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


def _twice(config: Config, entries: Sequence[Mapping[str, Any]]) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for person in entries:
        before = first.setdefault(person["id"], person["ref"]) if person["id"] is not None else person["ref"]
        if before != person["ref"]:
            yield error(
                "granted-twice",
                f"{before} and {person['ref']} are the same person",
                remedy="Keep one of them, with all companies.",
                source=config.source(("granted_companies", person["ref"])),
                address=KIND.address(),
            )
