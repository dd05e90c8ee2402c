"""Ticket visibility: whether people see the tickets of their companies, or only their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from reconciler.kinds.base import PLAIN, Desired, FieldShape, Kind, Operation
from reconciler.kinds.data_attribute import KIND as DATA_ATTRIBUTE
from reconciler.kinds.state import Resource
from reconciler.rules import model as rules
from reconciler.rules import wire as rules_wire
from reconciler.rules.attributes import custom_attribute, from_wire_name
from reconciler.rules.preserve import keep_layout

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path


RULE_SHAPE: FieldShape = dict.fromkeys(("operator", "attribute", "type", "comparison", "value"), PLAIN)
"""The keys of a rule on the wire."""
RULE_SHAPE["predicates"] = RULE_SHAPE


def unread(wire: Any, path: Path) -> Iterator[Path]:
    """Yield the paths in a workspace's rule that this version cannot read."""
    if wire is None:
        return
    if not rules_wire.understood(wire):
        known = wire.get("attribute") is None or from_wire_name(str(wire["attribute"])) is not None
        yield (*path, ("comparison" if known else "attribute") if "comparison" in wire else "operator")
        return
    for index, predicate in enumerate(wire.get("predicates", ())):
        yield from unread(predicate, (*path, "predicates", index))


Visibility = Literal["company", "own"] | rules.Rule
"""Who sees only their own tickets: nobody (`company`), everybody (`own`), or who matches a rule."""


def _plain(visibility: Visibility) -> Any:
    if isinstance(visibility, str):
        return visibility
    return {"own_for": rules.plain(visibility), "otherwise": "company"}


class RuleKind(Kind[Desired]):
    """A kind whose only field is a rule, or a word in place of one; `place` is its path in a file."""

    place: ClassVar[Path]

    def restoring(
        self, address: str, resource: Resource, parts: Collection[str], config: Config
    ) -> tuple[Operation, ...]:
        return (Operation("PATCH", self.path(config.help_center), resource.facts["wire"]),)

    def pulled(self, address: str, resource: Resource) -> Iterator[tuple[Path, Any]]:
        if not self._has_foreign(resource):
            yield from super().pulled(address, resource)

    def not_pulled(self, resource: Resource) -> Iterator[tuple[Path, str]]:
        if self._has_foreign(resource):
            yield self.place, "a part of its rule"

    def _has_foreign(self, resource: Resource) -> bool:
        (field,) = self.fields
        return rules.has_foreign(resource.values[field])


class TicketVisibility(RuleKind[Visibility | None]):
    """`ticket_visibility/HELP_CENTER`."""

    name = "ticket_visibility"
    title = "Ticket visibility"
    fields = ("mode",)
    part = "ticket_visibility"
    place = ("portal", "ticket_visibility")
    shape: ClassVar[FieldShape] = {"values": {"restricted": PLAIN, "conditions": RULE_SHAPE}}

    def parse(self, settings: Mapping[str, Any]) -> Visibility | None:
        plain = settings.get("portal", {}).get("ticket_visibility")
        if plain is None or plain in ("company", "own"):
            return plain  # type: ignore[no-any-return]  # one of the literals, by the test before
        return rules.parse(plain["own_for"])

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if (visibility := self.desired(config)) is not None:
            normal = visibility if isinstance(visibility, str) else rules.normalise(visibility)
            yield self.address(config.help_center), {"mode": _plain(normal)}

    def source(self, address: str, field: str) -> Path:
        return ("portal", "ticket_visibility")

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        ticket_visibility = answer["ticket_visibility"]
        match ticket_visibility["values"]:
            case {"restricted": False}:
                mode: Any = "company"
            case {"conditions": None}:
                mode = "own"
            case {"conditions": wire}:
                mode = _plain(rules.normalise(rules_wire.from_wire(wire)))
        yield Resource(
            self.of_answer(answer), ticket_visibility["revision"], {"mode": mode}, {"wire": ticket_visibility["values"]}
        )

    def unknown_fields(self, part: Mapping[str, Any]) -> Iterator[Path]:
        yield from super().unknown_fields(part)
        yield from unread(part["values"]["conditions"], ("values", "conditions"))

    def outcome(self, field: str, declared: Any, resource: Resource | None, config: Config) -> Any:
        visibility = self.desired(config)
        return _plain(visibility) if visibility is not None else declared

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        body = wire(outcome["mode"], config.attribute_types)
        if not body["restricted"]:
            # Switching the restriction off keeps its conditions, as the vendor does.
            del body["conditions"]
        return (Operation("PATCH", self.path(config.help_center), body),)

    def written(self, field: str, value: Any, declared: Any) -> Any:
        if not isinstance(value, dict):
            return value
        rule = declared["own_for"] if isinstance(declared, dict) else None
        return {**value, "own_for": written_rule(value["own_for"], rule)}

    def needs(self, outcome: Mapping[str, Any]) -> frozenset[str]:
        match outcome.get("mode"):
            case {"own_for": plain}:
                return attribute_addresses(rules.parse(plain))
        return frozenset()

    def wire_fields(self, field: str) -> frozenset[str]:
        return frozenset({"restricted", "conditions"})


def wire(mode: Any, types: Mapping[str, str]) -> dict[str, Any]:
    """Convert a visibility from plain form to that of the admin API."""
    match mode:
        case "company":
            return {"restricted": False, "conditions": None}
        case "own":
            return {"restricted": True, "conditions": None}
    return {"restricted": True, "conditions": rules_wire.to_wire(rules.parse(mode["own_for"]), types)}


def written_rule(value: Any, declared: Any) -> Any:
    """Write a plain rule, or a word in place of one, in the layout of another."""
    if not isinstance(value, dict) or not isinstance(declared, dict):
        return value
    return rules.plain(keep_layout(rules.parse(declared), rules.parse(value)))


def attribute_addresses(rule: rules.Rule) -> frozenset[str]:
    """Return the addresses of the custom attributes in a rule."""
    custom = filter(None, map(custom_attribute, rules.attributes(rule)))
    return frozenset(DATA_ATTRIBUTE.address(f"{model}.{name}") for model, name in custom)


KIND = TicketVisibility()
