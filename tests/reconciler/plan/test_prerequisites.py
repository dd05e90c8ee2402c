"""What the tool foresees about required settings is what the workspace says itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from reconciler.core.contract import load_json
from reconciler.plan.effect import prerequisites
from tests.support.examples import examples
from tests.support.laws.stage import NOW, stage
from tests.support.laws.strategies import CENTRE, live_settings
from tests.support.sample import sample
from tests.support.workspace.strategies import World, worlds

if TYPE_CHECKING:
    from reconciler.kinds.state import State


def observed(world: World, live: dict[str, Any]) -> tuple[State, dict[str, Any]]:
    with stage(world, live) as workspace:
        target, _ = workspace.target()
        return target.observe(CENTRE, "law"), workspace.configuration()


@examples(24)
@given(worlds(max_people=2), live_settings())
def test_both_sides_agree(world: World, live: dict[str, Any]) -> None:
    state, answer = observed(world, live)
    foreseen = {one.id: (one.status.value, one.known) for one in prerequisites.evaluate(state, (), NOW.date())}
    said = {one["id"]: (one["status"], one["known"]) for one in answer["required_settings"]["checks"]}
    assert foreseen == said
    required = prerequisites.met(state.profile, prerequisites.facts(state), NOW.date())
    assert all(required.values()) == answer["required_settings"]["met"]


@pytest.mark.parametrize("profile", load_json("required-settings.json")["profiles"])
def test_every_profile_can_be_evaluated(profile: str) -> None:
    with sample() as workspace:
        state = replace(workspace.target().observe("acme", "law"), profile=profile)
    settings = prerequisites.evaluate(state, (), NOW.date())
    table = load_json("required-settings.json")["profiles"][profile]
    assert [one.id for one in settings] == [*table["required"], *table["recommended"]]
    assert all(one.title and one.remedy and one.found for one in settings)


def test_every_setting_is_in_a_profile() -> None:
    table = load_json("required-settings.json")
    named = {name for profile in table["profiles"].values() for names in profile.values() for name in names}
    assert named == set(table["settings"])
