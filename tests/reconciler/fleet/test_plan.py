"""`portal plan` and `portal drift` over several configurations, as a user meets them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from reconciler.core.contract import load_json
from tests.support.fleet.fleets import place, portal
from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reconciler.cli.conftest import Run

GOLDEN = ROOT / "tests" / "cases" / "fleets"
BROKEN = "version: 1\nname: broken\nhelp_centre: {identifier: eu}\n"
MIXED = {
    "portals/eu.yaml": portal("eu", "eu", "messenger: {identity: jwt}\n"),
    "portals/us.yaml": portal("us", "us", "messenger: {identity: hmac}\n"),
    "portals/many.yaml": "\n---\n".join(
        [portal("jp", "jp", "guards: {max_access_gained: 0}\n"), portal("nowhere", "mars"), BROKEN]
    ),
}


def document(run: Run) -> dict[str, Any]:
    """Return the fleet's document on stdout, which must be as its schema says."""
    contents: dict[str, Any] = json.loads(run.out)
    names = ("plan.schema.json", "result.schema.json")
    registry = jsonschema_rs.Registry([(f"https://portal.example/schemas/{name}", load_json(name)) for name in names])
    jsonschema_rs.validator_for(load_json("fleet.schema.json"), registry=registry).validate(contents)
    assert run.code == contents.get("exit_code", run.code)
    return contents


def outcomes(by_name: dict[str, Any]) -> dict[str, str]:
    return {one["name"] or one["file"]: one["outcome"] for one in by_name["portals"]}


def test_what_fails_stops_no_other(tmp_path: Path) -> None:
    folder = place(tmp_path, MIXED)
    run = folder.portal("plan", "-f", "portals", "--format", "json")
    whole = document(run)
    assert outcomes(whole) == {
        "eu": "failed",
        "us": "failed",
        "jp": "changes",
        "nowhere": "failed",
        "portals/many.yaml": "failed",
    }
    assert run.code == 1
    assert whole["totals"]["outcomes"] == {"changes": 1, "failed": 4}
    codes = {one["name"]: [problem["code"] for problem in one["diagnostics"]] for one in whole["portals"]}
    assert codes["eu"] == codes["us"] == ["fleet-conflict"]
    assert codes["nowhere"] == ["help-center-unknown"]
    text = folder.portal("plan", "-f", "portals", "--no-color")
    assert_golden(GOLDEN / "plan-mixed.txt", text.out)
    assert text.err == ""


def test_both_sides_of_a_contradiction_are_named(tmp_path: Path) -> None:
    files = {
        "a.yaml": portal("one", "eu", "messenger: {identity: jwt}\n"),
        "b.yaml": portal("two", "us", "messenger: {identity: jwt}\n"),
        "c.yaml": portal("three", "jp", "messenger: {identity: off}\n"),
        "d.yaml": portal("one", "jp"),
    }
    whole = document(place(tmp_path, files).portal("plan", "-f", "*.yaml", "--format", "json"))
    said = {
        one["file"]: [
            (problem["code"], problem["source"]["line"], problem["summary"]) for problem in one["diagnostics"]
        ]
        for one in whole["portals"]
    }
    where = "identity mode of the embedded workspace is one thing here and another in"
    assert said["b.yaml"] == [("fleet-conflict", 5, f"{where} c.yaml:5:23")]
    assert said["c.yaml"] == [("fleet-conflict", 5, f"{where} a.yaml:5:23")]
    assert [code for code, *_ in said["a.yaml"]] == ["fleet-name-twice", "fleet-conflict"]
    assert "d.yaml:2:7" in said["a.yaml"][0][2]
    assert "a.yaml:2:7" in said["d.yaml"][0][2]


def test_what_an_ignore_rule_leaves_alone_contradicts_nothing(tmp_path: Path) -> None:
    rule = "{address: identity, reason: is being moved, owner: mara, until: 2099-01-01}"
    files = {
        "a.yaml": portal("one", "eu", "messenger: {identity: jwt}\n"),
        "b.yaml": portal("two", "us", f"messenger: {{identity: off}}\nignore: [{rule}]\n"),
    }
    whole = document(place(tmp_path, files).portal("plan", "-f", ".", "--format", "json"))
    assert outcomes(whole) == {"one": "changes", "two": "changes"}


def test_a_member_is_planned_as_it_would_be_alone(tmp_path: Path) -> None:
    files = {"eu.yaml": portal("eu", "eu"), "us.yaml": portal("us", "us")}
    folder = place(tmp_path, files)
    whole = document(folder.portal("plan", "-f", "eu.yaml", "-f", "us.yaml", "--format", "json"))
    for one in whole["portals"]:
        alone = json.loads(folder.portal("plan", "-f", one["file"], "--format", "json").out)
        assert _timeless(one["document"]) == _timeless(alone)
    again = document(folder.portal("plan", "-f", ".", "--jobs", "1", "--format", "json"))
    assert [_timeless(one["document"]) for one in again["portals"]] == [
        _timeless(one["document"]) for one in whole["portals"]
    ]


def _timeless(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "created_at"}


def test_what_members_agree_on_is_nothing_to_warn_of(tmp_path: Path) -> None:
    shared = "data_attributes: {company: {territory: {type: string, description: Where they are}}}\n"
    files = {f"{name}.yaml": portal(name, name, shared) for name in ("eu", "us", "jp")}
    folder = place(tmp_path, files)
    assert folder.portal("apply", "-f", ".", "--yes").code == 0
    assert "managed-elsewhere" not in folder.portal("plan", "-f", ".", "--format", "json").out
    # Who is left out of the fleet is somebody else.
    part = document(folder.portal("plan", "-f", "eu.yaml", "-f", "us.yaml", "--format", "json"))
    for one in part["portals"]:
        (said,) = one["diagnostics"]
        assert (said["code"], said["summary"][:2]) == ("managed-elsewhere", "jp")


def test_parts_of_a_fleet_make_the_whole(tmp_path: Path) -> None:
    folder = place(tmp_path, MIXED)
    parts = [
        document(folder.portal("plan", "-f", "portals", "--shard", f"{number}/3", "--format", "json"))
        for number in (1, 2, 3)
    ]
    named = [(one["file"], one["line"]) for part in parts for one in part["portals"]]
    assert sorted(named) == sorted(set(named))
    whole = document(folder.portal("plan", "-f", "portals", "--format", "json"))
    assert sorted(named) == [(one["file"], one["line"]) for one in whole["portals"]]


def test_drift_of_a_fleet(tmp_path: Path) -> None:
    files = {"eu.yaml": portal("eu", "eu"), "us.yaml": portal("us", "us")}
    folder = place(tmp_path, files)
    for name in files:
        assert folder.portal("apply", "-f", name, "--yes").code == 0
    assert document(folder.portal("drift", "-f", ".", "--format", "json"))["totals"]["outcomes"] == {"no_drift": 2}
    folder.meddle("help_centers/us/audience", {"mode": "nobody", "rule": None})
    run = folder.portal("drift", "-f", ".", "--no-color")
    assert run.code == 2
    moments = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    assert_golden(GOLDEN / "drift.txt", moments.sub("MOMENT", run.out))


@pytest.mark.parametrize(
    "given",
    [
        ("plan", "--simulate"),
        ("plan", "--format", "sarif"),
        ("drift", "--adopt"),
        ("plan", "--shard", "0/3"),
        ("plan", "--shard", "4/3"),
        ("plan", "--jobs", "0"),
    ],
)
def test_what_makes_no_sense_for_a_fleet_is_refused(tmp_path: Path, given: tuple[str, ...]) -> None:
    run = place(tmp_path, {"a.yaml": portal("a", "eu"), "b.yaml": portal("b", "us")}).portal(*given, "-f", ".")
    assert run.code == 64
    assert "Traceback" not in run.err


def test_no_fleet_at_all_is_a_document_too(tmp_path: Path) -> None:
    folder = place(tmp_path, {"a.yaml": portal("a", "eu")})
    run = folder.portal("plan", "-f", "a.yaml", "-f", "nowhere/*.yaml", "--format", "json")
    assert run.code == 1
    assert document(run)["diagnostics"][0]["code"] == "fleet-empty"
