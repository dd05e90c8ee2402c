"""Each kind by cases: what the file wants, what the workspace has, and the plan; applied, the plan is empty."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from reconciler.kinds.base import MISSING
from reconciler.kinds.registry import KINDS
from reconciler.operations import plan as planning
from tests.support import applying
from tests.support.laws.stage import NOW, read, stage
from tests.support.reference import Company, Person
from tests.support.workspace.strategies import World

if TYPE_CHECKING:
    from reconciler.plan.model import Change

FOLDER = Path(__file__).parents[2] / "cases" / "kinds"
CASES = sorted(FOLDER.glob("*/*.yaml"))
CENTRE = {"identifier": "acme"}
FILE = {"version": 1, "name": "case"}
LIVE = {"audience/acme": "nobody", "ticket_visibility/acme": "company"}


def told(change: Change) -> dict[str, Any]:
    """Return a change as a case says it."""
    fields = {
        one.field: {"before": "not there" if one.before is MISSING else one.before, "after": one.after}
        for one in change.fields
    }
    requests = [{f"{one.method} {one.path}": one.body} for one in change.operations]
    return {"fields": fields, "requests": requests}


def wanted(case: dict[str, Any]) -> dict[str, Any]:
    """Return the whole file of a case."""
    centre = {**CENTRE, **case["desired"].get("help_center", {})}
    return {**FILE, **case["desired"], "help_center": centre}


def world(case: dict[str, Any]) -> World:
    """Return the people of a case, by external id, each with the companies that they are granted."""
    companies = {one: Company(one, {"created_at": 0, "company_id": one}) for one in case.get("companies", ())}
    people = (
        Person(name, {"external_id": name}, granted=tuple(companies[one] for one in granted))
        for name, granted in case.get("people", {}).items()
    )
    return World(tuple(people), tuple(companies.values()))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_case(path: Path) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    config = read(wanted(case))
    with stage(world(case), LIVE | case["live"]) as workspace:
        target, _ = workspace.target()
        plan = planning.make_plan(config, target, now=NOW)
        assert {change.address: told(change) for change in plan.changes} == case["plan"]
        assert applying.run(plan, target).failure is None
        assert not planning.make_plan(config, target, now=NOW).changes


def test_every_kind_has_cases() -> None:
    assert {path.parent.name for path in CASES} == set(KINDS)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_case_is_of_its_kind(path: Path) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert case["about"].endswith(".")
    kinds = {address.partition("/")[0] for address in case["plan"]}
    assert kinds <= {path.parent.name}
    assert kinds or path.stem.startswith("already")
