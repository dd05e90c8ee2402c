"""The pure stages by cases: what the file wants, what is live, what was recorded, and what the stage makes of it.

A case is `tests/cases/stages/STAGE/NAME.yaml`. `recorded` is the file that was applied before, `by_hand` what somebody
changed behind it, and `meanwhile` what somebody changed between the plan and its apply. With `ready`, the workspace has
all that an enabled portal needs. `UPDATE_GOLDEN=1` writes `expected`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml

from reconciler.apply import rebase
from reconciler.core.errors import Stale
from reconciler.kinds.base import MISSING
from reconciler.operations import plan as planning
from reconciler.operations.observe import observe
from reconciler.plan import ordering
from reconciler.plan.compare import diff, ignore_rules
from reconciler.plan.document import executable, write
from reconciler.plan.effect import projection, rollback
from tests.support import applying
from tests.support.laws.stage import NOW, TOKEN, Stage, read, stage
from tests.support.reference import Company, Person
from tests.support.workspace.strategies import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.config.desired import Config
    from reconciler.kinds.state import State
    from reconciler.target.rest import RestTarget

FOLDER = Path(__file__).parents[2] / "cases" / "stages"
CASES = sorted(FOLDER.glob("*/*.yaml"))
TODAY = NOW.date()
ACME = Company("acme", {"created_at": 0, "company_id": "acme"})
PEOPLE = tuple(
    Person(name, {"email": f"{name}@{domain}.example", "external_id": name}, companies=(ACME,))
    for domain, names in {"acme": ("ada", "ben"), "other": ("eve",)}.items()
    for name in names
)
LIVE = {"audience/acme": "nobody", "ticket_visibility/acme": "company"}
READY = {
    "help_center/acme": {"live": True, "custom_domain": "help.acme.example", "https": True, "cookie_forwarding": True},
    "identity": {"mode": "jwt"},
    "site": {
        "messenger_installed": True,
        "certificate_valid": True,
        "cookie_forwarding_detectable": True,
        "plan": "expert",
    },
    "data_attribute/contact.companies": {"messenger_writable": False},
}
"""All that an enabled portal needs before anybody can open it."""


def shown(value: Any) -> Any:
    return "not there" if value is MISSING else value


def of_diff(config: Config, state: State) -> Any:
    return {
        difference.address: {
            change.field: {
                "before": shown(change.before),
                "after": shown(change.after),
                "origin": change.origin.value,
            }
            for change in difference.fields
        }
        for difference in diff.differences(ignore_rules.without_ignored(config), state)
    }


def of_ordering(config: Config, state: State) -> Any:
    projected = projection.project(config, state, TODAY)
    opens = config.settings.get("portal", {}).get("enabled") is True
    steps = ordering.order_changes(projected.differences, state, TODAY, opens=opens)
    return [
        {"address": step.difference.address, "needs": [steps[need].difference.address for need in step.needs]}
        | ({"closes": True} if step.closes else {})
        | ({"opens": True} if step.opens else {})
        | ({"reason": step.reason} if step.reason else {})
        for step in steps
    ]


def of_rollback(config: Config, state: State) -> Any:
    return [
        {
            "address": way.address,
            "before": way.before,
            "after": way.after,
            "requests": [{f"{one.method} {one.path}": one.body} for one in way.operations],
            "side_effect": way.side_effect,
        }
        for way in rollback.of(config, projection.project(config, state, TODAY))
    ]


def of_projection(config: Config, state: State) -> Any:
    projected = projection.project(config, state, TODAY)
    names = ("before", "after", "changes_access", "enables", "card_shown", "publishes_foreign_draft")
    return {name: getattr(projected, name) for name in names}


def of_guards(config: Config, target: RestTarget) -> Any:
    guards = planning.make_plan(config, target, now=NOW).guards
    return [{"name": guard.name, "risk": guard.risk.value, "blocks": guard.blocks} for guard in guards]


def of_preflight(config: Config, target: RestTarget) -> Any:
    diagnostics = planning.make_plan(config, target, now=NOW).diagnostics
    return [{diagnostic.code: diagnostic.summary} for diagnostic in diagnostics]


PURE: Mapping[str, Callable[[Config, State], Any]] = {
    "diff": of_diff,
    "ordering": of_ordering,
    "projection": of_projection,
    "rollback": of_rollback,
}
OF_A_PLAN: Mapping[str, Callable[[Config, RestTarget], Any]] = {"guards": of_guards, "preflight": of_preflight}


def of_rebase(config: Config, target: RestTarget, change: Callable[[], None]) -> Any:
    made = planning.make_plan(config, target, now=NOW)
    change()
    plan = executable.of(write.to_document(made))
    try:
        rebased = rebase.rebase(plan, observe(config, target), target.activity)
    except Stale as problem:
        return {"stale": [diagnostic.summary for diagnostic in problem.diagnostics]}
    return {"remarks": [remark.summary for remark in rebased.remarks], "made": sorted(rebased.made)}


def by_hand(workspace: Stage, changes: Mapping[str, Any]) -> None:
    """Change settings as somebody does who uses no file; `changes` by the path in the admin API."""
    transport = httpx.WSGITransport(app=workspace.app)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(transport=transport, base_url="http://stage/portal_admin/v1", headers=headers) as client:
        for path, values in changes.items():
            etag = client.get(path).raise_for_status().headers["ETag"]
            client.patch(path, json=values, headers={"If-Match": etag}).raise_for_status()


def wanted(parts: Mapping[str, Any]) -> Config:
    """Return the configuration of a case's file."""
    centre = {"identifier": "acme", **parts.get("help_center", {})}
    return read({"version": 1, "name": "case", **parts, "help_center": centre})


def result(stage_name: str, case: Mapping[str, Any]) -> Any:
    """Return what a stage makes of a case."""
    live = LIVE | (READY if case.get("ready") else {}) | case.get("live", {})
    with stage(World(PEOPLE, (ACME,)), live) as workspace:
        target, _ = workspace.target()
        if "recorded" in case:
            first = planning.make_plan(wanted(case["recorded"]), target, now=NOW)
            assert applying.run(first, target).failure is None
        by_hand(workspace, case.get("by_hand", {}))
        config = wanted(case["desired"])
        if stage_name == "rebase":
            return of_rebase(config, target, lambda: by_hand(workspace, case.get("meanwhile", {})))
        if stage_name in OF_A_PLAN:
            return OF_A_PLAN[stage_name](config, target)
        return PURE[stage_name](config, observe(config, target))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_case(path: Path) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert case["about"].endswith(".")
    outcome = json.loads(json.dumps(result(path.parent.name, case)))
    if os.environ.get("UPDATE_GOLDEN"):
        text = yaml.safe_dump(case | {"expected": outcome}, sort_keys=False, allow_unicode=True, width=110)
        path.write_text(text, encoding="utf-8")
    else:
        assert outcome == case["expected"]


def test_every_pure_stage_has_cases() -> None:
    assert {path.parent.name for path in CASES} == {*PURE, *OF_A_PLAN, "rebase"}
