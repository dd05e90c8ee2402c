"""`portal set` and `portal audience`: one value changes, and everything else in the file stays, to the character."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pytest

from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reconciler.cli.conftest import Place, Run

PROMOTION = "\npromotion: {may_differ: [help_center.custom_domain]}\n"
CASES = ROOT / "tests" / "cases" / "cli"


def changed(place: Place, *arguments: str) -> list[str]:
    """Run a verb that edits, and return the lines that went and came."""
    file = place.folder / "portal.yaml"
    before = file.read_text()
    done = run(place, *arguments)
    assert done.code == 0, done.err
    lines = difflib.unified_diff(before.splitlines(), file.read_text().splitlines(), n=0)
    entries = [one for one in lines if not one.startswith(("---", "+++", "@@"))]
    assert all(one in done.out for one in entries)
    assert run(place, "validate").code == 0
    return entries


def run(place: Place, *arguments: str) -> Run:
    return place.portal(*arguments, workspace=False)


def test_a_value_is_set_and_its_comments_stay(embedded: Place) -> None:
    assert changed(embedded, "set", "portal.ticket_visibility", "own") == [
        "-  ticket_visibility: company",
        "+  ticket_visibility: own",
    ]
    remark = "  # in this order; a mapping where a section has settings"
    assert changed(embedded, "set", "homepage.sections[2]", "featured_content") == [
        f"-  sections: [search, tickets_portal, collections]{remark}",
        f"+  sections: [search, tickets_portal, featured_content]{remark}",
    ]
    assert changed(embedded, "set", "guards.allow_everyone", "--unset") == ["-  allow_everyone: false"]
    assert changed(embedded, "set", "guards.approvals", "anyone") == ["+  approvals: anyone"]
    assert changed(embedded, "set", "guards.approvals", "anyone") == []


def test_an_environment_is_set_in_its_overrides(embedded: Place, tmp_path: Path) -> None:
    difference = changed(embedded, "set", "help_center.custom_domain", "b.example", "-e", "staging")
    assert difference[1:] == ["+    overrides: {help_center: {custom_domain: b.example}}"]
    # The same where the environment has a file of its own.
    file = tmp_path / "portal.yaml"
    file.write_text(file.read_text().partition("\nenvironments:")[0] + PROMOTION)
    own = tmp_path / "portal.staging.yaml"
    said = "workspace: https://w.example\ntoken: ${TOKEN}\noverrides: {help_center: {custom_domain: a.example}}\n"
    own.write_text(f"# of staging\n{said}")
    done = run(embedded, "set", "help_center.custom_domain", "b.example", "-e", "staging")
    assert done.code == 0, done.err
    assert own.read_text().splitlines()[0] == "# of staging"
    assert own.read_text().splitlines()[-1] == "overrides: {help_center: {custom_domain: b.example}}"


def test_an_alternative_comes_and_goes(embedded: Place) -> None:
    line = "    - {attribute: person.tag, is: vip}"
    assert changed(embedded, "audience", "add", "Tag is vip") == [f"+{line}"]
    assert changed(embedded, "audience", "add", "{attribute: person.tag, is: vip}") == []
    assert changed(embedded, "audience", "remove", "Tag is vip") == [f"-{line}"]
    assert changed(embedded, "set", "audience", "nobody")[-1] == "+audience: nobody"
    assert len(changed(embedded, "audience", "add", "Tag is vip")) > 0
    assert len(changed(embedded, "audience", "add", "Tag is beta")) > 0
    assert len(changed(embedded, "audience", "remove", "Tag is vip")) > 0
    refused = run(embedded, "audience", "remove", "Tag is beta")
    assert (refused.code, "audience-last-condition" in refused.err) == (64, True)


@pytest.mark.parametrize(
    ("name", "code", "arguments"),
    [
        ("set-unknown-key", 1, ["set", "portal.tickt", "own"]),
        ("set-wrong-value", 1, ["set", "guards.max_access_gained", "many"]),
        ("set-no-key", 64, ["set", "portal..enabled", "true"]),
        ("set-no-value", 64, ["set", "portal.enabled", "{true"]),
        ("set-absent", 64, ["set", "style.favicon", "--unset"]),
        ("set-nothing", 64, ["set", "portal.enabled"]),
        ("audience-unknown", 64, ["audience", "remove", "Tag is gold"]),
        ("audience-no-condition", 64, ["audience", "add", "vip"]),
        ("set-stdin", 64, ["set", "portal.enabled", "true", "-f", "-"]),
    ],
)
def test_what_is_refused_changes_nothing(embedded: Place, name: str, code: int, arguments: list[str]) -> None:
    file = embedded.folder / "portal.yaml"
    before = file.read_bytes()
    done = run(embedded, *arguments)
    assert (done.code, done.out) == (code, ""), done.err
    assert file.read_bytes() == before
    assert_golden(CASES / f"refused-{name}.txt", done.err)
