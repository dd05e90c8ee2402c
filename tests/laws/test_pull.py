"""Law 1 for `pull`: what it writes is valid and in order, and a plan right after it is empty."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from reconciler.config import desired
from reconciler.config import validate as semantics
from reconciler.config.edit.format import format_bytes
from reconciler.config.yaml import document as source
from reconciler.core.errors import UsageError
from reconciler.operations.pull import pulled
from tests.laws.test_laws import plan_for
from tests.support.examples import examples
from tests.support.laws.stage import stage
from tests.support.laws.strategies import CENTRE, FOREIGN_SECTIONS, live_settings
from tests.support.sample import sample
from tests.support.workspace.strategies import World, worlds

if TYPE_CHECKING:
    from reconciler.kinds.state import State


@examples(9)
@given(worlds(max_people=2), live_settings())
def test_law_1_a_plan_right_after_pull_is_empty(world: World, live: dict[str, Any]) -> None:
    with stage(world, live) as workspace:
        target, transport = workspace.target()
        result = pulled(target.observe(CENTRE, "pulled"), "pulled")
        document = source.parse(result.text, "pulled.yaml")
        assert semantics.validate(document) == () or all(
            one.severity == "warning" for one in semantics.validate(document)
        )
        assert format_bytes(result.text.encode(), "pulled.yaml") == result.text.encode()
        plan = plan_for(desired.build(document), target)
        assert plan.changes == ()
        assert plan.drift == ()
        assert not plan.blocked
        assert transport.written == []
        said = document.values
        assert {"help_center", "messenger", "data_attributes", "portal", "audience", "guards"} <= said.keys()
        everything = live[f"homepage/{CENTRE}"]["live"]
        strangers = [row["type"] for row in everything if row["type"] in FOREIGN_SECTIONS]
        told = "".join(one.summary for one in result.left_out)
        assert all(f"homepage.sections.{name} is left out" in told and name in result.text for name in strangers)


@pytest.fixture(scope="module")
def state() -> State:
    """Give an observation of some workspace."""
    with sample() as workspace:
        return workspace.target().observe("acme", "pulled")


def changed(state: State, address: str, **values: Any) -> State:
    resource = state.resources[address]
    fresh = replace(resource, values={**resource.values, **values})
    return replace(state, resources={**state.resources, address: fresh})


def text_of(state: State) -> tuple[dict[str, Any], str, list[str]]:
    result = pulled(state, "pulled")
    document = source.parse(result.text, "pulled.yaml")
    assert not [one for one in semantics.validate(document) if one.severity == "error"]
    values: dict[str, Any] = document.values
    return values, result.text, [one.summary for one in result.left_out]


def test_a_rule_that_is_not_known_is_left_out(state: State) -> None:
    values, text, told = text_of(changed(state, "audience/acme", rule={"any": [{"unknown_rule": {"x": 1}}]}))
    assert "audience" not in values
    assert "audience is left out: this version does not know a part of its rule" in told
    assert "# Left out: audience: this version does not know a part of its rule\n" in text


@pytest.mark.parametrize(
    ("address", "values", "path"),
    [
        ("help_center/acme", {"custom_domain": "not a domain"}, "help_center.custom_domain"),
        ("data_attribute/company.region", {"description": "x\x07y"}, "data_attributes.company.region.description"),
        ("data_attribute/company.region", {"description": "${TOKEN}"}, "data_attributes.company.region.description"),
        ("audience/acme", {"rule": {"attribute": "person.nothing", "is": "x"}}, "audience"),
        ("ticket_visibility/acme", {"mode": {"own_for": {"attribute": "person.x", "is": "x"}, "otherwise": "company"}},
         "portal.ticket_visibility"),
    ],
)  # fmt: skip
def test_what_a_file_may_not_say_is_left_out(state: State, address: str, values: dict[str, Any], path: str) -> None:
    said, text, told = text_of(changed(state, address, **values))
    assert any(one.startswith(f"{path} is left out: ") for one in told)
    assert f"# Left out: {path}: " in text
    here: Any = said
    *parents, last = path.split(".")
    for step in parents:
        here = here[step]
    assert last not in here


def test_a_text_of_several_lines_is_readable(state: State) -> None:
    lines = "One line.\n\n  And: another # one\n"
    values, text, _ = text_of(changed(state, "data_attribute/company.region", description=lines))
    assert values["data_attributes"]["company"]["region"]["description"] == lines
    assert "      description: |\n        One line.\n" in text


def test_a_name_that_is_not_possible_is_refused(state: State) -> None:
    with pytest.raises(UsageError, match="name"):
        pulled(state, "Not A Name")
