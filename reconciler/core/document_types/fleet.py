"""The document of a fleet (`schemas/fleet.schema.json`), as types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from reconciler.core.document_types.plan import Diagnostic


class FailedFleet(TypedDict):
    """A fleet that could not be read."""

    format_version: str
    kind: Literal["fleet"]
    generator: str
    outcome: Literal["failed"]
    diagnostics: list[Diagnostic]


class Shard(TypedDict):
    """The requested part of a fleet."""

    number: int
    of: int


class FleetTotals(TypedDict):
    """Totals of a fleet."""

    portals: int
    workspaces: int
    changes: int
    outcomes: dict[str, int]


class FleetDocument(TypedDict):
    """The members of a fleet with their results."""

    format_version: str
    kind: Literal["fleet"]
    generator: str
    created_at: str
    verb: str
    outcome: Literal["completed"]
    exit_code: int
    environment: str | None
    shard: Shard | None
    totals: FleetTotals
    portals: list[FleetMember]
    diagnostics: list[Diagnostic]
    digest: str


class FleetMember(TypedDict):
    """A fleet member."""

    name: str | None
    file: str
    line: int
    environment: str | None
    workspace: str | None
    help_center: str | None
    outcome: str
    changes: int
    document: Any
    diagnostics: list[Diagnostic]
