"""The frozen desired state of one file for one workspace. A part that is not managed is `None` or empty."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from reconciler.config.environments.overrides import effective
from reconciler.rules.attributes import CONDITION_TYPE, builtin_types, rule_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.config.yaml.document import Document
    from reconciler.core.diagnostics import Path, Source

_NOT_SETTINGS = ("promotion", "environments")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Expectation:
    """The abilities that one person must, or must not, have."""

    person: str
    can: tuple[str, ...]
    cannot: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Guards:
    """Limits of a plan without `--allow`."""

    max_access_gained: str | int | None = None  # people, or a share such as `10%` of those who had access before
    max_access_lost: str | int | None = None
    allow_everyone: bool = False
    approvals: str = "others"  # whose label counts on a pull request: `others` than its author, or `anyone`


@dataclass(frozen=True, slots=True)
class Ignore:
    """An ignore rule: fields neither compared, nor written, nor reported as drift."""

    address: str  # or the beginning of several before a final `*`
    field: str | None  # `None` for all
    reason: str
    owner: str
    until: date  # the last day it counts, UTC
    path: Path

    def covers(self, address: str, field: str) -> bool:
        """Tell whether the rule ignores a field."""
        if self.field not in (None, field):
            return False
        return address.startswith(self.address[:-1]) if self.address.endswith("*") else address == self.address


@dataclass(frozen=True, slots=True)
class Promotion:
    """The conditions for a promotion: the time live, and the settings that environments may override (None: all)."""

    soak: timedelta = timedelta()
    overridable: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Attestations:
    """The attestations an environment accepts: days of validity, kinds that need two people, others than the author."""

    valid_for: int = 90
    two_people_for: tuple[str, ...] = ()
    not_the_author: bool = False


@dataclass(frozen=True, slots=True)
class RuleGrant:
    """The granted companies of one person by the rules of a file."""

    companies: tuple[str, ...]
    others: tuple[str, ...]  # those of `companies` that go by no rule
    rule: int  # the deciding one, from 0
    matches: bool
    called: str  # email address or contact id, for messages; no record keeps it


@dataclass(frozen=True, slots=True, eq=False)
class Config:
    """The desired state of a file. Compared by identity, so that derived values can be cached."""

    name: str
    digest: str
    help_center: str
    settings: Mapping[str, Any]  # managed values as in the file; each kind reads its part
    expectations: tuple[Expectation, ...]
    guards: Guards
    ignores: tuple[Ignore, ...]
    promotion: Promotion
    attribute_types: Mapping[str, str]
    document: Document
    base: Mapping[str, Any]
    environment: str | None = None
    attestations: Attestations | None = None
    by_rule: Mapping[str, RuleGrant] = field(default_factory=dict)  # by contact id, once the rules were asked for
    parsed: dict[str, Any] = field(default_factory=dict, init=False, repr=False)  # the parts that kinds have read

    @property
    def kept(self) -> dict[str, Any]:
        """The part that a workspace keeps: the configuration before overrides, and its digest."""
        return {"digest": digest(self.base), "document": dict(self.base)}

    def source(self, path: Path) -> Source:
        """Return the source of the value at `path`; of the deciding rule for a grant by rule."""
        if path[:1] == ("granted_companies",) and (grant := self.by_rule.get(str(path[-1]))):
            path = ("granted_by_rule", grant.rule)
        return self.document.source(path)


def of(document: Document, environment: str | None = None) -> Config:
    """Return the desired state in an environment (None: no overrides); raise ConfigurationInvalid if unknown."""
    config = build(read(document, environment))
    if environment is None:
        return config
    policy = document.values["environments"][environment].get("attestations")
    base = settings_of(document.values)
    return replace(config, base=base, environment=environment, attestations=_attestations(policy))


def read(document: Document, environment: str | None) -> Document:
    """Return the document that a configuration keeps: as it is, or as it is meant for one of its environments."""
    return document if environment is None else effective(document, environment)


def build(document: Document, managed: Mapping[str, Any] | None = None) -> Config:
    """Build the desired state of a valid document, or of its `managed` part: rules and digest are of the whole file."""
    values: Mapping[str, Any] = document.values if managed is None else managed
    return Config(
        name=values["name"],
        digest=digest(document.values),
        help_center=values["help_center"]["identifier"],
        settings=values,
        expectations=tuple(
            Expectation(
                person=entry["person"],
                can=tuple(entry.get("can", ())),
                cannot=tuple(entry.get("cannot", ())),
                path=("expectations", index),
            )
            for index, entry in enumerate(values.get("expectations", ()))
        ),
        guards=Guards(**values.get("guards", {})),
        ignores=ignores(values),
        promotion=_promotion(values.get("promotion", {})),
        attribute_types=_attribute_types(document.values),
        document=document,
        base=settings_of(document.values),
    )


def digest(values: Mapping[str, Any]) -> str:
    """Return the digest of a configuration's meaning: comments, order of keys and layout do not count."""
    text = json.dumps(settings_of(values), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def settings_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a file, without environments and what belongs to them."""
    return {key: value for key, value in values.items() if key not in _NOT_SETTINGS}


def ignores(values: Mapping[str, Any]) -> tuple[Ignore, ...]:
    """Return the ignore rules of a valid configuration."""
    return tuple(_ignore(index, entry) for index, entry in enumerate(values.get("ignore", ())))


def _attribute_types(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the condition type of each attribute that a file's rules may name."""
    declared = {
        rule_name(model, name): CONDITION_TYPE[entry["type"]]
        for model, entries in values.get("data_attributes", {}).items()
        for name, entry in entries.items()
        if "type" in entry
    }
    return {**builtin_types(), **declared}


def _ignore(index: int, plain: Mapping[str, Any]) -> Ignore:
    return Ignore(
        address=plain["address"],
        field=plain.get("field"),
        reason=plain["reason"],
        owner=plain["owner"],
        until=date.fromisoformat(plain["until"]),
        path=("ignore", index),
    )


def _attestations(plain: Mapping[str, Any] | None) -> Attestations | None:
    if plain is None:
        return None
    usual = Attestations()
    return Attestations(
        valid_for=int(plain["valid_for"].removesuffix("d")) if "valid_for" in plain else usual.valid_for,
        two_people_for=tuple(plain.get("two_people_for", ())),
        not_the_author=plain.get("not_the_author", False),
    )


def _promotion(plain: Mapping[str, Any]) -> Promotion:
    soak, named = plain.get("soak", "0s"), plain.get("may_differ")
    seconds = int(soak[:-1]) * _SECONDS[soak[-1]]
    return Promotion(timedelta(seconds=seconds), None if named is None else tuple(named))
