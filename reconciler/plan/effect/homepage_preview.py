"""Homepage preview: what a plan document keeps so that the workspace's templates draw the page before and after."""

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
"""The sections that show articles, with their keys in a workspace's answer."""


@dataclass(frozen=True, slots=True)
class Homepage:
    """The values that a homepage is drawn from."""

    live: bool
    admits: bool  # whether anybody may open the portal; only they are shown its card
    sections: tuple[Mapping[str, Any], ...]  # the visible live ones, in order, each with `type` and `settings`


@dataclass(frozen=True, slots=True)
class Pages:
    """The homepage before and after, with the articles that the workspace shows on it."""

    before: Homepage
    after: Homepage
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RenderedHomepage:
    """The homepage before and after, as self-contained HTML documents for somebody admitted, and somebody not."""

    style: str
    before: tuple[str, str]
    after: tuple[str, str]


def between(state: State, returns: Iterable[Rollback], views: tuple[AccessView, AccessView]) -> Pages | None:
    """Return the homepage before and after a plan, or `None` where nobody sees a change."""
    becomes = {rollback.address: rollback.after or {} for rollback in returns}
    page, site = homepage.KIND.of(state), help_center.KIND.of(state)
    rows, live = page.facts["live"], site.values["live"]
    before = _homepage(rows, views[0], live=live)
    after = _homepage(
        becomes.get(page.address, {}).get("live", rows), views[1], live=becomes.get(site.address, {}).get("live", live)
    )
    return None if before == after else Pages(before, after, {})


def content(pages: Pages, page: Mapping[str, Any]) -> Mapping[str, Any]:
    """Reduce a workspace's answer to the content of the two pages, without link targets."""
    shown = {_FROM_ARTICLES.get(row["type"]) for row in (*pages.before.sections, *pages.after.sections)}
    return {"name": page["name"]} | {
        name: [{key: value for key, value in item.items() if key != "id"} for item in page[name] if name in shown]
        for name in _FROM_ARTICLES.values()
    }


def _homepage(rows: Iterable[Mapping[str, Any]], view: AccessView, *, live: bool) -> Homepage:
    sections = tuple({"type": row["type"], "settings": row["settings"]} for row in rows if row["enabled"])
    return Homepage(live, bool(view["open"]) and view["audience"]["mode"] != "nobody", sections)
