"""The laws where a vendor is behind the workspace: on the stage, with a person who does what tasks say."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.apply import run as fulfil
from reconciler.core.errors import Waiting
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.plan.document import executable
from reconciler.plan.document.write import to_document
from tests.support.examples import examples
from tests.support.laws.stage import read
from tests.support.upstream.stage import Stage, staged
from tests.workspace.upstream.test_tasks import Never, done, fitting, planned, through
from workspace.upstream import observing

if TYPE_CHECKING:
    from collections.abc import Mapping

MANNER = fulfil.ApplyOptions(lock_ttl=60, lock_wait=0)
AUDIENCES: list[Any] = [
    "everyone",
    "nobody",
    {"attribute": "company.plan_tier", "is": ["team"]},
    {"attribute": "company.plan_tier", "is": ["team", "enterprise"]},
    {"all": [{"attribute": "person.email", "ends_with": "@examply.com"}, {"attribute": "person.tag", "is": "beta"}]},
]
NEW = ("tier", "grade", "season")
"""Attributes that the vendor does not have."""

files = st.fixed_dictionaries(
    {
        "audience": st.sampled_from(AUDIENCES),
        "portal": st.fixed_dictionaries(
            {"enabled": st.booleans(), "ticket_visibility": st.sampled_from(["company", "own"])}
        ),
        "attributes": st.sets(st.sampled_from(NEW)),
    }
)


def values_of(file: Mapping[str, Any]) -> dict[str, Any]:
    attributes = {name: {"type": "string"} for name in ("plan_tier", *sorted(file["attributes"]))}
    return {
        "version": 1,
        "name": "acme",
        "help_center": {"identifier": "acme"},
        "portal": file["portal"],
        "audience": file["audience"],
        "data_attributes": {"company": attributes},
    }


def begun(stage: Stage, file: Mapping[str, Any]) -> None:
    """Have the settings of a file, each of them known."""
    observing.look(stage.engine, stage.upstream())
    through(stage, values_of(file))


def fields_of(file: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    return {
        ("audience/acme", "rule"): file["audience"],
        ("portal/acme", "enabled"): file["portal"]["enabled"],
        ("ticket_visibility/acme", "mode"): file["portal"]["ticket_visibility"],
        **{(f"data_attribute/company.{name}", "type"): "string" for name in file["attributes"]},
    }


def attributes(stage: Stage) -> dict[str, Any]:
    """Return the vendor's attributes of companies, by name."""
    with stage.behind() as intercom:
        rows = intercom.get("/data_attributes", params={"model": "company"}).json()["data"]
    return {one["name"]: one for one in rows}


def writes(stage: Stage) -> list[tuple[str, str]]:
    """Return what was written at the vendor: the path, and the name in it."""
    asked = [one for one in stage.vendor.requests if one.method != "GET" and not one.url.path.endswith("/search")]
    return [(one.url.path, str(json.loads(one.content).get("name"))) for one in asked]


@examples(2)
@given(files, files)
def test_laws_1_2_6_9_and_10_hold_from_one_file_to_another(first: dict[str, Any], then: dict[str, Any]) -> None:
    with staged() as stage:
        begun(stage, first)
        before = attributes(stage)
        stage.vendor.requests.clear()
        document = planned(stage, values_of(then))

        # 10: the same observation and the same moment are the same plan, byte for byte.
        now, config = stage.moment(), read(values_of(then))
        plans = [json.dumps(to_document(planning.make_plan(config, stage.target(), now=now))) for _ in range(2)]
        assert plans[0] == plans[1]

        # 9: each field that differs is shown, and nothing else but the switch that keeps access closed meanwhile.
        had = fields_of(first)
        differing = {field for field, value in fields_of(then).items() if had.get(field) != value}
        shown = {(one["address"], field["field"]) for one in document["changes"] for field in one["fields"]}
        assert differing <= shown
        assert {field for field in shown - differing if "data_attribute" not in field[0]} <= {
            ("portal/acme", "enabled")
        }

        # 2 and 6: at the vendor only what the plan shows is written, and what no file names stays.
        assert writes(stage) == []
        through(stage, values_of(then))
        new = sorted(then["attributes"] - first["attributes"])
        assert sorted(writes(stage)) == [("/data_attributes", name) for name in new]
        after = attributes(stage)
        assert {name: after[name] for name in before} == before

        # 1: nothing is left to do, as far as can be seen.
        assert planned(stage, values_of(then))["changes"] == []


@examples(2)
@given(files, files, st.integers(0, 5), st.booleans())
def test_law_4_killed_anywhere_it_goes_on_to_the_same_end(
    first: dict[str, Any], then: dict[str, Any], write: int, late: bool
) -> None:
    with staged() as stage:
        begun(stage, first)
        killed_at(stage, values_of(then), write, late=late)
        stage.clock.now += 120
        through(stage, values_of(then))
        assert planned(stage, values_of(then))["changes"] == []
        assert set(NEW) & set(attributes(stage)) == then["attributes"] | first["attributes"]
        receipts = stage.admin().get("/receipts", params={"configuration": "acme"}).json()["data"]
        assert all(one["outcome"] != "running" for one in receipts)


def killed_at(stage: Stage, values: Mapping[str, Any], write: int, *, late: bool) -> None:
    """Kill an apply at one of its writes, before or after it was made; nothing in the process is tidied up."""
    target = stage.target()
    perform, count = target.perform, [0]

    def dies(*arguments: Any) -> Any:
        count[0] += 1
        if count[0] - 1 < write:
            return perform(*arguments)
        if late:
            try:
                perform(*arguments)
            except Waiting:
                raise SystemExit from None
        raise SystemExit

    target.perform = dies  # type: ignore[method-assign]
    plan = executable.of(planned(stage, values))
    with contextlib.suppress(SystemExit):
        fulfil.apply_plan(plan, target, MANNER, Never(), lambda _: None)


SHUT = {"portal": {"enabled": False, "ticket_visibility": "company"}, "attributes": set[str]()}


# The mirror once held only what the new rule names: nobody seemed to match the old one, and its word became suspect.
@example({**SHUT, "audience": AUDIENCES[2]}, {**SHUT, "audience": AUDIENCES[4]})
@examples(2)
@given(files, files)
def test_law_7_an_undo_brings_back_what_was(first: dict[str, Any], then: dict[str, Any]) -> None:
    with staged() as stage:
        begun(stage, first)
        before = planned(stage, values_of(then))["changes"]
        through(stage, values_of(then))
        if not before:
            return
        (newest, *_) = stage.admin().get("/receipts", params={"configuration": "acme"}).json()["data"]
        taken_back(stage, values_of(then), newest["id"])
        assert planned(stage, values_of(first))["changes"] == []
        assert set(NEW) & set(attributes(stage)) == first["attributes"]


def taken_back(stage: Stage, values: Mapping[str, Any], receipt: str) -> None:
    """Undo an apply: do task after task until nothing waits any more."""
    for _ in range(12):
        stage.clock.now += 60
        target, config = stage.target(), read(dict(values))
        plan = planning.plan_undo(config, target, target.receipt(receipt), now=stage.moment(), allowed=ALLOWABLE)
        ended = fulfil.apply_plan(executable.of(to_document(plan)), target, MANNER, Never(), lambda _: None)
        if ended.exit_code == 0:
            return
        assert ended.exit_code == 8, ended.document["diagnostics"]
        task = ended.document["task"]
        assert done(stage, task, fitting(task))["state"] == "done"
    raise AssertionError(receipt)
