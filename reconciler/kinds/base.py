"""The interface of a kind: its fields, their places in a file and in the workspace's answer, the operations that write.

It holds no state and makes no request. Every other module asks kinds through this class and knows none by name.

Two forms of a value are kept apart. The *declared* form is the file's value, normalised: it is compared and recorded.
The *outcome* is the whole value of the field afterwards: it is shown and written. They differ only where a file manages
a part of a value (homepage sections).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from reconciler.kinds.state import LiveField, Resource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path
    from reconciler.kinds.state import State


class _Missing:
    """The value of a field of a resource that does not exist yet."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Operation:
    """One request that changes something; `precondition` is `match` (of a known revision) or `absent`."""

    method: Literal["PATCH", "POST", "PUT", "DELETE"]
    path: str
    body: Mapping[str, Any]
    precondition: Literal["match", "absent"] = "match"


FieldShape = dict[str, Any]
"""The known keys of a mapping, each with the shape of its value; of a list, that of its items."""

PLAIN: FieldShape = {}
"""The shape of a value without keys."""


def unknown_fields(value: Any, shape: FieldShape, path: Path = ()) -> Iterator[Path]:
    """Yield the paths in a value that its shape does not know, without empty ones."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown_fields(item, shape, (*path, index))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in shape:
                if isinstance(inner, dict | list):
                    yield from unknown_fields(inner, shape[key], (*path, key))
            elif inner is not None and inner not in ({}, []):
                yield (*path, key)


Desired = TypeVar("Desired")
"""The typed part of a file that belongs to a kind."""


class Kind(ABC, Generic[Desired]):
    """One kind of resource; a subclass is its declaration."""

    name: ClassVar[str]  # the beginning of its addresses
    scope: ClassVar[Literal["workspace", "help_center", "attribute"]] = "help_center"
    title: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]
    part: ClassVar[str]  # the key of its resources in the workspace's answer
    shape: ClassVar[FieldShape]  # the known fields of one of them there, beside `revision`
    fixed: ClassVar[frozenset[str]] = frozenset()  # fields that cannot change once the resource exists

    def address(self, of: str = "") -> str:
        """Return the address of a Help Center's, an attribute's, or the workspace's resource."""
        return self.name if self.scope == "workspace" else f"{self.name}/{of}"

    def path(self, help_center: str) -> str:
        """Return the path below the admin API's root."""
        return self.name if self.scope == "workspace" else f"help_centers/{help_center}/{self.name}"

    def of(self, state: State) -> Resource:
        """Return the resource of this kind in an observation."""
        return state.resources[self.address(state.help_center)]

    def of_answer(self, answer: Mapping[str, Any]) -> str:
        """Return the address of this kind's resource in the workspace's answer."""
        return self.address("" if self.scope == "workspace" else answer["help_center"]["identifier"])

    @abstractmethod
    def parse(self, settings: Mapping[str, Any]) -> Desired:
        """Parse the kind's part of a valid file's settings."""

    def desired(self, config: Config) -> Desired:
        """Return the kind's part of a configuration, parsed once."""
        if self.name not in config.parsed:
            config.parsed[self.name] = self.parse(config.settings)
        values: Desired = config.parsed[self.name]
        return values

    @abstractmethod
    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield each managed address, with the declared form of its fields."""

    @abstractmethod
    def source(self, address: str, field: str) -> Path:
        """Return the path of a field's declaration in the file."""

    def managed_by(self, address: str, field: str) -> Path:
        """Return the path to remove from the file for a field not to be managed."""
        return self.source(address, field)

    @abstractmethod
    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        """Yield the resources of this kind in the workspace's whole configuration."""

    def live(self, answer: Mapping[str, Any], observed: Iterable[Resource]) -> Iterator[LiveField]:
        """Yield every field of this kind's resources in the answer, known or not."""
        results = answer[self.part]
        parts = results if isinstance(results, list) else [results]
        for resource, part in zip(observed, parts, strict=True):
            yield from (
                LiveField(resource.address, field, known=True) for field in resource.values if field in self.fields
            )
            for path in self.unknown_fields(part):
                steps = path[1:] if path[0] == "values" and len(path) > 1 else path
                yield LiveField(resource.address, ".".join(map(str, steps)), known=False)

    def unknown_fields(self, part: Mapping[str, Any]) -> Iterator[Path]:
        """Yield the unknown paths in one resource's part of the answer."""
        return unknown_fields(part, {"revision": PLAIN, **self.shape})

    def covers(self, declared: Mapping[str, Any], field: str) -> bool:
        """Tell whether the declared values of a resource manage a live field."""
        return field in declared

    def recorded(self, address: str, config: Config, state: State) -> Mapping[str, Any]:
        """Return the fields last applied, as far as a configuration manages them."""
        return state.recorded(address)

    @abstractmethod
    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        """Return the requests that give the changed fields of a resource, or of a new one, their outcome."""

    def whole(self, resource: Resource) -> Mapping[str, Any]:
        """Return every value of a resource that a change could replace: what a rollback must restore."""
        return resource.values

    def afterwards(
        self, resource: Resource | None, declared: Mapping[str, Any], outcome: Mapping[str, Any], config: Config
    ) -> Mapping[str, Any]:
        """Return the changed parts of `whole` after the change of a resource, or of a new one."""
        return declared

    def restoring(
        self, address: str, resource: Resource, parts: Collection[str], config: Config
    ) -> tuple[Operation, ...]:
        """Return the requests that restore parts of `whole` to their values in `resource`."""
        return self.operations(address, resource, {name: resource.values[name] for name in parts}, config)

    def removing(self, address: str) -> tuple[Operation, ...]:
        """Return the requests that delete a resource that an apply made; none where no apply makes one."""
        return ()

    def observed(self, field: str, declared: Any, resource: Resource) -> Any:
        """Return the live value of a field in declared form, as far as `declared` manages it."""
        return resource.values[field]

    def before(self, field: str, declared: Any, resource: Resource) -> Any:
        """Return the whole live value of a field, to be shown."""
        return self.observed(field, declared, resource)

    def outcome(self, field: str, declared: Any, resource: Resource | None, config: Config) -> Any:
        """Return the whole value of a field afterwards."""
        return declared

    def comparable(self, field: str, value: Any) -> Any:
        """Return the value in a form whose parts can be named one by one when they differ."""
        return value

    def written(self, field: str, value: Any, declared: Any) -> Any:
        """Write a declared value for a file, as close as possible to its present form `declared`, if any."""
        return value

    def pulled(self, address: str, resource: Resource) -> Iterator[tuple[Path, Any]]:
        """Yield path and value of a resource's settings for a new file, without those not set."""
        for field in self.fields:
            if resource.values.get(field) is not None:
                yield self.source(address, field), self.written(field, resource.values[field], None)

    def not_pulled(self, resource: Resource) -> Iterator[tuple[Path, str]]:
        """Yield path and value of a resource's settings that this version does not know."""
        return iter(())

    def needs(self, outcome: Mapping[str, Any]) -> frozenset[str]:
        """Return addresses, or names of kinds, that must be in place before these values are written."""
        return frozenset()

    def wire_fields(self, field: str) -> frozenset[str]:
        """Return the activity log's names of a field."""
        return frozenset({field})


class PlainKind(Kind[Mapping[str, Any]]):
    """A kind whose fields the admin API spells as the file does: one resource, set with one request."""

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if fields := self.desired(config):
            yield self.address(config.help_center), fields

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        part = answer[self.part]
        yield Resource(self.of_answer(answer), part["revision"], part["values"], self.facts(part))

    def facts(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the values of a resource that only the workspace decides."""
        return {}

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        return (Operation("PATCH", self.path(config.help_center), dict(outcome)),)
