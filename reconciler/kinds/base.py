"""What a kind of managed object has to say for itself.

A kind knows its fields, where a file declares them, how they are read from the workspace's answer
and which operations write them. It holds no state and makes no request. Every other module asks
kinds through this class and knows none of them by name.

Two forms of a value are kept apart. The *declared* form is what the file says, normalised: it is
what is compared and recorded. The *outcome* is what the field will hold as a whole: it is what is
shown and written. They differ only where a file manages a part of a value (homepage sections).
"""

from __future__ import annotations

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

    method: Literal["PATCH", "POST", "PUT", "DELETE"]
    path: str
    body: Mapping[str, Any]
    precondition: Literal["match", "absent"] = "match"


FieldShape = dict[str, Any]
"""The keys that are known in a mapping, each with the shape of what it holds; of a list, that of its items."""

PLAIN: FieldShape = {}
"""The shape of what has no keys."""


def unknown_fields(value: Any, shape: FieldShape, path: Path = ()) -> Iterator[Path]:
    """Yield where something stands in a value that its shape does not know; what holds nothing is left out."""
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


class Kind(Generic[Desired]):
    """One kind of managed object; a subclass is its declaration.

    Attributes:
        name: What addresses begin with.
        scope: `workspace`: there is one; `help_center`: one for each Help Center; `attribute`: one for each attribute.
        title: What it is called.
        fields: The fields that a file can manage.
        part: Where the workspace's answer has its objects.
        shape: What is known of one of them there, beside `revision`.
        fixed: The fields that nothing can change once the object is there.
    """

    name: ClassVar[str]
    scope: ClassVar[Literal["workspace", "help_center", "attribute"]] = "help_center"
    title: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]
    part: ClassVar[str]
    shape: ClassVar[FieldShape]
    fixed: ClassVar[frozenset[str]] = frozenset()

    def address(self, of: str = "") -> str:
        """Return the address of one of this kind.

        Args:
            of: The Help Center, or the attribute; a kind that the workspace has once needs none.
        """
        return self.name if self.scope == "workspace" else f"{self.name}/{of}"

    def path(self, help_center: str) -> str:
        """Return the path below the admin API's root."""
        return self.name if self.scope == "workspace" else f"help_centers/{help_center}/{self.name}"

    def of(self, state: State) -> Resource:
        """Return the object of this kind in an observation."""
        return state.resources[self.address(state.help_center)]

    def of_answer(self, answer: Mapping[str, Any]) -> str:
        """Return the address of the object of this kind in the workspace's answer."""
        return self.address("" if self.scope == "workspace" else answer["help_center"]["identifier"])

    def parse(self, settings: Mapping[str, Any]) -> Desired:
        """Return the typed part of a valid file's settings."""
        raise NotImplementedError

    def desired(self, config: Config) -> Desired:
        """Return the typed part of a configuration, parsed once."""
        if self.name not in config.parsed:
            config.parsed[self.name] = self.parse(config.settings)
        found: Desired = config.parsed[self.name]
        return found

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

    def live(self, answer: Mapping[str, Any], observed: Iterable[Resource]) -> Iterator[LiveField]:
        """Yield every field of this kind's objects that the answer holds, known or not.

        Args:
            observed: What `observe` finds in it.
        """
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
        """Yield where one object's part of the answer holds something that this version does not know."""
        return unknown_fields(part, {"revision": PLAIN, **self.shape})

    def covers(self, declared: Mapping[str, Any], field: str) -> bool:
        """Tell whether a live field is managed by what a file declares of its object."""
        return field in declared

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        """Return the requests that give the changed fields their outcome.

        Args:
            resource: The object as it is; `None` where it does not exist yet.
            config: The file; rules need the types that it declares.
        """
        raise NotImplementedError

    def whole(self, resource: Resource) -> Mapping[str, Any]:
        """Return every value of an object that a change of it could replace: what a way back must restore."""
        return resource.values

    def afterwards(
        self, resource: Resource | None, declared: Mapping[str, Any], outcome: Mapping[str, Any], config: Config
    ) -> Mapping[str, Any]:
        """Return what `whole` will say of the parts that change, once the changed fields hold their outcome.

        Args:
            resource: The object as it is; `None` where it does not exist yet.
            declared: The changed fields in declared form.
            outcome: The changed fields as they will be as a whole.
        """
        return declared

    def restoring(
        self, address: str, resource: Resource, parts: Collection[str], config: Config
    ) -> tuple[Operation, ...]:
        """Return the requests that give parts of `whole` the values that they have in `resource`."""
        return self.operations(address, resource, {name: resource.values[name] for name in parts}, config)

    def removing(self, address: str) -> tuple[Operation, ...]:
        """Return the requests that take away an object that an apply made; none where no apply makes one."""
        return ()

    def observed(self, field: str, declared: Any, resource: Resource) -> Any:
        """Return what `field` is now, in the declared form, as far as `declared` manages it."""
        return resource.values[field]

    def before(self, field: str, declared: Any, resource: Resource) -> Any:
        """Return the whole value that the field holds now, to be shown."""
        return self.observed(field, declared, resource)

    def outcome(self, field: str, declared: Any, resource: Resource | None, config: Config) -> Any:
        """Return the whole value that the field will hold."""
        return declared

    def comparable(self, field: str, value: Any) -> Any:
        """Return the value in a form whose parts can be named one by one when they differ."""
        return value

    def written(self, field: str, value: Any, declared: Any) -> Any:
        """Return a value in declared form as a file would write it, as much like what stands there as possible.

        Args:
            declared: What the file says now; `None` where it says nothing.
        """
        return value

    def pulled(self, address: str, resource: Resource) -> Iterator[tuple[Path, Any]]:
        """Yield what a new file would say of an object as it is: where, and what. What is not set is left out."""
        for field in self.fields:
            if resource.values.get(field) is not None:
                yield self.source(address, field), self.written(field, resource.values[field], None)

    def not_pulled(self, resource: Resource) -> Iterator[tuple[Path, str]]:
        """Yield what a new file could not say of an object because this version does not know it: where, and what."""
        return iter(())

    def needs(self, outcome: Mapping[str, Any]) -> frozenset[str]:
        """Return addresses, or names of kinds, that must be in place before these values are written."""
        return frozenset()

    def wire_fields(self, field: str) -> frozenset[str]:
        """Return what the activity log calls `field`."""
        return frozenset({field})


class PlainKind(Kind[Mapping[str, Any]]):
    """A kind whose fields the admin API spells as the file does: one object, set with one request."""

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if fields := self.desired(config):
            yield self.address(config.help_center), fields

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        part = answer[self.part]
        yield Resource(self.of_answer(answer), part["revision"], part["values"], self.facts(part))

    def facts(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what only the workspace decides of an object."""
        return {}

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        return (Operation("PATCH", self.path(config.help_center), dict(outcome)),)
