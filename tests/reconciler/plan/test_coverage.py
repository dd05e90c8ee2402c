"""The coverage ledger: each live field is answered for exactly once, and what is strange is always named."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.kinds import registry as kinds
from reconciler.plan.compare import coverage, diff
from reconciler.plan.compare import ignore_rules as ignoring
from reconciler.plan.compare.coverage import Status
from reconciler.plan.document import write
from tests.support.examples import examples
from tests.support.laws.stage import read, stage
from tests.support.laws.strategies import CENTRE, FOREIGN_SECTIONS, situations
from tests.support.workspace.strategies import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.kinds.state import State
    from reconciler.plan.compare.coverage import Coverage

Situation = tuple[dict[str, Any], dict[str, Any]]
Steps = tuple[str | int, ...]

NO_SETTINGS = {"record", "required_settings", "others", "lease", "unfinished"}


def observed(live: dict[str, Any]) -> tuple[State, dict[str, Any]]:
    with stage(World((), ()), live) as workspace:
        target, _ = workspace.target()
        return target.observe(CENTRE, "law"), workspace.configuration()


def statuses(ledger: Coverage) -> dict[tuple[str, str], Status]:
    return {(one.address, one.field): one.status for one in ledger.entries}


@examples(15)
@given(situations())
def test_each_live_field_is_answered_for_once(situation: Situation) -> None:
    live, values = situation
    state, _ = observed(live)
    config = read(values)
    ledger = coverage.Coverage(config, state)
    fields = statuses(ledger)
    assert len(fields) == ledger.total
    document = write.coverage(ledger)
    assert sum(document[status.value] for status in Status) == document["total"] == len(fields)
    declared = diff.declared(ignoring.without_ignored(config))
    for address, resource in state.resources.items():
        for field in set(resource.values) - {"sections"}:
            status = fields[address, field]
            if any(rule.covers(address, field) for rule in config.ignores):
                assert status is Status.IGNORED
            elif field != "publish":
                assert status is (Status.DECLARED if field in declared.get(address, ()) else Status.UNMANAGED)


@examples(15)
@given(situations())
def test_each_section_is_answered_for(situation: Situation) -> None:
    live, values = situation
    state, _ = observed(live)
    config = read(values)
    fields = statuses(coverage.Coverage(config, state))
    address = f"homepage/{CENTRE}"
    wanted = values.get("homepage", {})
    listed = {one if isinstance(one, str) else one["type"] for one in wanted.get("sections", ())}
    ignored = any(rule.covers(address, "sections") for rule in config.ignores)
    for name in {row["type"] for page in live[address].values() for row in page}:
        if ignored:
            expected = Status.IGNORED
        elif name in FOREIGN_SECTIONS:
            expected = Status.UNKNOWN
        else:
            expected = Status.DECLARED if name in listed or wanted.get("unlisted") == "hide" else Status.UNMANAGED
        assert fields[address, f"sections.{name}"] is expected


def mappings(value: Any, path: Steps = ()) -> Iterator[Steps]:
    """Yield where an answer has mappings that belong to something known."""
    if isinstance(value, dict) and value.get("type") not in FOREIGN_SECTIONS:
        yield path
        for key, inner in value.items():
            if path or key not in NO_SETTINGS:
                yield from mappings(inner, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from mappings(item, (*path, index))


@examples(15)
@given(situations(), st.data())
def test_what_is_invented_anywhere_is_named(situation: Situation, data: st.DataObject) -> None:
    live, values = situation
    assume(not values.pop("ignore", None))
    state, answer = observed(live)
    before = coverage.Coverage(read(values), state)
    place = data.draw(st.sampled_from(list(mappings(answer))))
    changed = copy.deepcopy(answer)
    _at(changed, place)["invented"] = data.draw(st.sampled_from((0, False, "x", ["x"], {"values": {"a": 1}})))
    fields = kinds.observed(changed).live()
    new = set(fields) - set(kinds.observed(answer).live())
    assert len(fields) == before.total + 1
    (one,) = new
    assert not one.known
    assert one.field.rpartition(".")[2] in ("invented", "*")
    after = write.coverage(coverage.Coverage(read(values), replace(state, live=fields)))
    assert after["unknown"] == len(before.of(Status.UNKNOWN)) + 1
    assert {"address": one.address, "field": one.field, "status": "unknown"} in after["fields"]


def _at(value: Any, path: Steps) -> Any:
    for step in path:
        value = value[step]
    return value
