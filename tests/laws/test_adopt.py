"""Adopting drift, against the real embedded workspace: the file says what is live, and nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import event, given
from hypothesis import strategies as st

from reconciler.config import desired
from reconciler.config.environments.files import Files
from reconciler.config.yaml import document as source
from reconciler.core.errors import ConfigurationInvalid
from reconciler.core.matching import canonical
from reconciler.operations import drift
from reconciler.operations.adopt import adoption, where_written
from reconciler.plan.compare import diff
from reconciler.plan.compare.diff import Origin
from reconciler.rules.model import normalise, parse, plain
from reconciler.rules.preserve import keep_layout
from tests.laws.test_laws import apply_to, plan_for
from tests.support import applying
from tests.support.config.written import written
from tests.support.examples import examples
from tests.support.laws.stage import NOW, Stage, stage
from tests.support.laws.strategies import conditions, configurations, rules, situations
from tests.support.workspace.strategies import worlds

if TYPE_CHECKING:
    from reconciler.config.desired import Config
    from reconciler.kinds.state import State
    from reconciler.operations.adopt import Adoption
    from reconciler.plan.model import Drift


@given(rules, rules)
def test_a_rule_written_like_another_means_what_it_meant(like: dict[str, Any], rule: dict[str, Any]) -> None:
    kept = keep_layout(parse(like), parse(rule))
    assert normalise(kept) == normalise(parse(rule))
    assert keep_layout(kept, parse(rule)) == kept
    assert keep_layout(parse(like), normalise(parse(like))) == parse(like)


@given(st.lists(conditions, min_size=3, max_size=6, unique_by=lambda one: canonical(normal(one))), st.data())
def test_what_stays_of_a_group_stays_in_its_order(members: list[dict[str, Any]], data: st.DataObject) -> None:
    new, *there = members
    kept = [one for one in there if data.draw(st.booleans())]
    mixed = data.draw(st.permutations([*kept, new]))
    group = plain(keep_layout(parse({"all": there}), parse({"all": mixed})))
    assert [one for one in group["all"] if one in kept] == kept


def normal(rule: dict[str, Any]) -> dict[str, Any]:
    return plain(normalise(parse(rule)))


def config_of(data: bytes) -> Config:
    return desired.build(source.parse(source.decode(data, "law.yaml"), "law.yaml"))


def observed(workspace: Stage, config: Config) -> tuple[State, tuple[Drift, ...]]:
    target, _ = workspace.target()
    return drift.findings(config, target, now=NOW)


def attempt(data: bytes, config: Config, state: State, findings: tuple[Drift, ...]) -> Adoption | list[str]:
    """Return what was adopted, or the codes of why not."""
    try:
        return adoption(Files("law.yaml", {"law.yaml": data}, {}), config, state, findings, ())
    except ConfigurationInvalid as refused:
        return [one.code for one in refused.diagnostics]


@examples(7)
@given(worlds(max_people=2), situations(), configurations(), st.data())
def test_adopted_drift_is_drift_no_more(
    world: Any, situation: tuple[dict[str, Any], dict[str, Any]], other: dict[str, Any], data: st.DataObject
) -> None:
    live, values = situation
    text = data.draw(written(st.just(values)))
    with stage(world, live) as workspace:
        if apply_to(workspace, values).blocked:
            return
        apply_to(workspace, {**other, "name": "somebody-else"})
        config = config_of(text)
        state, findings = observed(workspace, config)
        adopted = attempt(text, config, state, findings)
        if isinstance(adopted, list):
            event("refused")
            assert set(adopted) <= {"adopt-not-expressible", "adopt-incomplete"}
            return
        event(f"adopted {len(adopted.adopted)}")
        assert len(adopted.adopted) + len(adopted.left) == len(findings)
        assert all(one.origin is Origin.CONFLICT for one in adopted.left)
        check(workspace, text, adopted)


def check(workspace: Stage, text: bytes, adopted: Adoption) -> None:
    """Assert that file and workspace agree on what was adopted, and that the file says the same of all else."""
    after = config_of(adopted.contents["law.yaml"])
    state, again = observed(workspace, after)
    fields = {(one.address, one.field) for one in adopted.adopted}
    left = {(one.address, change.field) for one in diff.differences(after, state) for change in one.fields}
    assert not fields & left
    assert not fields & {(one.address, one.field) for one in again}
    target, _ = workspace.target()
    plan = plan_for(after, target)
    assert not fields & {(change.address, field.field) for change in plan.changes for field in change.fields}
    touched = {where_written(one)[0] for one in adopted.adopted} | ({"data_attributes"} if adopted.declared else set())
    before, values = config_of(text).document.values, after.document.values
    assert {key: one for key, one in before.items() if key not in touched} == {
        key: one for key, one in values.items() if key not in touched
    }
    if not plan.blocked:
        assert applying.run(plan, target).failure is None
        assert observed(workspace, after)[1] == ()
