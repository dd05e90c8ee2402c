"""The laws with granted companies: people who read the tickets of companies that they do not belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.rules import model, wire
from tests.support import applying
from tests.support.examples import examples
from tests.support.laws.stage import NOW, TYPES, Stage, read, stage
from tests.support.laws.strategies import changes_of_access, rules
from tests.support.reference import View, may_open
from tests.support.workspace.strategies import TODAY, World, worlds
from workspace.database import engine as db
from workspace.people import grants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.config.desired import Config
    from reconciler.target.protocol import Target
    from tests.support.reference import Person

Situation = tuple[dict[str, Any], dict[str, Any]]
Grants = dict[str, list[str]]
Rules = list[dict[str, Any]]


@st.composite
def granted_worlds(draw: st.DrawFn) -> tuple[World, Grants]:
    """Generate a world in which somebody can be granted something, and what a file says of it."""
    world = draw(worlds(max_people=4).filter(lambda one: any(map(_given_id, one.companies))))
    ids = [_given_id(one) for one in world.companies if _given_id(one)]
    some = st.lists(st.sampled_from(ids), unique=True, max_size=3)
    people = st.sampled_from([one.id for one in world.people])
    return world, draw(st.dictionaries(people, some, min_size=1, max_size=3))


@st.composite
def worlds_by_rule(draw: st.DrawFn) -> tuple[World, Grants, Rules]:
    """Generate a world, what it grants already, and rules of a file that grant something."""
    world = draw(worlds(max_people=4).filter(lambda one: any(map(_given_id, one.companies))))
    ids = [_given_id(one) for one in world.companies if _given_id(one)]
    some = st.lists(st.sampled_from(ids), unique=True, max_size=2)
    had = draw(st.dictionaries(st.sampled_from([one.id for one in world.people]), some, max_size=3))
    companies = st.lists(st.sampled_from(ids), unique=True, min_size=1, max_size=2)
    where = st.just("nobody") | rules
    entry = st.fixed_dictionaries({"where": where, "companies": companies})
    return world, had, draw(st.lists(entry, min_size=1, max_size=3))


def _given_id(company: Any) -> str:
    """Return the id that the customer gave a company, as far as a file can spell it."""
    given = str(company.values.get("company_id") or "")
    return given if given.isprintable() and given.isascii() else ""


def told(workspace: Stage) -> Mapping[str, Sequence[str]]:
    return {one["id"]: one["companies"] for one in workspace.configuration()["granted_companies"]["people"]}


@examples(7)
@given(granted_worlds(), changes_of_access())
def test_law_3_grants_are_never_wider_in_between_than_at_both_ends(
    world: tuple[World, Grants], situation: Situation
) -> None:
    live, values = situation
    with stage(world[0], live) as workspace:
        _check_never_wider(workspace, read({**values, "granted_companies": world[1]}))


@examples(6)
@given(granted_worlds(), changes_of_access())
def test_laws_1_6_and_7_grants_stay_and_come_back(world: tuple[World, Grants], situation: Situation) -> None:
    live, values = situation
    with stage(world[0], live) as workspace:
        target, _ = workspace.target()
        config = read({**values, "granted_companies": world[1]})
        before = told(workspace)
        plan = planning.make_plan(config, target, now=NOW, allowed=ALLOWABLE)
        if plan.blocked or plan.empty:
            return
        assert applying.run(plan, target).failure is None
        after = told(workspace)
        assert {one: sorted(after.get(one, ())) for one in world[1]} == {one: sorted(w) for one, w in world[1].items()}
        assert {one: some for one, some in after.items() if one not in world[1]} == {
            one: some for one, some in before.items() if one not in world[1]
        }
        _check_comes_back(workspace, target, config, before)


@examples(8)
@given(worlds_by_rule(), changes_of_access())
def test_law_3_grants_by_rule_are_never_wider_in_between(
    world: tuple[World, Grants, Rules], situation: Situation
) -> None:
    live, values = situation
    with stage(world[0], live) as workspace:
        _have(workspace, world[1])
        _check_never_wider(workspace, read({**values, "granted_by_rule": world[2]}))


@examples(8)
@given(worlds_by_rule(), changes_of_access())
def test_laws_1_6_and_7_whoever_matches_has_them_and_nobody_else_and_all_comes_back(
    world: tuple[World, Grants, Rules], situation: Situation
) -> None:
    live, values = situation
    with stage(world[0], live) as workspace:
        _have(workspace, world[1])
        target, _ = workspace.target()
        config = read({**values, "granted_by_rule": world[2]})
        before = told(workspace)
        plan = planning.make_plan(config, target, now=NOW, allowed=ALLOWABLE)
        if plan.blocked or plan.empty:
            return
        assert applying.run(plan, target).failure is None
        after = told(workspace)
        managed = {company for entry in world[2] for company in entry["companies"]}
        for person in world[0].people:
            had, has = set(before.get(person.id, ())), set(after.get(person.id, ()))
            fitting = (entry["companies"] for entry in world[2] if _matches(entry["where"], person))
            assert has & managed == set().union(*fitting)
            assert has - managed == had - managed
        _check_comes_back(workspace, target, config, before)


def _check_never_wider(workspace: Stage, config: Config) -> None:
    """Apply a configuration; nobody sees more after any write than before or after all of them."""
    target, transport = workspace.target()
    before = workspace.seen()
    plan = planning.make_plan(config, target, now=NOW, allowed=ALLOWABLE)
    if plan.blocked:
        return
    projected = workspace.seen(dict(plan.views[1]))
    moments: list[frozenset[tuple[str, str]]] = []
    transport.after_write = lambda: moments.append(workspace.seen())
    assert applying.run(plan, target).failure is None
    assert workspace.seen() == projected
    for moment in moments:
        assert moment <= before | projected


def _check_comes_back(workspace: Stage, target: Target, config: Config, before: Mapping[str, Sequence[str]]) -> None:
    """A plan right after the apply is empty, and its undo brings the grants of before."""
    assert planning.make_plan(config, target, now=NOW, allowed=ALLOWABLE).empty
    (receipt, *_) = target.receipts()["data"]
    undo = planning.plan_undo(config, target, target.receipt(receipt["id"]), now=NOW, allowed=ALLOWABLE)
    if undo.blocked:
        # A portal that was enabled although it could not be opened cannot be enabled like that again.
        return
    assert applying.run(undo, target).failure is None
    assert told(workspace) == before


def _matches(where: Any, person: Person) -> bool:
    """Tell whether a person matches a rule, by the plain reference."""
    if where == "nobody":
        return False
    everybody = View(open=True, mode="rule", rule=wire.to_wire(model.parse(where), TYPES))
    return may_open(everybody, person, TODAY)


def _have(workspace: Stage, granted: Grants) -> None:
    with db.writing(workspace.engine) as connection:
        for person, companies in granted.items():
            grants.replace(connection, person, companies)
