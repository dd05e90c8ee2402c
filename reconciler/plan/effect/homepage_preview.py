"""The homepage before and after a plan: what it takes to draw both, for those who review the plan.

A plan document keeps that little, and only where the page will be another one, so that both can be drawn from the
document alone, by the templates of the workspace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.kinds import help_center, homepage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.kinds.state import State
    from reconciler.plan.effect.impact import AccessView
    from reconciler.plan.effect.rollback import Rollback

_FROM_ARTICLES = {"collections": "collections", "featured_content": "featured", "announcements": "announced"}
"""The sections that show articles, and what of a workspace's answer they show."""


@dataclass(frozen=True, slots=True)
class Homepage:
    """What decides how a homepage looks.

    Attributes:
        live: Whether there is one: the Help Center is public.
        admits: Whether anybody may open the portal; only they are shown its card.
        sections: The live sections that are shown, in order, each with `type` and `settings`.
    """

    live: bool
    admits: bool
    sections: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Pages:
    """The homepage before and after.

    Attributes:
        before: As it is.
        after: As it will be.
        content: What it shows of articles, as the workspace tells it; empty until it was asked.
    """

    before: Homepage
    after: Homepage
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RenderedHomepage:
    """The homepage before and after, as HTML documents that need nothing else.

    Attributes:
        style: The style sheet that stands in each of them.
        before: As it is, for somebody who may open the portal, and for somebody who may not.
        after: The same once the plan is applied.
    """

    style: str
    before: tuple[str, str]
    after: tuple[str, str]


def between(state: State, returns: Iterable[Rollback], views: tuple[AccessView, AccessView]) -> Pages | None:
    """Return the homepage before and after a plan, or `None` where it stays as it is for everybody.

    Args:
        returns: What each object was and will be.
        views: What decides access before and after.
    """
    becomes = {rollback.address: rollback.after or {} for rollback in returns}
    page, site = homepage.KIND.of(state), help_center.KIND.of(state)
    rows, live = page.facts["live"], site.values["live"]
    before = _homepage(rows, views[0], live=live)
    after = _homepage(
        becomes.get(page.address, {}).get("live", rows), views[1], live=becomes.get(site.address, {}).get("live", live)
    )
    return None if before == after else Pages(before, after, {})


def content(pages: Pages, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what of a workspace's answer the two pages show; where their links lead is not part of it."""
    shown = {_FROM_ARTICLES.get(row["type"]) for row in (*pages.before.sections, *pages.after.sections)}
    return {"name": told["name"]} | {
        name: [{key: value for key, value in item.items() if key != "id"} for item in told[name] if name in shown]
        for name in _FROM_ARTICLES.values()
    }


def _homepage(rows: Iterable[Mapping[str, Any]], view: AccessView, *, live: bool) -> Homepage:
    sections = tuple({"type": row["type"], "settings": row["settings"]} for row in rows if row["enabled"])
    return Homepage(live, bool(view["open"]) and view["audience"]["mode"] != "nobody", sections)
