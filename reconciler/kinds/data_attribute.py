"""Attributes of people and companies, for rules. Only undoing the apply that made one deletes it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.kinds.base import PLAIN, FieldShape, Kind, Operation
from reconciler.kinds.state import Resource
from reconciler.rules.attributes import nameable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path


class DataAttribute(Kind[Mapping[str, Mapping[str, Any]]]):
    """`data_attribute/MODEL.NAME`."""

    name = "data_attribute"
    scope = "attribute"
    title = "Data attribute"
    fields = ("type", "options", "description", "messenger_writable")
    part = "data_attributes"
    fixed = frozenset({"type"})
    shape: ClassVar[FieldShape] = {
        **dict.fromkeys(("model", "name", "custom"), PLAIN),
        "values": dict.fromkeys(fields, PLAIN),
    }

    def parse(self, settings: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
        models = settings.get("data_attributes", {})
        return {f"{model}.{name}": fields for model, entries in models.items() for name, fields in entries.items()}

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for attribute, fields in self.desired(config).items():
            if fields:
                yield self.address(attribute), fields

    def source(self, address: str, field: str) -> Path:
        model, _, name = address.removeprefix("data_attribute/").partition(".")
        return ("data_attributes", model, name, field)

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        for attribute in answer["data_attributes"]:
            address = self.address(f"{attribute['model']}.{attribute['name']}")
            yield Resource(address, attribute["revision"], attribute["values"], {"custom": attribute["custom"]})

    def removing(self, address: str) -> tuple[Operation, ...]:
        return (Operation("DELETE", _path(address), {}),)

    def pulled(self, address: str, resource: Resource) -> Iterator[tuple[Path, Any]]:
        if not nameable(address.partition(".")[2]):
            return
        names = self.fields if resource.facts["custom"] else ("messenger_writable",)
        for field in names:
            if resource.values.get(field) is not None:
                yield self.source(address, field), resource.values[field]

    def not_pulled(self, resource: Resource) -> Iterator[tuple[Path, str]]:
        model, _, name = resource.address.removeprefix("data_attribute/").partition(".")
        if not nameable(name):
            yield ("data_attributes", model), f"how to name the attribute {name!r}"

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        path = _path(address)
        if resource is None:
            return (Operation("PUT", path, dict(outcome), precondition="absent"),)
        return (Operation("PATCH", path, dict(outcome)),)


def _path(address: str) -> str:
    return "data_attributes/" + address.removeprefix("data_attribute/").replace(".", "/", 1)


KIND = DataAttribute()
