"""Answers as shapes: fields and types, no value; names that customers choose (attributes, ids in paths) become `*`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.upstream.intercom.answers import Heard

_NAMED_BY_CUSTOMERS = frozenset({"custom_attributes", "ticket_attributes"})
_FIELD = re.compile(r"[a-z][a-z_]*[0-9]?")
_CODE = re.compile(r"[a-z][a-z_]{0,60}")
_STEPS = frozenset(
    {
        *("me", "help_center", "help_centers", "data_attributes", "admins", "activity_logs", "tags", "segments"),
        *("contacts", "search", "activities", "granted_companies", "companies", "scroll"),
    }
)
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "list"}
_DEEPEST = 12


@dataclass(slots=True)
class Shape:
    """Everything that one endpoint answered: statuses, codes of refusals, names of headers, types of fields by path."""

    statuses: set[int] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    headers: set[str] = field(default_factory=set)
    fields: dict[str, set[str]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the shape as it stands in a report."""
        return {
            "statuses": sorted(self.statuses),
            "codes": sorted(self.codes),
            "headers": sorted(self.headers),
            "fields": {path: sorted(types) for path, types in sorted(self.fields.items())},
        }


class Shapes:
    """The shapes of everything that was heard, by endpoint."""

    def __init__(self) -> None:
        self._shapes: dict[str, Shape] = {}

    def hear(self, heard: Heard) -> None:
        """Add one answer."""
        shape = self._shapes.setdefault(f"{heard.method} {endpoint(heard.path)} {heard.version}", Shape())
        shape.statuses.add(heard.status)
        shape.headers |= {
            name for name in map(str.lower, heard.headers) if name.startswith(("x-ratelimit", "intercom"))
        }
        if heard.status < 300:  # noqa: PLR2004 - the class of refusals begins there
            _add(shape.fields, "", heard.body, _DEEPEST)
        else:
            shape.codes |= _codes(heard.body)

    def document(self) -> dict[str, Any]:
        """Return all shapes as they stand in a report."""
        return {name: shape.document() for name, shape in sorted(self._shapes.items())}


def endpoint(path: str) -> str:
    """Return a path with `*` in place of ids."""
    return "/".join(step if step in _STEPS or not step else "*" for step in path.split("/"))


def _add(fields: dict[str, set[str]], path: str, value: Any, deep: int) -> None:
    if path:
        fields.setdefault(path, set()).add("null" if value is None else _TYPES.get(type(value), "unknown"))
    if not deep:
        return
    if isinstance(value, dict):
        hidden = path.rpartition(".")[2] in _NAMED_BY_CUSTOMERS
        for name, item in value.items():
            step = "*" if hidden or not _FIELD.fullmatch(name) else name
            _add(fields, f"{path}.{step}" if path else step, item, deep - 1)
    elif isinstance(value, list):
        for entry in value:
            _add(fields, f"{path}[]", entry, deep - 1)


def _codes(body: Any) -> set[str]:
    errors: Any = body.get("errors") if isinstance(body, dict) else None
    rows: list[Mapping[str, Any]] = [error for error in errors or () if isinstance(error, dict)]
    return {code for row in rows if isinstance(code := row.get("code"), str) and _CODE.fullmatch(code)}
