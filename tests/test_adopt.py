"""What adopting makes of single findings, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reconciler import config as desired
from reconciler import overrides, planning, semantics, source
from reconciler.adopt import adoption
from reconciler.cli import files
from reconciler.errors import ConfigurationInvalid
from reconciler.guards import ALLOWABLE
from tests import applying
from tests.sample import NOW, ROOT, Sample, sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.config import Config
    from reconciler.diagnostics import Diagnostic
    from reconciler.plan import Drift
    from reconciler.state import State

EXAMPLE = (ROOT / "examples" / "portal.yaml").read_bytes()


def config_of(data: bytes, environment: str | None = None) -> Config:
    document = source.parse(source.decode(data, "portal.yaml"), "portal.yaml")
    assert not [one for one in semantics.validate(document) if one.severity == "error"]
    return desired.build(overrides.effective(document, environment) if environment else document)


@pytest.fixture
def found() -> Iterator[Sample]:
    """Give a workspace to which the example was applied."""
    with sample() as one:
        plan = planning.make_plan(config_of(EXAMPLE), one.target(), now=NOW, allowed=ALLOWABLE)
        assert applying.run(plan, one.target()).failure is None
        yield one


def findings(found: Sample, config: Config) -> tuple[State, tuple[Drift, ...]]:
    return planning.findings(config, found.target(), now=NOW)


def refusals(data: bytes, config: Config, state: State, drift: tuple[Drift, ...], *only: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(ConfigurationInvalid) as refused:
        adoption(data, config, state, drift, only)
    return refused.value.diagnostics


def test_what_an_environment_overrides_is_not_written(found: Sample) -> None:
    found.meddle("PATCH", "help_centers/acme", {"custom_domain": "help.other.example", "live": False})
    data = EXAMPLE.replace(b"{custom_domain: help.staging.acme.example}", b"{custom_domain: help.acme.example}")
    config = replace(config_of(data, "staging"), environment="staging")
    state, drift = findings(found, config)
    problems = refusals(data, config, state, drift)
    assert [one.code for one in problems] == ["adopt-overridden", "adopt-incomplete"]
    assert "help_center.custom_domain" in problems[0].remedy
    assert problems[1].remedy == "To adopt the rest: --only help_center/acme.live."
    adopted = adoption(data, config, state, drift, ["help_center/acme.live"])
    assert adopted.data == data.replace(b"  live: true", b"  live: false")


def test_a_rule_that_is_not_known_is_not_written(found: Sample) -> None:
    found.meddle("PATCH", "help_centers/acme/audience", {"mode": "nobody", "rule": None})
    config = config_of(EXAMPLE)
    state, drift = findings(found, config)
    resource = state.resources["audience/acme"]
    strange = replace(resource, values={"rule": {"all": [{"unknown_rule": {"x": 1}}]}})
    state = replace(state, resources={**state.resources, "audience/acme": strange})
    (problem,) = refusals(EXAMPLE, config, state, drift)
    assert problem.code == "adopt-not-expressible"
    assert "this version does not know" in problem.summary


def test_a_section_that_is_not_known_is_not_written(found: Sample) -> None:
    data = EXAMPLE.replace(b"unlisted: keep  ", b"unlisted: hide  ")
    plan = planning.make_plan(config_of(data), found.target(), now=NOW, allowed=ALLOWABLE)
    assert applying.run(plan, found.target()).failure is None
    state, _ = findings(found, config_of(data))
    page = [{**row, "enabled": True} for row in state.resources["homepage/acme"].facts["draft"]]
    found.meddle("PATCH", "help_centers/acme/homepage/draft", {"sections": page})
    found.meddle("POST", "help_centers/acme/homepage/publish", {})
    state, drift = findings(found, config_of(data))
    (problem,) = refusals(data, config_of(data), state, drift)
    assert (problem.code, problem.address) == ("adopt-not-expressible", "homepage/acme")
    assert "a file may not say so" in problem.summary


def test_an_option_that_somebody_added_is_adopted_with_the_rule_that_names_it(found: Sample) -> None:
    options = ["free", "team", "enterprise", "trial"]
    found.meddle("PATCH", "data_attributes/company/plan_tier", {"options": options})
    tier: dict[str, Any] = {"attribute": "company.custom_attributes.plan_tier", "type": "text", "comparison": "eq"}
    rule = {"mode": "rule", "rule": {**tier, "value": "trial"}}
    found.meddle("PATCH", "help_centers/acme/audience", rule)
    config = config_of(EXAMPLE)
    state, drift = findings(found, config)
    adopted = adoption(EXAMPLE, config, state, drift, ())
    assert b"options: [free, team, enterprise, trial]}" in adopted.data
    assert findings(found, config_of(adopted.data))[1] == ()
    problems = refusals(EXAMPLE, config, state, drift, "audience/acme")
    assert "trial" in problems[0].summary


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "portal.yaml"
    file.write_bytes(b"theirs")
    with pytest.raises(ConfigurationInvalid) as refused:
        files.replace(str(file), b"ours", expected=b"before")
    assert [one.code for one in refused.value.diagnostics] == ["file-changed"]
    assert file.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [file]
