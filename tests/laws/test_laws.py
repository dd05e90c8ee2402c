"""The laws of a plan and an apply, as properties against the real embedded workspace."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from reconciler.core import documents
from reconciler.kinds.registry import KINDS
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.plan.document import write
from tests.support import applying
from tests.support.examples import examples
from tests.support.laws.stage import NOW, Stage, read, stage
from tests.support.laws.strategies import CENTRE, configurations, ignore_rules, live_settings, situations
from tests.support.workspace.strategies import World, worlds

if TYPE_CHECKING:
    from reconciler.config.desired import Config
    from reconciler.plan.model import Plan
    from reconciler.target.rest import RestTarget

Situation = tuple[dict[str, Any], dict[str, Any]]


def plan_for(config: Config, target: RestTarget) -> Plan:
    return planning.make_plan(config, target, now=NOW, allowed=ALLOWABLE)


def apply_to(workspace: Stage, values: dict[str, Any]) -> Plan:
    target, _ = workspace.target()
    config = read(values)
    plan = plan_for(config, target)
    if not plan.blocked:
        result = applying.run(plan, target)
        assert result.failure is None, result.failure
    return plan


@examples(9)
@given(worlds(), situations())
def test_law_1_a_plan_right_after_an_apply_is_empty(world: World, situation: Situation) -> None:
    live, values = situation
    with stage(world, live) as workspace:
        if apply_to(workspace, values).blocked:
            return
        target, transport = workspace.target()
        again = plan_for(read(values), target)
        assert again.empty, write.to_document(again)["changes"]
        assert not again.record_is_stale
        assert len(transport.sent) == 1
        result = applying.run(again, target)
        assert result.failure is None
        assert transport.written == []


@examples(9)
@given(worlds(), situations())
def test_law_2_apply_does_what_the_plan_shows(world: World, situation: Situation) -> None:
    live, values = situation
    with stage(world, live) as workspace:
        target, transport = workspace.target()
        before = workspace.configuration()
        config = read(values)
        plan = plan_for(config, target)
        assert transport.written == []
        assert workspace.configuration() == before
        if plan.blocked:
            return
        result = applying.run(plan, target)
        assert result.failure is None
        shown = [(one.method, one.path, dict(one.body)) for change in plan.changes for one in change.operations]
        assert applying.settings(transport.written) == shown
        after = target.observe(CENTRE, "law")
        for change in plan.changes:
            if change.reason:
                continue
            for field in change.fields:
                kind = KINDS[change.address.partition("/")[0]]
                declared = field.declared
                assert kind.before(field.field, declared, after.resources[change.address]) == (
                    field.after if field.field == "sections" else declared
                )


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@examples(9)
@given(worlds(), situations())
def test_law_3_nobody_sees_in_between_what_they_see_neither_before_nor_after(
    database: str, world: World, situation: Situation
) -> None:
    live, values = situation
    with stage(world, live, database) as workspace:
        target, transport = workspace.target()
        config = read(values)
        plan = plan_for(config, target)
        if plan.blocked:
            return
        before = workspace.seen()
        moments: list[frozenset[tuple[str, str]]] = []
        transport.after_write = lambda: moments.append(workspace.seen())
        result = applying.run(plan, target)
        assert result.failure is None
        allowed = before | workspace.seen()
        for moment in moments:
            assert moment <= allowed


@examples(9)
@given(worlds(), situations())
def test_law_6_what_the_file_does_not_name_stays(world: World, situation: Situation) -> None:
    live, values = situation
    with stage(world, live) as workspace:
        before = workspace.configuration()
        plan = apply_to(workspace, values)
        after = workspace.configuration()
        values = _without_ignored(values)
        for part in ("help_center", "identity", "messenger_spaces", "audience", "ticket_visibility", "portal", "style"):
            named = set() if plan.blocked else _named(part, values)
            kept = {name: value for name, value in before[part]["values"].items() if name not in named}
            assert {name: value for name, value in after[part]["values"].items() if name not in named} == kept
        assert after["site"] == before["site"]
        _homepage_kept(before["homepage"], after["homepage"], {} if plan.blocked else values)
        _attributes_kept(before["data_attributes"], after["data_attributes"], {} if plan.blocked else values)


def _without_ignored(values: dict[str, Any]) -> dict[str, Any]:
    """Return what a file says of what it does not ignore, worked out by hand."""
    kept = json.loads(json.dumps(values))
    for rule in values.get("ignore", ()):
        kind, _, name = rule["address"].partition("/")
        field = rule.get("field")
        parts = {
            "audience": [kept],
            "homepage": [kept],
            "style": [kept.get("style", {})],
            "identity": [kept.get("messenger", {})],
            "portal": [kept.get("portal", {})],
            "ticket_visibility": [kept.get("portal", {})],
            "help_center": [kept["help_center"]],
            "messenger_spaces": [kept.get("messenger", {}).get("spaces", {})],
            "data_attribute": [
                entry
                for model, entries in kept["data_attributes"].items()
                for one, entry in entries.items()
                if name in (f"{model}.{one}", f"{model}.*")
            ],
        }[kind]
        for part in parts:
            if kind == "homepage" and field == "publish":
                kept.get("homepage", {}).pop("publish", None)
            elif kind in ("audience", "homepage", "ticket_visibility"):
                part.pop(kind, None)
            elif kind == "identity":
                part.pop("identity", None)
            else:
                for one in [field] if field else list(part):
                    if one != "identifier" and not (kind == "portal" and one == "ticket_visibility"):
                        part.pop(one, None)
    return kept


def _named(part: str, values: dict[str, Any]) -> set[str]:
    """Return the admin API's fields that a file may change in one part."""
    portal, messenger = values.get("portal", {}), values.get("messenger", {})
    visibility = portal.get("ticket_visibility")
    return {
        "help_center": set(values["help_center"]),
        "identity": {"mode"} if "identity" in messenger else set(),
        "messenger_spaces": set(messenger.get("spaces", ())),
        "audience": {"mode", "rule"} if "audience" in values else set(),
        # Switching the restriction off keeps its conditions.
        "ticket_visibility": set()
        if visibility is None
        else {"restricted"}
        if visibility == "company"
        else {"restricted", "conditions"},
        "portal": set(portal),
        "style": set(values.get("style", ())),
    }[part]


def _homepage_kept(before: dict[str, Any], after: dict[str, Any], values: dict[str, Any]) -> None:
    wanted = values.get("homepage", {})
    listed = {one if isinstance(one, str) else one["type"] for one in wanted.get("sections", ())}
    if wanted.get("unlisted") == "hide":
        return
    enables = values.get("portal", {}).get("enabled") is True
    unlisted = [row for row in before["draft"] if row["type"] not in listed]
    kept = [row for row in after["draft"] if row["type"] not in listed]
    if enables and kept != unlisted:
        # Enabling the portal adds its card to the draft: the workspace does that, whatever the file says.
        assert kept[-1]["type"] == "tickets_portal"
        kept = kept[:-1]
    assert kept == unlisted
    if not wanted.get("publish"):
        assert after["live"] == before["live"]


def _attributes_kept(before: list[dict[str, Any]], after: list[dict[str, Any]], values: dict[str, Any]) -> None:
    declared = values.get("data_attributes", {})
    by_name = {(one["model"], one["name"]): one["values"] for one in after}
    for one in before:
        named = declared.get(one["model"], {}).get(one["name"], {})
        for field, value in one["values"].items():
            if field not in named:
                assert by_name[one["model"], one["name"]][field] == value


@examples(9)
@given(worlds(max_people=2), live_settings(), configurations(), ignore_rules())
def test_what_is_ignored_stays_and_keeps_its_record(
    world: World, live: dict[str, Any], values: dict[str, Any], ignored: list[dict[str, Any]]
) -> None:
    with stage(world, live) as workspace:
        apply_to(workspace, values)
        target, _ = workspace.target()
        before = target.observe(CENTRE, "law")
        plan = apply_to(workspace, _otherwise(values) | {"ignore": ignored})
        after = target.observe(CENTRE, "law")
        rules = read({**values, "ignore": ignored}).ignores
        for address, resource in before.resources.items():
            for field, value in resource.values.items():
                if any(rule.covers(address, field) for rule in rules) and field != "publish":
                    assert after.resources[address].values[field] == value
        assert not [one for one in plan.drift if any(rule.covers(one.address, one.field) for rule in rules)]
        if before.record and not plan.blocked:
            assert after.record
            for address, fields in before.record.values.items():
                for field, value in fields.items():
                    if any(rule.covers(address, field) for rule in rules):
                        assert after.record.values[address][field] == value


def _otherwise(values: dict[str, Any]) -> dict[str, Any]:
    """Return a file that wants something else wherever that can be said in a word."""
    portal = values.get("portal", {})
    return {
        **values,
        "audience": "nobody" if values.get("audience") == "everyone" else "everyone",
        "portal": {
            "enabled": not portal.get("enabled", False),
            "ticket_visibility": "own" if portal.get("ticket_visibility") == "company" else "company",
        },
        "messenger": {"identity": "off", "spaces": {"tickets": False, "home": True}},
        "homepage": {"sections": ["featured_content"], "unlisted": "hide", "publish": True},
    }


@examples(7)
@given(worlds(max_people=3), situations())
def test_law_10_the_same_inputs_give_the_same_document(world: World, situation: Situation) -> None:
    live, values = situation
    with stage(world, live) as workspace:
        texts = []
        for _ in range(2):
            target, _transport = workspace.target()
            texts.append(documents.dumps(write.to_document(plan_for(read(values), target))))
        assert texts[0] == texts[1]
