"""Guards: limits on access changes, overridable with --allow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reconciler.core.wording import people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config.desired import Guards
    from reconciler.plan.effect.impact import Impact


class Risk(StrEnum):
    """A possible harm of a change to people, or to somebody's work."""

    WIDENS_ACCESS = "widens_access"
    NARROWS_ACCESS = "narrows_access"
    CLOSES_PORTAL = "closes_portal"
    REPLACES_FOREIGN_EDIT = "replaces_foreign_edit"
    PUBLISHES_FOREIGN_DRAFT = "publishes_foreign_draft"
    DELETES = "deletes"
    NONE = "none"
    """None of these."""


_LARGEST_SHARE = 9999
"""The largest share, in percent, that a file can name."""

ALLOWABLE = (Risk.WIDENS_ACCESS, Risk.NARROWS_ACCESS, Risk.PUBLISHES_FOREIGN_DRAFT)
"""What `--allow` can permit: the risks that a guard can stop."""

LABEL = "portal:"
"""The beginning of a label that lets a pull request's plan past a guard; the name of the risk follows."""


@dataclass(frozen=True, slots=True)
class GuardResult:
    """The finding of one guard about a plan."""

    name: str
    risk: Risk
    holds: bool  # whether the plan stays within it
    allowed: bool
    summary: str  # number, limit and counts, in one line
    key: str  # the setting that would permit it, with the least such value; empty where none does
    limit: str | int | None = None  # people, or a share of those with access before; `None` for a guard without one

    @property
    def blocks(self) -> bool:
        """Whether this guard blocks the plan."""
        return not (self.holds or self.allowed)


def check(
    guards: Guards,
    impact: Impact | None,
    *,
    audience: Any,
    publishes_foreign_draft: bool,
    allowed: frozenset[Risk],
) -> tuple[GuardResult, ...]:
    """Run every guard that concerns the plan; `None`: access does not change (impact), or the audience stays."""
    results = [*_about_people(guards, impact, allowed)]
    if audience == "everyone":
        results.append(
            GuardResult(
                "allow_everyone",
                Risk.WIDENS_ACCESS,
                holds=guards.allow_everyone,
                allowed=Risk.WIDENS_ACCESS in allowed,
                summary="the audience becomes everyone: each logged-in user may open the portal",
                key="guards.allow_everyone: true",
            )
        )
    if publishes_foreign_draft:
        results.append(
            GuardResult(
                "foreign_draft",
                Risk.PUBLISHES_FOREIGN_DRAFT,
                holds=False,
                allowed=Risk.PUBLISHES_FOREIGN_DRAFT in allowed,
                summary="the homepage has unpublished edits that this file did not make; going live publishes them too",
                key="",
            )
        )
    return tuple(results)


def _about_people(guards: Guards, impact: Impact | None, allowed: frozenset[Risk]) -> Iterator[GuardResult]:
    if impact is None:
        return
    gain = "gain access" + (" or see more tickets" if impact.sees_more.count else "")
    lose = "lose access" + (" or see fewer tickets" if impact.sees_less.count else "")
    for name, limit, count, risk, verb in (
        ("max_access_gained", guards.max_access_gained, impact.widened, Risk.WIDENS_ACCESS, gain),
        ("max_access_lost", guards.max_access_lost, impact.narrowed, Risk.NARROWS_ACCESS, lose),
    ):
        if limit is None:
            continue
        most = most_allowed(limit, impact.before)
        shown = f"{limit} of {impact.before}" if isinstance(limit, str) else str(limit)
        yield GuardResult(
            name,
            risk,
            holds=count <= most,
            allowed=risk in allowed,
            summary=f"{people(count)} would {verb}; {name} is {shown}"
            + (f", that is {people(int(most))}" if isinstance(limit, str) else ""),
            key=f"guards.{name}: {_enough(limit, count, impact.before)}",
            limit=limit,
        )


def _enough(limit: str | int, count: int, base: int) -> str:
    """Return the least limit that permits a number of people: as a share where the limit is one, and can be."""
    if isinstance(limit, int) or not base:
        return str(count)
    share = -(-100 * count // base)
    return f"{share}%" if share <= _LARGEST_SHARE else str(count)


def most_allowed(limit: str | int, base: int) -> float:
    """Return the number of people that a limit permits, of `base` with access before."""
    if isinstance(limit, int):
        return limit
    # One multiplication before the division: 10 % of 30 must be 3, not 2.9999….
    return float(limit.removesuffix("%")) * base / 100
