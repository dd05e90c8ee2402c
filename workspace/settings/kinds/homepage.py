"""`homepage/acme`: the sections of the homepage, as a draft and as they are live."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from workspace.core import validation
from workspace.core.clock import iso, seconds
from workspace.core.errors import ApiError, Problem, invalid_value
from workspace.settings.kinds.base import SettingKind, Values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workspace.database.store import Stored

_PAGES = ("draft", "live")


def section(kind: str) -> dict[str, Any]:
    """Return an enabled section without settings."""
    return {"type": kind, "enabled": True, "settings": {}}


def check_sections(sections: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a page with two sections of one type, with ApiError 422."""
    counted = Counter(section["type"] for section in sections)
    problems = [
        Problem("section_duplicate", f"a page has a section of type {kind} at most once, not {times} times", "sections")
        for kind, times in counted.items()
        if times > 1
    ]
    if problems:
        raise ApiError(422, problems)


def _initial(values: Mapping[str, Any]) -> Values:
    if not values.keys() <= set(_PAGES):
        raise invalid_value("a homepage has a draft and a live page")
    for sections in values.values():
        validation.check(KIND.schema, {"sections": sections})
        check_sections(sections)
    return dict(values)


def _shown(stored: Stored) -> Values:
    edited = stored.document["draft_edited"]
    return {
        "revision": stored.revision,
        **stored.document,
        "draft_edited": edited and {"by": edited["by"], "at": iso(edited["at"])},
    }


def _read(part: Mapping[str, Any]) -> Values:
    edited = part["draft_edited"]
    return {
        **{page: part[page] for page in _PAGES},
        "draft_edited": edited and {"by": edited["by"], "at": seconds(edited["at"])},
    }


_FIRST = [section("search"), section("collections")]

KIND = SettingKind(
    name="homepage",
    scope="help_center",
    schema="HomepageDraft",
    title="the homepage of {of}",
    defaults={"draft": _FIRST, "live": _FIRST, "draft_edited": None},
    initial=_initial,
    own_module=True,
    shown=_shown,
    read=_read,
)
