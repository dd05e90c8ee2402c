"""Settings that a configuration manages: which file, commit and apply stand behind each."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import g

from workspace.core.errors import ApiError
from workspace.web.console import api

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Mark:
    """A configuration that manages settings: its file and commit if known, and others' changes since the apply."""

    name: str
    file: str | None
    commit: str | None
    applied_at: str
    applied_by: str
    fields: Sequence[str]
    changed: Sequence[Mapping[str, Any]]


def marks(configuration: Mapping[str, Any], address: str) -> list[Mark]:
    """Return the configurations that manage a resource, from the Help Center's configuration without a name."""
    results = []
    for other in configuration["others"]:
        if address not in other["manages"]:
            continue
        applied = _applied(other["name"])
        if applied is None:
            continue
        record, file = applied
        results.append(
            Mark(
                name=other["name"],
                file=file,
                commit=record["commit"],
                applied_at=record["applied_at"],
                applied_by=record["applied_by"],
                fields=other["manages"][address],
                changed=_changed(address, record["applied_at"]),
            )
        )
    return results


def _changed(address: str, since: str) -> list[Any]:
    entries = api.get("/activity", resource=address, limit="20")["data"]
    # Moments are whole seconds: what the apply itself wrote in its last one does not count.
    return [entry for entry in entries if entry["at"] > since or (entry["at"] == since and entry["via"] != "portal")]


def _applied(name: str) -> tuple[Any, str | None] | None:
    """Return the record of a configuration and its file, read once a request: a page may mark many settings."""
    kept: dict[str, tuple[Any, str | None] | None] = g.setdefault("managed", {})
    if name not in kept:
        record = _record(name)
        kept[name] = None if record is None else (record, _file(name))
    return kept[name]


def _record(name: str) -> Any:
    try:
        return api.get(f"/records/{name}")
    except ApiError as problem:
        if problem.status != HTTPStatus.NOT_FOUND:
            raise
        # Removed since the configuration was read.
        return None


def _file(name: str) -> str | None:
    receipts = api.get("/receipts", configuration=name, outcome="applied", limit="1")["data"]
    if not receipts:
        return None
    plan = api.get(f"/receipts/{receipts[0]['id']}")["plan"]
    described = plan.get("configuration")
    file = described.get("file") if isinstance(described, dict) else None
    return file if isinstance(file, str) else None
