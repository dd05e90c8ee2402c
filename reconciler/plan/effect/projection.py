"""Projected state of the workspace after the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.kinds import help_center, homepage, portal
from reconciler.plan.compare import diff
from reconciler.plan.compare import ignore_rules as ignoring
from reconciler.plan.effect import impact
from reconciler.plan.effect.prerequisites import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from reconciler.config.desired import Config
    from reconciler.kinds.state import State
    from reconciler.plan.compare.diff import Difference
    from reconciler.plan.compare.ignore_rules import Ignored
    from reconciler.plan.effect.impact import AccessView
    from reconciler.plan.effect.prerequisites import Values


@dataclass(frozen=True, slots=True)
class Projection:
    """The way from the observed to the desired state."""

    state: State
    differences: tuple[Difference, ...]
    before: AccessView
    after: AccessView
    card_shown: bool  # whether the live homepage will show the portal's card
    publishes_foreign_draft: bool  # whether going live would publish edits that the file did not make
    enables: bool
    fleet_values: Values  # other members' values of workspace settings
    ignored: tuple[Ignored, ...] = ()

    @property
    def changes_access(self) -> bool:
        """Whether anybody's access might change."""
        return self.before != self.after and bool(self.before["open"] or self.after["open"])

    def outcome(self, kind: str, field: str) -> Any:
        """Return the new value of a field of a singleton kind; `None` where it stays."""
        for difference in self.differences:
            if difference.address == kind or difference.address.startswith(f"{kind}/"):
                return difference.outcome.get(field)
        return None


def project(whole: Config, state: State, today: date, fleet_values: Values = NOTHING) -> Projection:
    """Project the state after a configuration, and other members' values of workspace settings (`today` in UTC)."""
    config = ignoring.without_ignored(whole)
    live = state.portal.values["enabled"]
    enables = portal.KIND.desired(config).get("enabled") is True and not live
    before = _with_card(state) if enables else state
    differences = diff.differences(config, before)
    outcome = _outcome_of(differences, homepage.KIND.of(state).address)
    rows = _live_rows(config, state, outcome)
    return replace(
        _projected(config, state, differences, today, rows=rows, fleet_values=fleet_values),
        publishes_foreign_draft=bool(outcome) and _publishes_foreign_draft(config, state, enables=enables),
        ignored=ignoring.rules(whole, before, differences),
    )


def project_revert(whole: Config, state: State, today: date) -> Projection:
    """Project the revert of drift to the recorded values, for fields that the file did not change (UTC)."""
    config = ignoring.without_ignored(whole)
    all_differences = diff.differences(config, state)
    differences = tuple(
        replace(difference, fields=drifted)
        for difference in all_differences
        if (drifted := tuple(change for change in difference.fields if change.origin is diff.Origin.DRIFT))
    )
    outcome = _outcome_of(differences, homepage.KIND.of(state).address)
    rows = _live_rows(config, state, outcome)
    return replace(
        _projected(config, state, differences, today, rows=rows),
        ignored=ignoring.rules(whole, state, all_differences),
    )


def project_undo(config: Config, state: State, differences: tuple[Difference, ...], today: date) -> Projection:
    """Project the undo of an apply; the configuration only names the Help Center (`today` in UTC)."""
    page = homepage.KIND.of(state)
    result = next((difference.result for difference in differences if difference.address == page.address), None) or {}
    rows = result.get("live", page.facts["live"])
    return _projected(config, state, differences, today, rows=rows)


def _projected(
    config: Config,
    state: State,
    differences: tuple[Difference, ...],
    today: date,
    *,
    rows: Sequence[dict[str, Any]],
    fleet_values: Values = NOTHING,
) -> Projection:
    """Project differences, without publishing another's draft, to the live homepage's `rows`; `today` in UTC."""
    return Projection(
        state=state,
        differences=differences,
        before=impact.view_before(state),
        after=impact.view_after(config, state, differences, today, fleet_values),
        card_shown=_is_live(state, differences) and homepage.shows_card(rows),
        publishes_foreign_draft=False,
        enables=_outcome_of(differences, state.portal.address).get("enabled") is True,
        fleet_values=fleet_values,
    )


def _with_card(state: State) -> State:
    """Add the portal's card to the draft, as enabling the portal does."""
    page = homepage.KIND.of(state)
    return replace(state, resources={**state.resources, page.address: homepage.with_card(page)})


def _outcome_of(differences: tuple[Difference, ...], address: str) -> Mapping[str, Any]:
    return next((difference.outcome for difference in differences if difference.address == address), {})


def _is_live(state: State, differences: tuple[Difference, ...]) -> bool:
    """Tell whether the homepage will be live; not every profile of required settings asks for that."""
    site = help_center.KIND.of(state)
    return bool(_outcome_of(differences, site.address).get("live", site.values["live"]))


def _live_rows(config: Config, state: State, outcome: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """Return the sections of the live homepage afterwards."""
    facts = homepage.KIND.of(state).facts
    rows: Sequence[dict[str, Any]] = facts["live"]
    if homepage.KIND.publishes(config):
        rows = outcome.get("sections", facts["draft"] if "publish" in outcome else rows)
    return rows


def _publishes_foreign_draft(config: Config, state: State, *, enables: bool) -> bool:
    page = homepage.KIND.of(state)
    desired = dict(homepage.KIND.declared(config))[page.address]
    return homepage.publishes_foreign_draft(desired.get("sections", True), page, enables=enables)
