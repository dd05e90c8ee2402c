"""What adopting makes of single findings, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.config import desired
from reconciler.config import validate as semantics
from reconciler.config.edit import files
from reconciler.config.edit.several import replace_all
from reconciler.config.environments import overrides
from reconciler.config.environments.files import Files
from reconciler.config.yaml import document as source
from reconciler.core.errors import ConfigurationInvalid
from reconciler.operations import drift as operations_drift
from reconciler.operations import plan as planning
from reconciler.operations.adopt import adoption
from reconciler.plan.checks.guards import ALLOWABLE
from tests.support import applying
from tests.support.sample import NOW, ROOT, Sample, sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.state import State
    from reconciler.plan.model import Drift

EXAMPLE = (ROOT / "examples" / "portal.yaml").read_bytes()


def config_of(data: bytes, environment: str | None = None) -> Config:
    document = source.parse(source.decode(data, "portal.yaml"), "portal.yaml")
    assert not [one for one in semantics.validate(document) if one.severity == "error"]
    return desired.build(overrides.effective(document, environment) if environment else document)


def files_of(data: bytes) -> Files:
    return Files("portal.yaml", {"portal.yaml": data}, {})


@pytest.fixture
def workspace() -> Iterator[Sample]:
    """Give a workspace to which the example was applied."""
    with sample() as one:
        plan = planning.make_plan(config_of(EXAMPLE), one.target(), now=NOW, allowed=ALLOWABLE)
        assert applying.run(plan, one.target()).failure is None
        yield one


def findings(workspace: Sample, config: Config) -> tuple[State, tuple[Drift, ...]]:
    return operations_drift.findings(config, workspace.target(), now=NOW)


def refusals(data: bytes, config: Config, state: State, drift: tuple[Drift, ...], *only: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(ConfigurationInvalid) as refused:
        adoption(files_of(data), config, state, drift, only)
    return refused.value.diagnostics


def test_what_an_environment_overrides_is_written_there(workspace: Sample) -> None:
    workspace.meddle("PATCH", "help_centers/acme", {"custom_domain": "help.other.example", "live": False})
    data = EXAMPLE.replace(b"{custom_domain: help.staging.acme.example}", b"{custom_domain: help.acme.example}")
    config = replace(config_of(data, "staging"), environment="staging")
    state, drift = findings(workspace, config)
    adopted = adoption(files_of(data), config, state, drift, ())
    override = b"{custom_domain: help.acme.example}", b"{custom_domain: help.other.example}"
    assert adopted.contents["portal.yaml"] == data.replace(b"  live: true", b"  live: false").replace(*override)
    assert adopted.written == ("portal.yaml",)


def split(data: bytes, may_differ: bytes) -> tuple[Files, Config]:
    """Return a configuration whose environment `staging` stands in a file of its own, and what it wants there."""
    head, _, _ = data.partition(b"\nenvironments:")
    head += b"\npromotion: {may_differ: [" + may_differ + b"]}\n"
    files = Files("portal.yaml", {"portal.yaml": head, STAGING: OWN}, {"staging": (STAGING,)})
    document = files.document()
    assert semantics.validate(document) == ()
    return files, replace(desired.build(overrides.effective(document, "staging")), environment="staging")


STAGING = "portal.staging.yaml"
OWN = b"""\
# Looked after by the web team.
workspace: https://a.example
token: ${T}
overrides:
  help_center:
    custom_domain: help.acme.example  # theirs
  audience: {attribute: person.email, ends_with: "@examply.com"}
  homepage: {unlisted: hide}
"""


def test_what_stands_in_a_file_of_its_own_is_written_there(workspace: Sample) -> None:
    files, config = split(EXAMPLE, b"help_center, audience, homepage, data_attributes")
    plan = planning.make_plan(config, workspace.target(), now=NOW, allowed=ALLOWABLE)
    assert applying.run(plan, workspace.target()).failure is None
    workspace.meddle("PATCH", "help_centers/acme", {"custom_domain": "help.other.example", "live": False})
    job = {"attribute": "custom_attributes.job_title", "type": "text", "comparison": "eq", "value": "Planner"}
    workspace.meddle("PATCH", "help_centers/acme/audience", {"mode": "rule", "rule": job})
    state, drift = findings(workspace, config)
    sources = {(one.field, one.source.file, one.source.line) for one in drift if one.source}
    assert ("custom_domain", STAGING, 6) in sources
    assert ("rule", STAGING, 7) in sources
    adopted = adoption(files, config, state, drift, ())
    assert adopted.written == ("portal.yaml", STAGING)
    main, own = (adopted.contents[name].decode() for name in adopted.written)
    assert main == files.contents["portal.yaml"].decode().replace("  live: true", "  live: false")
    assert own.startswith(OWN.decode().replace("help.acme", "help.other").partition("  audience")[0])
    assert "job_title" in own.partition("audience:")[2]
    # The attribute that the rule needs is declared beside the rule: other environments do not need it.
    assert adopted.declared == ("data_attribute/contact.job_title",)
    assert "job_title: {type: string}" in own or "job_title:\n        type: string" in own
    again = replace(files, contents=adopted.contents).document()
    after = replace(desired.build(overrides.effective(again, "staging")), environment="staging")
    assert findings(workspace, after)[1] == ()


def test_a_difference_that_nothing_declares_is_not_adopted(workspace: Sample) -> None:
    files, config = split(EXAMPLE, b"help_center, audience, homepage")
    plan = planning.make_plan(config, workspace.target(), now=NOW, allowed=ALLOWABLE)
    assert applying.run(plan, workspace.target()).failure is None
    job = {"attribute": "custom_attributes.job_title", "type": "text", "comparison": "eq", "value": "Planner"}
    workspace.meddle("PATCH", "help_centers/acme/audience", {"mode": "rule", "rule": job})
    state, drift = findings(workspace, config)
    with pytest.raises(ConfigurationInvalid) as refused:
        adoption(files, config, state, drift, ())
    (problem,) = refused.value.diagnostics
    assert (problem.code, problem.address) == ("adopt-not-expressible", "audience/acme")
    assert "`data_attributes.contact.job_title.type` differs in the environment `staging`" in problem.summary


def test_sections_that_only_an_environment_decides_about_are_written_there(workspace: Sample) -> None:
    data = EXAMPLE.replace(b"  unlisted: keep", b"  # keep").replace(b"  sections:", b"  # sections:")
    files, config = split(data, b"help_center, audience, homepage")
    plan = planning.make_plan(config, workspace.target(), now=NOW, allowed=ALLOWABLE)
    assert applying.run(plan, workspace.target()).failure is None
    rows = findings(workspace, config)[0].resources["homepage/acme"].facts["draft"]
    page = [{**row, "enabled": row["type"] == "search"} for row in rows]
    workspace.meddle("PATCH", "help_centers/acme/homepage/draft", {"sections": page})
    workspace.meddle("POST", "help_centers/acme/homepage/publish", {})
    state, drift = findings(workspace, config)
    adopted = adoption(files, config, state, drift, ["homepage/acme.sections"])
    assert adopted.written == (STAGING,)
    assert b"unlisted: hide" in adopted.contents[STAGING]
    assert b"search" in adopted.contents[STAGING]


def test_a_rule_that_is_not_known_is_not_written(workspace: Sample) -> None:
    workspace.meddle("PATCH", "help_centers/acme/audience", {"mode": "nobody", "rule": None})
    config = config_of(EXAMPLE)
    state, drift = findings(workspace, config)
    resource = state.resources["audience/acme"]
    strange = replace(resource, values={"rule": {"all": [{"unknown_rule": {"x": 1}}]}})
    state = replace(state, resources={**state.resources, "audience/acme": strange})
    (problem,) = refusals(EXAMPLE, config, state, drift)
    assert problem.code == "adopt-not-expressible"
    assert "this version does not know" in problem.summary


def test_a_section_that_is_not_known_is_not_written(workspace: Sample) -> None:
    data = EXAMPLE.replace(b"unlisted: keep  ", b"unlisted: hide  ")
    plan = planning.make_plan(config_of(data), workspace.target(), now=NOW, allowed=ALLOWABLE)
    assert applying.run(plan, workspace.target()).failure is None
    state, _ = findings(workspace, config_of(data))
    page = [{**row, "enabled": True} for row in state.resources["homepage/acme"].facts["draft"]]
    workspace.meddle("PATCH", "help_centers/acme/homepage/draft", {"sections": page})
    workspace.meddle("POST", "help_centers/acme/homepage/publish", {})
    state, drift = findings(workspace, config_of(data))
    (problem,) = refusals(data, config_of(data), state, drift)
    assert (problem.code, problem.address) == ("adopt-not-expressible", "homepage/acme")
    assert "a file cannot say this" in problem.summary


def test_an_option_that_somebody_added_is_adopted_with_the_rule_that_names_it(workspace: Sample) -> None:
    options = ["free", "team", "enterprise", "trial"]
    workspace.meddle("PATCH", "data_attributes/company/plan_tier", {"options": options})
    tier: dict[str, Any] = {"attribute": "company.custom_attributes.plan_tier", "type": "text", "comparison": "eq"}
    rule = {"mode": "rule", "rule": {**tier, "value": "trial"}}
    workspace.meddle("PATCH", "help_centers/acme/audience", rule)
    config = config_of(EXAMPLE)
    state, drift = findings(workspace, config)
    adopted = adoption(files_of(EXAMPLE), config, state, drift, ())
    after = adopted.contents["portal.yaml"]
    assert b"options: [free, team, enterprise, trial]}" in after
    assert findings(workspace, config_of(after))[1] == ()
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


def test_of_two_files_both_are_written_or_none(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(b"before")
    second.write_bytes(b"theirs")
    changes = {str(first): (b"before", b"after"), str(second): (b"before", b"after")}
    with pytest.raises(ConfigurationInvalid):
        replace_all(changes)
    assert (first.read_bytes(), second.read_bytes()) == (b"before", b"theirs")
    second.write_bytes(b"before")
    replace_all(changes)
    assert (first.read_bytes(), second.read_bytes()) == (b"after", b"after")
