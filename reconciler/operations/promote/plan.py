"""The plan of a promotion: the proven configuration with the overrides of the destination."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.config import desired as desired_state
from reconciler.config import validate
from reconciler.config.environments import overrides
from reconciler.config.yaml import document as source
from reconciler.config.yaml.node import Text
from reconciler.core.diagnostics import Severity, error
from reconciler.core.errors import Blocked, ConfigurationInvalid
from reconciler.kinds.base import MISSING
from reconciler.kinds.registry import kind_of
from reconciler.operations import observe
from reconciler.operations import plan as planning
from reconciler.operations.promote.conditions import (
    FieldComparison,
    Name,
    Promotion,
    conditions,
    moment,
    soaked_at,
    unlike,
)
from reconciler.plan.compare import diff
from reconciler.plan.compare import ignore_rules as ignoring
from reconciler.plan.compare.diff import same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from reconciler.config.desired import Config
    from reconciler.config.yaml.document import Document
    from reconciler.kinds.state import State
    from reconciler.operations.promote.conditions import Evidence, Waiver
    from reconciler.plan.checks.guards import Risk
    from reconciler.plan.model import Plan
    from reconciler.target.protocol import Target

_Local = tuple[str, str | None]
"""An address without the name of its Help Center: the kind, and the name where that is not the Help Center's."""

_OF_THE_FILE = ("environments", "promotion")
"""The keys that a promotion takes from the file at hand; all others are the proven ones."""


def composed(document: Document, proof: Evidence) -> Document:
    """Combine the proven configuration with the file's environments; raise Blocked, or ConfigurationInvalid."""
    values = proof.base["document"]
    name = f"{proof.receipt['id']} of {proof.environment}"
    # JSON is YAML in which every text is in quotes: what is read is what was recorded, and every value has a line.
    read = source.parse(json.dumps(values, indent=2, ensure_ascii=False), name)
    if not same(read.values, values) or values.get("name") != document.values["name"]:
        raise Blocked(
            error(
                "promotion-of-another",
                f"{name} is of the configuration {values.get('name')}, not of {document.values['name']}",
                remedy="Name the file of that configuration with -f.",
            )
        )
    candidate = replace(
        document, root=overrides.joined(read.root.within(Text(name, read.lines)), document.root, _OF_THE_FILE)
    )
    problems = validate.validate(candidate)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise ConfigurationInvalid(problems)
    return candidate


def desired(whole: Document, environment: str | None) -> Config:
    """Return the desired state of a `composed` document in an environment; without overrides where it is `None`."""
    built = desired_state.build(overrides.effective(whole, environment))
    return replace(built, base=desired_state.settings_of(whole.values), environment=environment)


def make(
    document: Document,
    proof: Evidence,
    environment: str,
    target: Target,
    *,
    now: datetime,
    waivers: Sequence[Waiver] = (),
    allowed: Iterable[Risk] = (),
) -> tuple[Plan, Promotion]:
    """Plan a promotion at a moment in UTC; raise PortalError where it cannot be promoted."""
    whole = composed(document, proof)
    config = desired(whole, environment)
    # Both are of one moment: what the table shows is what the plan is made from.
    state = observe.observe(config, target)
    plan = planning.make_plan(config, target, now=now, commit=proof.commit, allowed=allowed, state=state)
    soak = config.promotion.soak
    return plan, Promotion(
        proof=proof,
        conditions=conditions(proof, soak, waivers, now, _remedies(proof, soak)),
        rows=tuple(_rows(proof, config, desired(whole, None), state)),
        left=tuple(unlike(desired_state.settings_of(document.values), proof.base["document"])),
    )


def _remedies(proof: Evidence, soak: Any) -> Mapping[Name, str]:
    of = f"-e {proof.environment}"
    return {
        Name.DRIFT: f"portal drift --revert {of} puts it back; or adopt it, apply that, and let it be proven.",
        Name.VERIFIED: f"portal verify {of}",
        Name.EXPECTATIONS: f"Correct the file or {proof.environment}, and apply it there: portal apply {of}.",
        Name.SOAK: f"Promote it again after {moment(soaked_at(proof, soak))}.",
    }


@dataclass(frozen=True, slots=True)
class _Side:
    """The managed fields, in declared form by address without the Help Center, and the state of one environment."""

    environment: str
    state: State
    desired: Mapping[_Local, Mapping[str, Any]]

    def address(self, local: _Local) -> str:
        kind, name = local
        named = self.state.help_center if name is None else name
        return f"{kind}/{named}" if named else kind

    def value(self, local: _Local, field: str) -> Any:
        return self.desired.get(local, {}).get(field, MISSING)

    def live(self, local: _Local, field: str, declared: Any) -> Any:
        """Return the live value of a field, in the form of `declared`."""
        address = self.address(local)
        resource = self.state.resources.get(address)
        return MISSING if resource is None else kind_of(address).observed(field, declared, resource)


def _rows(proof: Evidence, config: Config, base: Config, state: State) -> Iterator[FieldComparison]:
    """Yield every field that is managed in either environment."""
    plain = _local(diff.declared(base), base.help_center)
    recorded = proof.state.record.values if proof.state.record else {}
    there = _Side(proof.environment, proof.state, _local(recorded, proof.state.help_center))
    desired = _local(diff.declared(ignoring.without_ignored(config)), config.help_center)
    here = _Side(str(config.environment), state, desired)
    for local in dict.fromkeys((*here.desired, *there.desired)):
        for field in dict.fromkeys((*here.desired.get(local, ()), *there.desired.get(local, ()))):
            yield _row(there, here, local, field, plain.get(local, {}).get(field, MISSING))


def _row(there: _Side, here: _Side, local: _Local, field: str, plain: Any) -> FieldComparison:
    """Compare one field in both environments; `plain` is its value without overrides."""
    applied, desired = there.value(local, field), here.value(local, field)
    managed = desired is not MISSING
    live = here.live(local, field, desired if managed else applied)
    proven = there.live(local, field, desired if applied is MISSING else applied)
    return FieldComparison(
        address=here.address(local),
        field=field,
        proven=proven,
        live=live,
        desired=desired,
        overridden=tuple(
            side.environment
            for side, value in ((there, applied), (here, desired))
            if value is not MISSING and not _same(value, plain)
        ),
        changes=managed and not _same(live, desired),
        differs=managed and not _same(proven, desired),
    )


def _same(value: Any, other: Any) -> bool:
    return value is other if value is MISSING or other is MISSING else same(value, other)


def _local(entry: Mapping[str, Mapping[str, Any]], help_center: str) -> dict[_Local, Mapping[str, Any]]:
    """Key fields by address without the Help Center, which may differ between environments."""
    parts = {address: address.partition("/") for address in entry}
    return {
        (kind, None if name == help_center and kind != "data_attribute" else name): entry[address]
        for address, (kind, _, name) in parts.items()
    }
