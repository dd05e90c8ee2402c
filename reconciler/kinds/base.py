"""What a kind of managed object has to say for itself.

A kind knows its fields, where a file declares them, how they are read from the workspace's answer
and which operations write them. It holds no state and makes no request. Every other module asks
kinds through this class and knows none of them by name.

Two forms of a value are kept apart. The *declared* form is what the file says, normalised: it is
what is compared and recorded. The *outcome* is what the field will hold as a whole: it is what is
shown and written. They differ only where a file manages a part of a value (homepage sections).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config import Config
    from reconciler.diagnostics import Path
    from reconciler.state import Resource


class _Missing:
    """The value of a field of an object that does not exist yet."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Operation:
    """One request that changes something.

    Attributes:
        method: HTTP method.
        path: Path below the admin API's root.
        body: JSON body.
        precondition: `match`: the resource has the revision known; `absent`: it does not exist.
    """

    method: Literal["PATCH", "POST", "PUT"]
    path: str
    body: Mapping[str, Any]
    precondition: Literal["match", "absent"] = "match"


class Kind:
    """One kind of managed object; a subclass is its declaration."""

    name: ClassVar[str]
    title: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield each address that the file manages, with the declared form of its fields."""
        raise NotImplementedError

    def source(self, address: str, field: str) -> Path:
        """Return where the file declares `field` of `address`."""
        raise NotImplementedError

    def managed_by(self, address: str, field: str) -> Path:
        """Return what the file would have to leave out for `field` not to be managed."""
        return self.source(address, field)

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        """Yield the resources of this kind in the workspace's whole configuration."""
        raise NotImplementedError

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        """Return the requests that give the changed fields their outcome.

        Args:
            address: Which object.
            resource: The object as it is; `None` where it does not exist yet.
            outcome: The fields to change.
            config: The file; rules need the types that it declares.
        """
        raise NotImplementedError

    def observed(self, field: str, like: Any, resource: Resource) -> Any:
        """Return what `field` is now, in the declared form, as far as `like` manages it."""
        return resource.values[field]

    def before(self, field: str, like: Any, resource: Resource) -> Any:
        """Return the whole value that the field holds now, to be shown."""
        return self.observed(field, like, resource)

    def outcome(self, field: str, like: Any, resource: Resource | None, config: Config) -> Any:
        """Return the whole value that the field will hold."""
        return like

    def comparable(self, field: str, value: Any) -> Any:
        """Return the value in a form whose parts can be named one by one when they differ."""
        return value

    def needs(self, outcome: Mapping[str, Any]) -> frozenset[str]:
        """Return addresses, or names of kinds, that must be in place before these values are written."""
        return frozenset()

    def wire_fields(self, field: str) -> frozenset[str]:
        """Return what the activity log calls `field`."""
        return frozenset({field})


def simple_changes(outcome: Mapping[str, Any], path: str) -> tuple[Operation, ...]:
    """Return the one request that sets fields which the admin API spells as the file does."""
    return (Operation("PATCH", path, dict(outcome)),)
