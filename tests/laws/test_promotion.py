"""After a promotion, what was proven is what is live: whatever is not declared to differ is the same in both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply import executor as apply
from reconciler.config.yaml import document as source
from reconciler.kinds.registry import kind_of
from reconciler.operations import plan as planning
from reconciler.operations.promote import document as promotion_document
from reconciler.operations.promote import evidence as promotion_source
from reconciler.operations.promote import plan as promotion_plan
from reconciler.operations.promote.conditions import Name, Waiver
from reconciler.plan.checks.guards import Risk
from reconciler.plan.compare import diff
from reconciler.plan.compare.diff import same
from reconciler.plan.document import executable
from tests.support import applying
from tests.support.examples import examples
from tests.support.laws.stage import stage
from tests.support.laws.strategies import CENTRE, audiences, configurations, live_settings, visibilities
from tests.support.sample import NOW
from tests.support.workspace.strategies import World, worlds

if TYPE_CHECKING:
    from reconciler.config.desired import Config
    from reconciler.config.yaml.document import Document
    from reconciler.kinds.state import State
    from reconciler.target.rest import RestTarget

EVERY_RISK = tuple(Risk)
WAIVED = tuple(Waiver(name, "Ada Vidal", "It is tried only") for name in Name)
WORKSPACE = {"workspace": "https://workspace.acme.example", "token": "${TOKEN}"}

overrides = st.fixed_dictionaries(
    {},
    optional={
        "help_center": st.sampled_from(("help.one.example", "help.two.example")).map(
            lambda domain: {"custom_domain": domain}
        ),
        "audience": audiences,
        "portal": visibilities.map(lambda mode: {"ticket_visibility": mode}),
    },
)


def file_of(values: dict[str, Any], staging: Any, production: Any) -> Document:
    environments = {
        "staging": {**WORKSPACE, "overrides": staging},
        "production": {**WORKSPACE, "overrides": production, "promote_from": "staging"},
    }
    by_name = {name: {key: value for key, value in one.items() if value} for name, one in environments.items()}
    return source.parse(json.dumps({**values, "environments": by_name}, indent=1), "law.yaml")


def applied(config: Config, target: RestTarget) -> bool:
    """Apply a configuration, where it may be; and tell whether it may."""
    plan = planning.make_plan(config, target, now=NOW, allowed=EVERY_RISK)
    if plan.blocked:
        return False
    result = applying.run(plan, target)
    assert result.failure is None, result.failure
    return True


def live(state: State, address: str, field: str, like: Any) -> Any:
    return kind_of(address).observed(field, like, state.resources[address])


@examples(12)
@given(
    worlds(max_people=2),
    st.tuples(live_settings(), live_settings()),
    st.tuples(configurations(), configurations()),
    st.tuples(overrides, overrides),
)
def test_production_is_as_staging_but_for_declared_differences(
    world: World, lives: tuple[Any, Any], files: tuple[Any, Any], over: tuple[Any, Any]
) -> None:
    with stage(world, lives[0]) as first, stage(world, lives[1]) as second:
        staging, production = first.target()[0], second.target()[0]
        if not applied(promotion_plan.desired(file_of(files[0], *over), "staging"), staging):
            return
        proven, before = staging.observe(CENTRE, "law"), production.observe(CENTRE, "law")
        proof = promotion_source.find(staging, "law", "staging", NOW.date())
        # The file at hand says something else by now.
        at_hand = file_of(files[1], *over)
        plan, promotion = promotion_plan.make(
            at_hand, proof, "production", production, now=NOW, waivers=WAIVED, allowed=EVERY_RISK
        )
        document = promotion_document.to_document(plan, promotion)
        if document["outcome"] == "blocked":
            assert plan.blocked
            return
        result = apply.run(executable.of(document), production, lambda _: None, applying.TERMS)
        assert result.failure is None, result.failure

        whole = promotion_plan.composed(at_hand, proof)
        config = promotion_plan.desired(whole, "production")
        after = production.observe(CENTRE, "law")
        _same_but_for_what_is_declared(config, whole, proven, after)
        _the_rest_stays(config, before, after)
        again = planning.make_plan(config, production, now=NOW, commit=proof.commit, allowed=EVERY_RISK)
        assert again.empty
        assert not again.record_is_stale
        assert after.record
        assert proven.record
        assert after.record.base == proven.record.base
        assert staging.observe(CENTRE, "law") == proven


def _same_but_for_what_is_declared(config: Config, whole: Document, proven: State, after: State) -> None:
    plain = diff.declared(promotion_plan.desired(whole, None))
    wanted = {name: diff.declared(promotion_plan.desired(whole, name)) for name in ("staging", "production")}
    for address, fields in plain.items():
        for field, value in fields.items():
            ignored = any(rule.covers(address, field) for rule in config.ignores)
            # Whether a page goes live shows in its sections, so a rule about the one leaves the other alone.
            ignored |= address.startswith("homepage/") and any(
                rule.covers(address, "publish") for rule in config.ignores
            )
            sides = [one.get(address, {}).get(field) for one in wanted.values()]
            if not ignored and all(same(side, value) for side in sides):
                assert same(live(after, address, field, value), live(proven, address, field, value)), (address, field)


def _the_rest_stays(config: Config, before: State, after: State) -> None:
    declared = diff.declared(config)
    for address, resource in before.resources.items():
        if address.startswith("homepage/"):
            # Enabling the portal adds its card to the draft.
            continue
        for field, value in resource.values.items():
            if field not in declared.get(address, {}) and field in kind_of(address).fields:
                assert same(after.resources[address].values[field], value), (address, field)
