"""The sections of a homepage as rows: merged into a page, and as entries of a file."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler.core.contract import load_json
from reconciler.core.matching import longest_common_order
from reconciler.kinds.base import PLAIN, FieldShape, unknown_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Row = dict[str, Any]
CARD = "tickets_portal"


def shows_card(rows: Iterable[Row]) -> bool:
    """Tell whether a page shows the tickets portal's card."""
    return any(row["type"] == CARD and row["enabled"] for row in rows)


def card_added(page: Sequence[Row]) -> list[Row]:
    """Add the tickets portal's card to a page, at the end where it has none."""
    if any(row["type"] == CARD for row in page):
        return list(page)
    return [*page, {"type": CARD, "enabled": True, "settings": {}}]


def merge(page: Sequence[Row], rows: Sequence[Row], *, hides: bool) -> list[Row]:
    """Merge the listed rows into a page; the rest stays as it was, and as few sections move as possible.

    One that moves, or is new, comes behind the one listed before it; the first one before the next that stays.
    """
    listed = {row["type"]: row for row in rows}
    present = {section["type"]: section for section in page}
    stays = longest_common_order(list(present), list(listed))
    types = [name for name in present if name in stays or name not in listed]
    last: str | None = None
    for name in listed:
        if name not in stays:
            types.insert(_place(types, last, stays), name)
        last = name
    return [_merged(present.get(name), listed.get(name), hides=hides) for name in types]


def _place(types: Sequence[str], last: str | None, stays: set[str]) -> int:
    if last is not None:
        return types.index(last) + 1
    return next((index for index, name in enumerate(types) if name in stays), len(types))


def _merged(section: Row | None, row: Row | None, *, hides: bool) -> Row:
    if row is None:
        kept = section or {}
        return {**kept, "enabled": False} if hides else kept
    settings = {**(section["settings"] if section else {}), **row.get("settings", {})}
    return {"type": row["type"], "enabled": row["enabled"], "settings": settings}


def as_listed(page: Sequence[Row], rows: Sequence[Row], *, hides: bool) -> list[Row]:
    """Return the page's rows of the listed sections, and of others where those must be hidden."""
    listed = {row["type"]: row for row in rows}
    seen = []
    for section in page:
        row = listed.get(section["type"])
        if row is not None:
            named = row.get("settings", {})
            settings = {key: value for key, value in section["settings"].items() if key in named}
            seen.append(row_of(section["type"], enabled=section["enabled"], settings=settings))
        elif hides and section["enabled"]:
            seen.append(row_of(section["type"], enabled=True, settings={}))
    return seen


@cache
def settings_of(section: str) -> FieldShape | None:
    """Return the known settings of a section; `None` where the section itself is unknown."""
    definitions = load_json("portal.schema.json")["$defs"]
    if f"{section}_section" not in definitions:
        return None
    known = dict.fromkeys(definitions[f"{section}_section"]["properties"], PLAIN)
    return {**known, "links": dict.fromkeys(definitions["link"]["properties"], PLAIN)} if "links" in known else known


def known(row: Row) -> Row:
    """Reduce a row to its known settings."""
    settings = {key: value for key, value in row["settings"].items() if key in (settings_of(row["type"]) or ())}
    return row_of(row["type"], enabled=row["enabled"], settings=settings)


def live_fields(row: Row) -> Iterator[tuple[str, bool]]:
    """Yield the live fields of one section with whether they are known: the section, and each of its settings."""
    name = f"sections.{row['type']}"
    known = settings_of(row["type"])
    yield name, known is not None
    if known is None:
        return
    yield from ((f"{name}.settings.{key}", True) for key in row["settings"] if key in known)
    shape = {"type": PLAIN, "enabled": PLAIN, "settings": known}
    yield from ((f"{name}.{'.'.join(map(str, path))}", False) for path in unknown_fields(row, shape))


def row_of(name: str, *, enabled: bool, settings: Mapping[str, Any]) -> Row:
    """Build a row, without settings where there are none."""
    row: Row = {"type": name, "enabled": enabled}
    return {**row, "settings": dict(settings)} if settings else row


def listed_row(entry: str | Mapping[str, Any]) -> Row:
    """Read a row from an entry of a file."""
    if isinstance(entry, str):
        return row_of(entry, enabled=True, settings={})
    settings = {key: value for key, value in entry.items() if key not in ("type", "enabled")}
    return row_of(entry["type"], enabled=entry.get("enabled", True), settings=settings)


def written_row(row: Row, declared: Any = None) -> Any:
    """Write a row as an entry of a file, in the form of the present entry."""
    keys = declared if isinstance(declared, dict) else ()
    enabled = {} if row["enabled"] and "enabled" not in keys else {"enabled": row["enabled"]}
    settings = row.get("settings", {})
    if not enabled and not settings and not isinstance(declared, dict):
        return row["type"]
    return {"type": row["type"], **enabled, **settings}
