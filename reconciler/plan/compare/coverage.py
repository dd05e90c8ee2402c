"""Coverage: every live field is declared, ignored, unmanaged, or unknown to this version."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler.kinds.registry import KINDS
from reconciler.plan.compare import diff
from reconciler.plan.compare import ignore_rules as ignoring

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.config.desired import Config, Ignore
    from reconciler.kinds.base import Kind
    from reconciler.kinds.state import LiveField, State


class Status(StrEnum):
    """The owner of a live field."""

    DECLARED = "declared"
    """The file does."""
    IGNORED = "ignored"
    """The owner of an ignore rule does."""
    UNMANAGED = "unmanaged"
    """The file does not name it."""
    UNKNOWN = "unknown"
    """This version does not know it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One live field with its owner."""

    address: str
    field: str
    status: Status


@dataclass(frozen=True)
class Coverage:
    """Every live field once, in the order of kinds; computed lazily."""

    config: Config
    state: State

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All entries."""
        return tuple(_entries(self.config, self.state))

    @property
    def unknown(self) -> tuple[Entry, ...]:
        """The fields unknown to this version."""
        strange = (field for field in self.state.live if not field.known and not _ignored(self.config, field))
        return tuple(dict.fromkeys(Entry(field.address, field.field, Status.UNKNOWN) for field in strange))

    @property
    def total(self) -> int:
        """The number of live fields."""
        return len(self.entries)

    def of(self, status: Status) -> tuple[Entry, ...]:
        """Return the fields of one status."""
        return tuple(entry for entry in self.entries if entry.status is status)


def _entries(config: Config, state: State) -> Iterable[Entry]:
    declared = diff.declared(ignoring.without_ignored(config))
    entries = {}
    for field in state.live:
        if _ignored(config, field):
            status = Status.IGNORED
        elif not field.known:
            status = Status.UNKNOWN
        elif field.address in declared and _kind(field).covers(declared[field.address], field.field):
            status = Status.DECLARED
        else:
            status = Status.UNMANAGED
        entries[field.address, field.field] = Entry(field.address, field.field, status)
    return entries.values()


def _ignored(config: Config, live: LiveField) -> bool:
    return any(_leaves_alone(rule, live) for rule in config.ignores)


def _leaves_alone(rule: Ignore, live: LiveField) -> bool:
    if rule.covers(live.address, live.field):
        return True
    name = live.field.partition(".")[0]
    return any(rule.covers(live.address, field) for field in _fields_called(live, name))


def _fields_called(live: LiveField, name: str) -> Iterable[str]:
    """Map a field name of the workspace, or of its log, to the fields of the file."""
    if live.address.partition("/")[0] not in KINDS:
        return ()
    kind = _kind(live)
    return (field for field in kind.fields if field == name or name in kind.wire_fields(field))


def _kind(live: LiveField) -> Kind[Any]:
    return KINDS[live.address.partition("/")[0]]
