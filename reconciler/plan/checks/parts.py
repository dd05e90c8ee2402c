"""Lint each part of a changed rule by itself: dead ones, and ones far too wide. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from reconciler.core.diagnostics import Diagnostic, warning
from reconciler.core.wording import did_you_mean, people
from reconciler.kinds.audience import KIND as AUDIENCE
from reconciler.kinds.data_attribute import KIND as DATA_ATTRIBUTE
from reconciler.kinds.granted_companies import grantors
from reconciler.kinds.ticket_visibility import KIND as VISIBILITY
from reconciler.rules import model as rules
from reconciler.rules import wire as rules_wire
from reconciler.rules.attributes import custom_attribute
from reconciler.rules.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path
    from reconciler.plan.effect.projection import Projection
    from reconciler.rules.model import Condition, Rule

MOST_COUNTED = 20
"""The most parts that a workspace counts: each costs it a query."""

_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_CALLED = {
    "audience": "the audience",
    "ticket_visibility": "the rule for who sees only their own tickets",
    "granted_companies": "a rule that grants companies",
}
_LETS = {
    "audience": "can get in",
    "ticket_visibility": "can choose which tickets they see",
    "granted_companies": "can read the tickets of those companies",
}

Shape = Literal["condition", "exclusion", "branch", "domain"]


@dataclass(frozen=True, slots=True)
class Part:
    """One counted part of a rule.

    `condition` and `branch` admit, `exclusion` keeps out; `domain` counts those whom an address without an @ admits
    beside its own domain.
    """

    kind: str  # of the rule's resource
    path: Path
    shape: Shape
    rule: Rule
    condition: Condition | None = None  # `None` for a branch


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of changed rules in file order, and the conditions about tags with their kinds and places."""

    all: tuple[Part, ...]
    tags: tuple[Part, ...]

    @classmethod
    def of(cls, config: Config, projected: Projection) -> Parts | None:
        """Collect the parts of changed rules; `None` where no rule changes."""
        parts = [part for kind, path, rule in _changed(config, projected) for part in _parts(kind, path, rule)]
        tags = tuple(part for part in parts if part.condition and part.condition.attribute.endswith(".tag"))
        return cls(tuple(parts), tags) if parts else None

    @property
    def _counted(self) -> tuple[Part, ...]:
        # What lets others in comes first: there may be more parts than are counted.
        return tuple(sorted(self.all, key=lambda part: part.shape != "domain"))[:MOST_COUNTED]

    def rules(self, config: Config) -> list[dict[str, Any]]:
        """Return the rules to count, in the form of the admin API."""
        return [rules_wire.to_wire(part.rule, config.attribute_types) for part in self._counted]

    def about(self, config: Config, answer: Mapping[str, Any] | None) -> Iterator[Diagnostic]:
        """Yield warnings about dead or far too wide parts, by their counts (None: the workspace is too old)."""
        tags = answer["tags"] if answer else None
        unknown = [] if tags is None else [(tag, name) for tag in self.tags for name in _missing(tag, tags)]
        for part, name in unknown:
            yield _unknown_tag(config, part, name, tags or ())
        counts = answer["parts"] if answer else [None] * len(self._counted)
        dead = [part.path for part, answer in zip(self._counted, counts, strict=True) if answer and not answer["count"]]
        # Of parts in each other the inner one says why.
        explained = [part.path for part, _ in unknown]
        explained += [path for path in dead if any(other != path and other[: len(path)] == path for other in dead)]
        for part, count in zip(self._counted, counts, strict=True):
            if part.shape == "domain":
                yield _domain(config, part, count)
            elif count and answer and answer["people"] and part.path not in explained:
                yield from _odd(config, part, count["count"], answer["people"])


def writable(config: Config, projected: Projection) -> Iterator[Diagnostic]:
    """Warn of attributes that decide access and that any browser may write."""
    for kind, named in _deciding(config, projected):
        for attribute in sorted(named):
            custom = custom_attribute(attribute)
            if custom is not None and _any_browser(projected, ".".join(custom)):
                address = DATA_ATTRIBUTE.address(".".join(custom))
                yield warning(
                    "attribute-writable-decides",
                    f"any browser can write {attribute}, on which {_CALLED[kind]} relies: its user {_LETS[kind]}",
                    remedy=f"Write messenger_writable: false for data_attributes.{'.'.join(custom)}, and set it from "
                    "your servers only.",
                    address=address,
                    source=_source(config, kind, attribute),
                )


def _changed(config: Config, projected: Projection) -> Iterator[tuple[str, Path, Rule]]:
    """Yield each changed rule with its kind and its place in the file."""
    for kind, path, rule in _written(config):
        field = "rule" if kind == "audience" else "mode"
        outcome = projected.outcome(kind, field)
        meant = outcome.get("own_for") if isinstance(outcome, dict) and kind != "audience" else outcome
        # What an undo brings back is not the file's rule, and has no lines to point at.
        if meant == rules.plain(rule):
            yield kind, path, rule


def _written(config: Config) -> Iterator[tuple[str, Path, Rule]]:
    for kind, path in ((AUDIENCE, ("audience",)), (VISIBILITY, ("portal", "ticket_visibility", "own_for"))):
        desired = kind.desired(config)
        if desired is not None and not isinstance(desired, str):
            yield kind.name, path, desired


def _parts(kind: str, path: Path, rule: Rule, *, upright: bool = True, whole: bool = True) -> Iterator[Part]:
    """Yield the parts of a rule, outer ones first; `upright` under an even number of `not`.

    The `whole` rule, or all that a `not` excludes, counts as one part.
    """
    match rule:
        case rules.Not(inner):
            yield from _parts(kind, (*path, "not"), inner, upright=not upright, whole=False)
        case rules.Group(operator, members):
            if operator == "all" and upright and not whole:
                yield Part(kind, path, "branch", rule)
            for index, member in enumerate(members):
                yield from _parts(kind, (*path, operator, index), member, upright=upright, whole=False)
        case rules.Condition(attribute, operator, value):
            excludes = upright == (operator == "is_not")
            positive = rules.Condition(attribute, "is", value) if operator == "is_not" else rule
            # A condition that is the whole rule is counted as the audience.
            if not whole or excludes or attribute.endswith(".tag"):
                yield Part(kind, path, "exclusion" if excludes else "condition", positive, rule)
            if not excludes and _bare_domain(rule):
                with_at = rules.Condition(attribute, "ends_with", f"@{value}")
                yield Part(kind, path, "domain", rules.Group("all", (rule, rules.Not(with_at))), rule)


def _bare_domain(condition: Condition) -> bool:
    """Tell whether a condition matches a domain without its beginning in an address."""
    value = condition.value
    if condition.attribute != "person.email" or not isinstance(value, str):
        return False
    if condition.operator == "contains":
        return _DOMAIN.fullmatch(value.removeprefix("@").removeprefix(".")) is not None
    return condition.operator == "ends_with" and _DOMAIN.fullmatch(value) is not None


def _domain(config: Config, part: Part, counted: Mapping[str, Any] | None) -> Diagnostic:
    condition = part.condition
    value = str(condition.value if condition else "").removeprefix("@").removeprefix(".")
    contains = condition is not None and condition.operator == "contains"
    beside = f"mallory@{value}.evil.example" if contains else f"mallory@evil{value}"
    message = f"{words(condition) if condition else ''} also holds for other domains, such as {beside}"
    if counted is not None:
        count = counted["count"]
        gets = "today nobody of another domain gets in" if not count else f"today {people(count)} of other domains"
        message += f"; {gets}{_names(counted) if count else ''}"
    return warning(
        "domain-without-at",
        message,
        remedy=f'Write ends_with: "@{value}"; for subdomains, add ends_with: ".{value}" under any.',
        address=f"{part.kind}/{config.help_center}",
        source=config.source(part.path),
    )


def _names(counted: Mapping[str, Any]) -> str:
    shown, count = counted["sample"], counted["count"]
    more = f" and {count - len(shown)} more" if count > len(shown) else ""
    return f" ({', '.join(shown)}{more})" if shown else ""


def _odd(config: Config, part: Part, count: int, of: int) -> Iterator[Diagnostic]:
    address, source = f"{part.kind}/{config.help_center}", config.source(part.path)
    message = words(part.condition) if part.condition else "this branch"
    if not count and part.shape == "exclusion":
        yield warning(
            "rule-part-dead",
            f"{message} excludes nobody: none of {people(of)} has that value",
            remedy="Check the spelling, and look at the people who should be kept out with portal explain PERSON.",
            address=address,
            source=source,
        )
    elif not count:
        yield warning(
            "rule-part-dead",
            f"{message} holds for none of {people(of)}: this part lets nobody in",
            remedy="Check the values with portal preview --rule; `is` compares the case, too. "
            "Remove the part if it is not needed.",
            address=address,
            source=source,
        )
    elif count == of and part.shape != "exclusion" and _alternative(part.path):
        yield warning(
            "rule-part-too-wide",
            f"{message} holds for all {people(of)}, and it is under `any`, so the other parts have no effect",
            remedy="Narrow it, or put it under `all:` with another condition.",
            address=address,
            source=source,
        )


def _alternative(path: Path) -> bool:
    """Tell whether a part alone suffices for its rule."""
    return "any" in path and "all" not in path and "not" not in path


def _missing(part: Part, tags: Sequence[str]) -> Iterator[str]:
    """Yield the tags that the workspace lacks; case counts."""
    value = part.condition.value if part.condition else ()
    if part.condition and part.condition.operator in ("is", "is_not"):
        named = value if isinstance(value, tuple) else (str(value),)
        yield from (text for text in named if text not in tags)


def _unknown_tag(config: Config, part: Part, name: str, tags: Sequence[str]) -> Diagnostic:
    does = "excludes nobody" if part.shape == "exclusion" else "lets nobody in"
    return warning(
        "tag-unknown",
        f"there is no tag {name}: this part {does}",
        remedy=did_you_mean(name, tags, "Give somebody the tag first, or remove it from the rule."),
        address=f"{part.kind}/{config.help_center}",
        source=config.source(part.path),
    )


def _deciding(config: Config, projected: Projection) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the attributes of each rule in force after the plan, with its kind."""
    for kind, wire in _in_force(projected).items():
        yield kind, rules.attributes(rules_wire.from_wire(wire)) if wire else frozenset()
    for grantor in grantors(config):
        yield "granted_companies", frozenset() if grantor.where is None else rules.attributes(grantor.where)


def _in_force(projected: Projection) -> dict[str, Any]:
    """Return the rules in force after the plan, in the form of the admin API."""
    view = projected.after
    restricted = view["ticket_visibility"]["restricted"]
    return {
        "audience": view["audience"]["rule"] if view["audience"]["mode"] == "rule" else None,
        "ticket_visibility": view["ticket_visibility"].get("conditions") if restricted else None,
    }


def _any_browser(projected: Projection, attribute: str) -> bool:
    address = DATA_ATTRIBUTE.address(attribute)
    outcome: Mapping[str, Any] = next(
        (difference.outcome for difference in projected.differences if difference.address == address), {}
    )
    resource = projected.state.resources.get(address)
    live = resource.values["messenger_writable"] if resource else False
    return bool(outcome.get("messenger_writable", live))


def _source(config: Config, kind: str, attribute: str) -> Any:
    for number, grantor in enumerate(grantors(config) if kind == "granted_companies" else ()):
        if grantor.where is not None and attribute in rules.attributes(grantor.where):
            return config.source(("granted_by_rule", number, "where"))
    for written, path, rule in _written(config):
        if written == kind and attribute in rules.attributes(rule):
            return config.source(path)
    return None
