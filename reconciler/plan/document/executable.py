"""What an apply may do: the part of a plan document that is acted on, whether the plan was made now or read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.kinds.base import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Step:
    """One change that is to be made.

    Attributes:
        id: Its place in the plan.
        address: Which object.
        title: What kind of object, in words.
        needs: Ids of changes without which it must not be made.
        operations: The requests that make it.
        via: Who makes it: `api`, or a `person` where the vendor behind the workspace has no API for it.
    """

    id: str
    address: str
    title: str
    needs: tuple[str, ...]
    operations: tuple[Operation, ...]
    via: str = "api"


@dataclass(frozen=True, slots=True)
class ExecutablePlan:
    """A plan as far as it is acted on.

    Attributes:
        document: The whole plan document.
        orders: What is to be done, in order.
        message: Why, in the words of whoever applies it; empty where they say nothing.
    """

    document: Mapping[str, Any]
    orders: tuple[Step, ...]
    message: str = ""

    @property
    def name(self) -> str:
        """Name of the configuration."""
        return str(self.document["configuration"]["name"])

    @property
    def help_center(self) -> str:
        """Which Help Center."""
        return str(self.document["workspace"]["help_center"])

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do, nor to record."""
        return not (self.orders or self.document["record"]["stale"])

    @property
    def follows_unfinished(self) -> bool:
        """Whether an apply was found that never ended: somebody has to put its receipt in order."""
        return any(diagnostic["code"] == "apply-unfinished" for diagnostic in self.document["diagnostics"])

    @property
    def idle(self) -> bool:
        """Whether an apply of it would write nothing at all."""
        return self.empty and not self.follows_unfinished

    @property
    def declared(self) -> Mapping[str, Mapping[str, Any]]:
        """What the configuration wants: the fields that it manages, in declared form, by address."""
        values: Mapping[str, Mapping[str, Any]] = self.document["record"]["after"]["values"]
        managed: Mapping[str, list[str]] = self.document["managed"]
        return {address: {name: values[address][name] for name in names} for address, names in managed.items()}

    @property
    def changed_parts(self) -> Mapping[str, Mapping[str, Any]]:
        """The parts of each object that change, before and after, by address; not what changes by itself."""
        return {value["address"]: value for value in self.document["way_back"] if not value["aside"]}


def of(document: Mapping[str, Any]) -> ExecutablePlan:
    """Return the executable part in a plan document."""
    return ExecutablePlan(
        document,
        tuple(
            Step(
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
    """Return an operation that a document spells out."""
    names = ("method", "path", "body", "precondition")
    return Operation(**{name: document[name] for name in names})
