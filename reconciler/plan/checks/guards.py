"""How far a plan may go without somebody spelling out that it may."""

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
    """What a change could do to people or to somebody's work."""

    WIDENS_ACCESS = "widens_access"
    NARROWS_ACCESS = "narrows_access"
    CLOSES_PORTAL = "closes_portal"
    REPLACES_FOREIGN_EDIT = "replaces_foreign_edit"
    PUBLISHES_FOREIGN_DRAFT = "publishes_foreign_draft"
    DELETES = "deletes"
    NONE = "none"
    """What a change carries that could do none of these."""


_LARGEST_SHARE = 9999
"""The largest share, in percent, that a file can name."""

ALLOWABLE = (Risk.WIDENS_ACCESS, Risk.NARROWS_ACCESS, Risk.PUBLISHES_FOREIGN_DRAFT)
"""What `--allow` can permit: the risks that a guard can stop."""

LABEL = "portal:"
"""What the label of a pull request begins with that lets its plan go past a guard; the name of the risk follows."""


@dataclass(frozen=True, slots=True)
class GuardResult:
    """One guard that had something to say about a plan.

    Attributes:
        name: The guard.
        risk: What `--allow` has to name to go past it.
        holds: Whether the plan stays within it.
        allowed: Whether `--allow` named it.
        summary: Number, limit and counts, in one line.
        key: What in the file would allow it, with the least value that does; empty where nothing does.
        limit: The number of people, or the share of those who had access before; `None` for a guard without one.
    """

    name: str
    risk: Risk
    holds: bool
    allowed: bool
    summary: str
    key: str
    limit: str | int | None = None

    @property
    def blocks(self) -> bool:
        """Whether the plan may not be applied because of this guard."""
        return not (self.holds or self.allowed)


def check(
    guards: Guards,
    impact: Impact | None,
    *,
    audience: Any,
    publishes_foreign_draft: bool,
    allowed: frozenset[Risk],
) -> tuple[GuardResult, ...]:
    """Return what each guard says.

    Args:
        guards: The limits that the file sets.
        impact: What the plan does to people; `None` where access does not change.
        audience: The audience that the plan would set, `None` where it sets none.
        publishes_foreign_draft: Whether going live would publish somebody else's edits.
        allowed: What the command line permits.
    """
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
    """Return what a limit would have to be for a number of people: a share where that is what it is, and can be."""
    if isinstance(limit, int) or not base:
        return str(count)
    share = -(-100 * count // base)
    return f"{share}%" if share <= _LARGEST_SHARE else str(count)


def most_allowed(limit: str | int, base: int) -> float:
    """Return how many people a limit lets a plan touch, of `base` who had access before."""
    if isinstance(limit, int):
        return limit
    # One multiplication before the division: 10 % of 30 must be 3, not 2.9999….
    return float(limit.removesuffix("%")) * base / 100
