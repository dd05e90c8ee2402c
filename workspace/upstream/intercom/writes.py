"""Writable settings of Intercom's API: custom data attributes. Each write reads, writes, and reads back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from workspace.core.errors import invalid_value
from workspace.database.store import attribute_parts, same
from workspace.upstream.intercom import reads
from workspace.upstream.problems import Uncertain, UpstreamError, conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.upstream.intercom.api import Api
    from workspace.upstream.protocol import Write

_FIELDS = ("type", "options", "description", "messenger_writable")


def write(api: Api, change: Write) -> Mapping[str, Any]:
    """Create, change or archive a data attribute; return it. ApiError 412 if it has moved, 422 for another type."""
    row = _find(api, change.address)
    now = None if row is None else reads.values_of(row)
    if change.after is None:
        return _archive(api, change, row)
    if now is not None and _is_reached(now, change.after):
        # Made before, by an attempt whose answer was lost.
        return {**change.after, **now}
    _check_unmoved(change, now)
    # What came of it is read back in any case.
    with suppress(Uncertain):
        if row is None:
            api.change("POST", "/data_attributes", _created(change))
        else:
            api.change("PUT", f"/data_attributes/{_number(row, change.address)}", _changed(change))
    return _read_back(api, change)


def _find(api: Api, address: str) -> dict[str, Any] | None:
    model, name = attribute_parts(address)
    rows = [row for row in reads.list_attributes(api, model) if row.get("name") == name and row.get("custom")]
    return rows[0] if rows else None


def _check_unmoved(change: Write, now: Mapping[str, Any] | None) -> None:
    """Refuse a change of an attribute that has moved."""
    if now is None:
        if change.before:
            raise conflict(f"{change.address} is gone from Intercom")
        return
    if not change.before:
        raise conflict(f"{change.address} has appeared in Intercom meanwhile, with other values")
    if change.after is not None and now["type"] != change.after.get("type", now["type"]):
        raise invalid_value(f"the type is {now['type']} and cannot change", "type")
    moved = [name for name in _FIELDS if name in change.before and not same(now[name], change.before[name])]
    if moved:
        raise conflict(f"{', '.join(moved)} of {change.address} was changed in Intercom meanwhile")


def _created(change: Write) -> dict[str, Any]:
    model, name = attribute_parts(change.address)
    after = change.after or {}
    body = {"name": name, "model": model, "data_type": after["type"], **_optional(after)}
    if after.get("options"):
        body["data_type"] = "options"
    return body


def _changed(change: Write) -> dict[str, Any]:
    after = change.after or {}
    emptied = change.before.get("description") is not None and after.get("description") is None
    # What is left out stays as it is: to take a description away, an empty one is written.
    return {**_optional(after), **({"description": ""} if emptied else {})}


def _optional(after: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"messenger_writable": bool(after.get("messenger_writable"))}
    if after.get("description") is not None:
        body["description"] = after["description"]
    if after.get("options"):
        body["options"] = [{"value": text} for text in after["options"]]
    return body


def _archive(api: Api, change: Write, row: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if row is not None:
        # As above.
        with suppress(Uncertain):
            api.change("PUT", f"/data_attributes/{_number(row, change.address)}", {"archived": True})
        if _find(api, change.address) is not None:
            raise _not_taken(change.address, "it is still there")
    return {}


def _read_back(api: Api, change: Write) -> Mapping[str, Any]:
    row = _find(api, change.address)
    after = change.after or {}
    now = None if row is None else reads.values_of(row)
    if now is None or not _is_reached(now, after):
        differing = [name for name in _FIELDS if now is not None and name in after and not same(now[name], after[name])]
        raise _not_taken(change.address, ", ".join(differing) or "it is not there")
    return {**after, **now}


def _is_reached(now: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return all(same(now[name], after[name]) for name in _FIELDS if name in after)


def _number(row: Mapping[str, Any], address: str) -> int:
    number = row.get("id")
    if not isinstance(number, int):
        raise UpstreamError("upstream_answer", f"Intercom gives {address} no id, so it cannot be changed", "")
    return number


def _not_taken(address: str, what: str) -> UpstreamError:
    message = f"Intercom took the change of {address}, and tells another value afterwards: {what}"
    return UpstreamError("upstream_not_taken", message, "Run portal plan to see what it is now.")
