"""The audience: who may open the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from reconciler.kinds.base import PLAIN, FieldShape, Operation
from reconciler.kinds.state import Resource
from reconciler.kinds.ticket_visibility import RULE_SHAPE, RuleKind, attribute_addresses, unread, written_rule
from reconciler.rules import model as rules
from reconciler.rules import wire as rules_wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path


Desired = Literal["everyone", "nobody"] | rules.Rule | None
"""Who may open the portal; None where the file does not say."""


class Audience(RuleKind[Desired]):
    """`audience/HELP_CENTER`."""

    name = "audience"
    title = "Audience"
    fields = ("rule",)
    part = "audience"
    place = ("audience",)
    shape: ClassVar[FieldShape] = {"values": {"mode": PLAIN, "rule": RULE_SHAPE}}

    def parse(self, settings: Mapping[str, Any]) -> Desired:
        plain = settings.get("audience")
        if plain is None or plain in ("everyone", "nobody"):
            return plain
        return rules.parse(plain)

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if (audience := self.desired(config)) is not None:
            normal = audience if isinstance(audience, str) else rules.plain(rules.normalise(audience))
            yield self.address(config.help_center), {"rule": normal}

    def source(self, address: str, field: str) -> Path:
        return ("audience",)

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        audience = answer["audience"]
        mode, wire_rule = audience["values"]["mode"], audience["values"]["rule"]
        rule = rules.plain(rules.normalise(rules_wire.from_wire(wire_rule))) if mode == "rule" else mode
        yield Resource(self.of_answer(answer), audience["revision"], {"rule": rule}, {"wire": audience["values"]})

    def unknown_fields(self, part: Mapping[str, Any]) -> Iterator[Path]:
        yield from super().unknown_fields(part)
        yield from unread(part["values"]["rule"], ("values", "rule"))

    def outcome(self, field: str, declared: Any, resource: Resource | None, config: Config) -> Any:
        audience = self.desired(config)
        return declared if audience is None or isinstance(audience, str) else rules.plain(audience)

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        body = wire(outcome["rule"], config.attribute_types)
        return (Operation("PATCH", self.path(config.help_center), body),)

    def written(self, field: str, value: Any, declared: Any) -> Any:
        return written_rule(value, declared)

    def needs(self, outcome: Mapping[str, Any]) -> frozenset[str]:
        match outcome.get("rule"):
            case dict() as plain:
                return attribute_addresses(rules.parse(plain))
        return frozenset()

    def wire_fields(self, field: str) -> frozenset[str]:
        return frozenset({"mode", "rule"})


def wire(audience: Any, types: Mapping[str, str]) -> dict[str, Any]:
    """Convert an audience from plain form to that of the admin API."""
    if isinstance(audience, str):
        return {"mode": audience, "rule": None}
    return {"mode": "rule", "rule": rules_wire.to_wire(rules.parse(audience), types)}


KIND = Audience()
