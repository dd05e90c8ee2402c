"""Preflight: diagnostics about a plan before it is applied; errors forbid it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import Diagnostic, error, info, warning
from reconciler.core.wording import did_you_mean, listed
from reconciler.kinds import audience, data_attribute, granted_companies, homepage, ticket_visibility
from reconciler.kinds.registry import kind_of
from reconciler.plan.checks.expectations import ABILITIES
from reconciler.plan.compare import diff
from reconciler.plan.effect.prerequisites import Status
from reconciler.rules.attributes import CONDITION_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.config.desired import Config
    from reconciler.kinds.state import Other, State
    from reconciler.plan.checks.expectations import Verdict
    from reconciler.plan.checks.guards import GuardResult
    from reconciler.plan.compare.coverage import Coverage
    from reconciler.plan.compare.diff import Difference
    from reconciler.plan.effect.prerequisites import Prerequisite
    from reconciler.plan.effect.projection import Projection

_NAMED = 5
"""The most fields named on one line."""


def about(
    config: Config,
    projected: Projection,
    settings: Sequence[Prerequisite],
    verdicts: Sequence[Verdict],
    guarded: Sequence[GuardResult],
    *,
    undoes: bool = False,
) -> Iterator[Diagnostic]:
    """Yield the preflight diagnostics of a plan; the file's expectations were not made for one that `undoes`."""
    yield from _settings(config, projected, settings)
    yield from _attributes(config, projected.differences)
    # Others of a fleet may open or close the portal where nothing is changed here.
    moved = bool(projected.differences) or (bool(projected.fleet_values) and projected.changes_access)
    yield from _expectations(config, verdicts, strict=moved and not undoes)
    for result in guarded:
        if result.blocks:
            ways = f"--allow {result.risk}" + (f", or {result.key}" if result.key else "")
            named = result.name in config.document.values.get("guards", {})
            source = config.source(("guards", result.name)) if named else None
            yield error("guard-exceeded", result.summary, remedy=f"If you want that, allow it: {ways}.", source=source)
    if projected.enables and homepage.KIND.desired(config) is None:
        yield warning(
            "card-added-by-default",
            "enabling the portal adds its card to the draft of the homepage",
            remedy="The file ignores the homepage, so an editor has to set it live."
            if "homepage" in config.document.values
            else "Describe the homepage in the file to place the card and set it live.",
        )


def ignored(whole: Config, managed: Config, projected: Projection) -> Iterator[Diagnostic]:
    """Yield diagnostics about the ignore rules of `whole`; `managed` is the configuration without ignored fields."""
    for ignored in projected.ignored:
        if ignored.idle:
            yield warning(
                "ignore-idle",
                f"nothing in the file or the workspace matches {ignored.rule.address}"
                + (f" {ignored.rule.field}" if ignored.rule.field else ""),
                remedy="Check the spelling against the addresses in a plan, or remove the rule.",
                source=whole.source(ignored.rule.path),
            )
    yield from _ignored_attributes(whole, managed, projected.state)


def unknown(ledger: Coverage) -> Iterator[Diagnostic]:
    """Yield a remark about live fields unknown to this version."""
    strange = ledger.unknown
    if not strange:
        return
    names = [f"{entry.address} {entry.field}" for entry in strange[:_NAMED]]
    more = f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else ""
    count = "1 live field is" if len(strange) == 1 else f"{len(strange)} live fields are"
    yield info(
        "unknown-live-fields",
        f"{count} unknown to this version: {', '.join(names)}{more}",
        remedy="The file cannot describe them, and their content stays as it is. A newer version may know them.",
    )


def _ignored_attributes(whole: Config, managed: Config, state: State) -> Iterator[Diagnostic]:
    """Yield errors for attributes whose type is ignored, and yet needed."""
    given = (grantor.where for grantor in granted_companies.grantors(managed))
    parts = (audience.KIND.desired(managed), ticket_visibility.KIND.desired(managed), *given)
    decisive = [part for part in parts if part and not isinstance(part, str)]
    named = frozenset().union(*map(ticket_visibility.attribute_addresses, decisive))
    for attribute, fields in data_attribute.KIND.desired(whole).items():
        address = data_attribute.KIND.address(attribute)
        kept = data_attribute.KIND.desired(managed).get(attribute, {})
        if "type" not in fields or "type" in kept or not (address in named or kept):
            continue
        resource = state.resources.get(address)
        live = resource.values["type"] if resource else None
        desired = fields["type"]
        if live is not None and CONDITION_TYPE.get(live) == CONDITION_TYPE[desired]:
            continue
        has = "has none" if live is None else f"has one of type {live}"
        yield error(
            "ignored-attribute-needed",
            f"{address} is ignored, but the file needs it as {desired}, and the workspace {has}",
            remedy="Remove the ignore rule, or have the attribute made in the workspace first.",
            address=address,
            source=whole.source(("data_attributes", *attribute.split(".", 1), "type")),
        )


_BY_FLEET = ", by another configuration of this fleet"
_BROKEN = {
    Status.BROKEN_BY_PLAN: "would no longer hold",
    Status.BROKEN_BY_FLEET: f"would no longer hold{_BY_FLEET}",
}


def _settings(config: Config, projected: Projection, settings: Sequence[Prerequisite]) -> Iterator[Diagnostic]:
    address = projected.state.portal.address
    enables = projected.enables
    stays = projected.state.portal.values["enabled"] and projected.outcome("portal", "enabled") is not False
    for setting in settings:
        if setting.status.holds_after:
            continue
        if setting.required and enables:
            yield error(
                "required-setting-unmet",
                f"{setting.title}: {setting.found}{_BY_FLEET if setting.status is Status.BROKEN_BY_FLEET else ''}",
                remedy=setting.remedy,
                address=address,
                source=config.source(("portal", "enabled")),
            )
        elif setting.required and stays:
            message = _BROKEN.get(setting.status, "does not hold")
            yield warning(
                "portal-ineffective",
                f"the portal is enabled, but nobody can open it: “{setting.title}” {message} ({setting.found})",
                remedy=setting.remedy,
                address=address,
            )
        elif enables or stays:
            yield warning(
                "recommended-setting-unmet", f"{setting.title}: {setting.found}", remedy=setting.remedy, address=address
            )


def _attributes(config: Config, differences: Iterable[Difference]) -> Iterator[Diagnostic]:
    for difference in differences:
        if difference.resource is None or difference.removes or not difference.address.startswith("data_attribute/"):
            continue
        for change in difference.fields:
            if change.field == "type":
                yield error(
                    "attribute-type-fixed",
                    f"{difference.address} is {change.before} in the workspace; the type of an attribute cannot change",
                    remedy=f"Write type: {change.before}, or choose another name.",
                    address=difference.address,
                    source=config.source(change.path),
                )


def _expectations(config: Config, verdicts: Iterable[Verdict], *, strict: bool) -> Iterator[Diagnostic]:
    for verdict in verdicts:
        source, able = config.source(verdict.path), f"be able to {ABILITIES[verdict.ability]}"
        if not verdict.holds:
            make = error if strict else warning
            yield make(
                "expectation-broken",
                f"{verdict.person} {'must' if verdict.wanted else 'must not'} {able}, but {verdict.reason}",
                remedy="Change the settings that decide this, or the expectation.",
                source=source,
            )
        elif not verdict.found:
            yield warning(
                "person-unknown",
                f"{verdict.person} must not {able}, and the workspace has no such person",
                remedy="Check the spelling: an expectation about an unknown person proves nothing.",
                source=source,
            )


def shared(config: Config, projected: Projection) -> Iterator[Diagnostic]:
    """Warn of fields that another configuration manages, too: one warning per resource, ignored fields aside."""
    changed = {
        (difference.address, change.field) for difference in projected.differences for change in difference.fields
    }
    for address, declared in diff.declared(config).items():
        kind = kind_of(address)
        # What cannot change is nothing to fight about: both may need it for their rules.
        mine = [field for field in declared if field not in kind.fixed]
        others = projected.state.others.of(address) if mine else ()
        fields = [(other, [field for field in mine if field in other.manages[address]]) for other in others]
        fought = [(other, both) for other, both in fields if both]
        for other, both in fought[:_NAMED]:
            taken = [field for field in both if (address, field) in changed]
            yield _shared(config, other, address, both, taken)
        are_more = projected.state.others.are_more(address, mine)
        if are_more or len(fought) > _NAMED:
            yield warning(
                "managed-elsewhere",
                f"{'many' if are_more else len(fought) - _NAMED} more configurations manage fields of {address}, too",
                remedy="Keep settings of the whole workspace in one file only.",
                address=address,
                source=config.source(kind.source(address, mine[0])),
            )


def _shared(config: Config, other: Other, address: str, both: Sequence[str], taken: Sequence[str]) -> Diagnostic:
    name, fields = other.name, listed(both, "and")
    message = f"{name} manages {fields} of {address}, too: applied at {other.applied_at} by {other.applied_by}"
    if taken:
        message += f"; a change of {listed(taken, 'and')} here is drift there, and an apply of {name} puts it back"
    return warning(
        "managed-elsewhere",
        message,
        remedy="Keep it in one file only: remove it from the other, and apply that one once. "
        f"If {name} has dropped it already, its file was not applied since.",
        address=address,
        source=config.source(kind_of(address).source(address, both[0])),
    )


def running(state: State) -> Iterator[Diagnostic]:
    """Report an apply of the same configuration that is running, or that died."""
    lease, begun = state.lease, state.unfinished
    if lease is not None:
        yield warning(
            "apply-running",
            f"{lease['holder']} has locked {lease['name']} since {lease['acquired_at']}: {lease['reason']}",
            remedy="This plan may change until that apply has ended.",
        )
    elif begun is not None and (waits := _waiting(state, begun["id"])) is not None:
        yield warning(
            "apply-waits",
            f"{begun['id']}, begun by {begun['holder']} at {begun['started_at']}, waits for a person since "
            f"{waits['since']}: {waits['task']}",
            remedy=f"portal task show {waits['task']} says what to do; afterwards, portal {_again(waits)} goes on.",
        )
    elif begun is not None:
        done = begun["steps_done"]
        yield warning(
            "apply-unfinished",
            f"{begun['id']}, begun by {begun['holder']} at {begun['started_at']}, never ended; "
            f"{done} of its requests {'was' if done == 1 else 'were'} done",
            remedy=f"The rest is in this plan; portal apply goes on with it. portal show {begun['id']} tells what "
            "was done.",
        )


def _again(waits: Mapping[str, Any]) -> str:
    """Return the verb that goes on with a waiting apply."""
    return {"undo": "undo, with the same receipt,", "revert": "drift --revert"}.get(waits["action"], "apply")


def _waiting(state: State, receipt: str) -> Mapping[str, Any] | None:
    applies = () if state.upstream is None else state.upstream.waiting
    return next((entry for entry in applies if entry["receipt"] == receipt), None)


def no_help_center(config: Config, workspace: str, known: Sequence[str]) -> Diagnostic:
    """Report a Help Center that the workspace does not have."""
    return error(
        "help-center-unknown",
        f"{workspace} has no Help Center {config.help_center!r}",
        remedy=did_you_mean(config.help_center, known, f"It has {', '.join(known) or 'none'}."),
        source=config.source(("help_center", "identifier")),
    )
