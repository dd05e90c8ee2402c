"""The executable part of a plan document, made now or read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.kinds.base import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ExecutableChange:
    """One change to make."""

    id: str
    address: str
    title: str
    needs: tuple[str, ...]  # ids of changes that must be made before
    operations: tuple[Operation, ...]
    via: str = "api"  # `api`, or a `person` where the vendor has no API for it


@dataclass(frozen=True, slots=True)
class ExecutablePlan:
    """The executable part of a plan: its document, the changes in order, and the reason given at the apply."""

    document: Mapping[str, Any]
    changes: tuple[ExecutableChange, ...]
    message: str = ""

    @property
    def name(self) -> str:
        """Name of the configuration."""
        return str(self.document["configuration"]["name"])

    @property
    def help_center(self) -> str:
        """The identifier of the Help Center."""
        return str(self.document["workspace"]["help_center"])

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do, nor to record."""
        return not (self.changes or self.document["record"]["stale"])

    @property
    def follows_unfinished(self) -> bool:
        """Whether an unfinished apply was found, whose receipt has to be closed."""
        return any(diagnostic["code"] == "apply-unfinished" for diagnostic in self.document["diagnostics"])

    @property
    def nothing_to_write(self) -> bool:
        """Whether an apply would write nothing at all."""
        return self.empty and not self.follows_unfinished

    @property
    def declared(self) -> Mapping[str, Mapping[str, Any]]:
        """The managed fields in declared form, by address."""
        values: Mapping[str, Mapping[str, Any]] = self.document["record"]["after"]["values"]
        managed: Mapping[str, list[str]] = self.document["managed"]
        return {address: {name: values[address][name] for name in names} for address, names in managed.items()}

    @property
    def changed_parts(self) -> Mapping[str, Mapping[str, Any]]:
        """The changed parts of each resource, before and after, by address; without side effects."""
        return {value["address"]: value for value in self.document["way_back"] if not value["aside"]}


def of(document: Mapping[str, Any]) -> ExecutablePlan:
    """Extract the executable part of a plan document."""
    return ExecutablePlan(
        document,
        tuple(
            ExecutableChange(
                id=change["id"],
                address=change["address"],
                title=change["title"],
                needs=tuple(change["needs"]),
                operations=tuple(operation(value) for value in change["operations"]),
                via=change.get("via", "api"),
            )
            for change in document["changes"]
        ),
    )


def operation(document: Mapping[str, Any]) -> Operation:
    """Read an operation from a document."""
    names = ("method", "path", "body", "precondition")
    return Operation(**{name: document[name] for name in names})
