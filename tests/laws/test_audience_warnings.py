"""What a plan says about rules that exclude companies is what a plain evaluation of every person finds."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.operations import plan as planning
from reconciler.plan.checks import audience
from reconciler.plan.effect import impact, projection
from reconciler.rules import model as rules
from reconciler.rules import wire as rules_wire
from tests.reconciler.kinds.test_kinds import LIVE
from tests.support import reference
from tests.support.examples import examples
from tests.support.laws.stage import NOW, TYPES, Stage, read, stage
from tests.support.laws.strategies import CENTRE, WORDS, conditions
from tests.support.workspace.strategies import COMPANY_CUSTOM, PERSON_CUSTOM, TAGS, TODAY, World, worlds

Rule = dict[str, Any]

exclusions = st.one_of(
    st.builds(lambda tag: {"attribute": "company.tag", "is_not": tag}, st.sampled_from(TAGS)),
    st.builds(lambda word: {"attribute": "company.plan", "is_not": word}, st.sampled_from(WORDS)),
    st.builds(lambda word: {"not": {"attribute": "company.name", "contains": word}}, st.sampled_from(WORDS)),
)
excluding = st.recursive(
    exclusions | conditions,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3, unique_by=repr).map(lambda many: {"all": many})
        | st.lists(inner, min_size=1, max_size=3, unique_by=repr).map(lambda many: {"any": many})
        | inner.map(lambda one: {"not": one})
    ),
    max_leaves=4,
)


def values_with(rule: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "name": "law",
        "help_center": {"identifier": CENTRE},
        "data_attributes": {
            "contact": {name: {"type": kind} for name, kind in PERSON_CUSTOM.items()},
            "company": {name: {"type": kind} for name, kind in COMPANY_CUSTOM.items()},
        },
        "audience": rule,
    }


def pretended(wire: Rule, path: tuple[str | int, ...], *, holds: bool) -> Rule:
    """Return a rule of the admin API in which the condition at a path of the file always, or never, holds."""
    changed = {"operator": "and", "predicates": [copy.deepcopy(wire)]}
    inner, last = changed, 0
    for step in path:
        if step in ("all", "any"):
            continue
        inner, last = inner["predicates"][last], 0 if step == "not" else int(step)
    inner["predicates"][last] = {"operator": "and" if holds else "or", "predicates": []}
    return changed


def inside(world: World, rule: Rule) -> set[str]:
    view = reference.View(open=True, mode="rule", rule=rule)
    return {one.id for one in world.people if reference.may_open(view, one, TODAY)}


def asked(workspace: Stage, values: dict[str, Any]) -> list[tuple[audience.ComparisonQuery, impact.Impact]]:
    target, _ = workspace.target()
    config = read(values)
    foreseen = projection.project(config, target.observe(CENTRE, "law"), TODAY)
    questions = audience.questions(config, foreseen)
    return [(one, impact.from_answer(target.compare(CENTRE, one.before, one.after))) for one in questions]


@examples(14)
@given(worlds(), excluding)
def test_the_people_whom_another_company_lets_in_are_counted(world: World, rule: Rule) -> None:
    assume(audience.negatives(rules.parse(rule)))
    wire = rules_wire.to_wire(rules.parse(rule), TYPES)
    with stage(world, LIVE) as workspace:
        for question, answer in asked(workspace, values_with(rule)):
            about = question.about
            if about is None:
                continue
            upright = about.condition.operator == "is_not" and about.excluded.operator == "is"
            otherwise = inside(world, pretended(wire, about.path[1:], holds=not upright))
            belongs = inside(world, rules_wire.to_wire(about.excluded, TYPES))
            assert answer.sees_less.count == len((inside(world, wire) - otherwise) & belongs)
            assert answer.after == len(inside(world, wire))


@examples(14)
@given(worlds(), excluding)
def test_an_audience_of_everybody_or_nobody_is_told(world: World, rule: Rule) -> None:
    wire = rules_wire.to_wire(rules.parse(rule), TYPES)
    with stage(world, LIVE) as workspace:
        target, transport = workspace.target()
        plan = planning.make_plan(read(values_with(rule)), target, now=NOW)
        compared = [one for one in transport.sent if one[1].endswith("/access/compare")]
    people = inside(world, {"operator": "and", "predicates": []})
    told = {one.code for one in plan.diagnostics}
    assert ("rule-matches-everyone" in told) == (bool(people) and inside(world, wire) == people)
    assert ("rule-matches-nobody" in told) == (bool(people) and not inside(world, wire))
    assert len(compared) <= audience.MOST_COUNTED
