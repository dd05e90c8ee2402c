"""Environments of a file, and what a saved plan is for: one workspace, one environment, one configuration."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place

ALLOW = ("--allow", "widens_access")


@pytest.fixture
def staged(served: Place) -> Place:
    """Give a file whose two environments are the same served workspace; its address and token are in variables."""
    file = served.folder / "portal.yaml"
    text = file.read_text(encoding="utf-8")
    settings, _, _ = text.partition("\nenvironments:")
    file.write_text(
        f"""{settings}
environments:
  staging:
    workspace: {served.url}
    token: ${{STAGING_TOKEN}}
    overrides: {{help_center: {{custom_domain: help.staging.acme.example}}}}
  production:
    workspace: ${{PRODUCTION_WORKSPACE}}
    token: ${{PRODUCTION_TOKEN}}
    protected: true
""",
        encoding="utf-8",
    )
    token = served.environment.pop("PORTAL_TOKEN")
    served.environment |= {"STAGING_TOKEN": token, "PRODUCTION_TOKEN": token, "PRODUCTION_WORKSPACE": served.url}
    served.arguments = []
    return served


def test_an_environment_has_its_workspace_token_and_overrides(staged: Place) -> None:
    run = staged.portal("plan", "-e", "staging", *ALLOW, "--format", "json")
    assert run.code == 0, run.err
    plan = json.loads(run.out)
    assert plan["environment"] == "staging"
    assert plan["workspace"]["target"] == staged.url
    (center,) = (one for one in plan["changes"] if one["address"] == "help_center/acme")
    domains = {one["field"]: one["after"] for one in center["fields"]}
    assert domains["custom_domain"] == "help.staging.acme.example"
    assert not (staged.folder / ".portal").exists()

    assert staged.portal("apply", "-e", "staging", *ALLOW, "--yes").code == 0
    assert staged.portal("drift", "-e", "staging").code == 0
    shown = staged.portal("show", "r1", "-e", "staging")
    assert shown.code == 0, shown.err
    receipt = json.loads(staged.portal("show", "r1", "-e", "staging", "--format", "json").out)["receipt"]
    assert receipt["environment"] == "staging"


def test_no_secret_and_no_address_that_is_not_there(staged: Place) -> None:
    missing = staged.portal("plan", "-e", "staging", STAGING_TOKEN="")
    assert missing.code == 7
    assert "STAGING_TOKEN, which is not set" in missing.err
    lost = staged.portal("plan", "-e", "production", PRODUCTION_WORKSPACE="")
    assert lost.code == 64
    assert "PRODUCTION_WORKSPACE, which is not set" in lost.err
    unknown = staged.portal("plan", "-e", "stagin")
    assert unknown.code == 1
    assert "did you mean `staging`" in unknown.err.lower()
    assert staged.portal("plan", "-e", "staging", "--workspace", "https://x.example").code == 64


def test_a_protected_environment_takes_saved_plans_of_its_own_only(staged: Place) -> None:
    refused = staged.portal("apply", "-e", "production", *ALLOW, "--yes")
    assert refused.code == 3
    assert "environment-protected" in refused.err
    assert staged.portal("plan", "-e", "production", *ALLOW, "--out", "plan.json").code == 0
    for arguments in ((), ("-e", "staging")):
        other = staged.portal("apply", "plan.json", "--yes", *arguments)
        assert other.code == 4
        assert "plan-of-another-environment" in other.err
    applied = staged.portal("apply", "plan.json", "-e", "production", "--yes")
    assert applied.code == 0, applied.err
    nothing = staged.portal("apply", "-e", "production", "--yes")
    assert nothing.code == 0, nothing.err
    assert "No changes." in nothing.out


def test_a_plan_is_for_one_workspace(embedded: Place) -> None:
    assert embedded.portal("plan", *ALLOW, "--out", "plan.json").code == 0
    with closing(sqlite3.connect(embedded.folder / ".portal" / "workspace.db")) as database, database:
        database.execute("UPDATE workspaces SET id = 'ws_another'")
    refused = embedded.portal("apply", "plan.json", "--yes")
    assert refused.code == 1
    assert "plan-of-another-workspace" in refused.out


def test_a_plan_is_for_one_state_of_the_file(embedded: Place) -> None:
    assert embedded.portal("plan", *ALLOW, "--out", "plan.json").code == 0
    file = embedded.folder / "portal.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "\n# A comment changes nothing.\n", encoding="utf-8")
    (embedded.folder / "other.yaml").write_text(text.replace("https: true", "https: false"), encoding="utf-8")
    refused = embedded.portal("apply", "plan.json", "--yes", "-f", "other.yaml")
    assert refused.code == 4
    assert "plan-of-another-configuration" in refused.err
    assert embedded.portal("apply", "plan.json", "--yes").code == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"format_version": "2.0"}, "plan-newer-format"),
        ({"created_at": "2026-03-01T12:00:00Z", "outcome": "failed"}, "plan-unreadable"),
        ({"portal": {"enabled": False, "url": None}}, "plan-edited"),
    ],
)
def test_a_plan_that_is_not_as_it_was_made(embedded: Place, change: dict[str, object], code: str) -> None:
    path = embedded.folder / "plan.json"
    assert embedded.portal("plan", *ALLOW, "--out", "plan.json").code == 0
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    for verb in (("show", "plan.json"), ("apply", "plan.json", "--yes")):
        refused = embedded.portal(*verb)
        assert refused.code == 1
        assert code in refused.err


def test_a_plan_that_was_forbidden_stays_forbidden(embedded: Place) -> None:
    assert embedded.portal("plan", "--out", "plan.json").code == 3
    refused = embedded.portal("apply", "plan.json", "--yes")
    assert refused.code == 3
    assert "plan-blocked" in refused.err
    assert embedded.portal("apply", "plan.json", "--yes", *ALLOW).code == 64


@pytest.fixture
def split(staged: Place) -> Place:
    """Give the same with `staging` in a file of its own."""
    file = staged.folder / "portal.yaml"
    head, _, rest = file.read_text(encoding="utf-8").partition("  staging:\n")
    own, _, rest = rest.partition("  production:\n")
    allowed = "promotion: {may_differ: [help_center.custom_domain]}\n"
    file.write_text(f"{head}  production:\n{rest}{allowed}", encoding="utf-8")
    (staged.folder / "portal.staging.yaml").write_text(dedent(own), encoding="utf-8")
    return staged


def test_an_environment_in_a_file_of_its_own_is_used_alike(split: Place) -> None:
    assert split.portal("validate").code == 0
    run = split.portal("plan", "-e", "staging", *ALLOW, "--out", "plan.json", "--format", "json")
    assert run.code == 0, run.err
    plan = json.loads(run.out)
    (center,) = (one for one in plan["changes"] if one["address"] == "help_center/acme")
    (domain,) = (one for one in center["fields"] if one["field"] == "custom_domain")
    assert domain["after"] == "help.staging.acme.example"
    place = {"file": "portal.staging.yaml", "line": 3, "column": 42}
    assert {key: domain["source"][key] for key in place} == place
    assert plan["configuration"]["file"] == "portal.yaml"

    # The digest covers both files, and nothing but what they say.
    own = split.folder / "portal.staging.yaml"
    text = own.read_text(encoding="utf-8")
    own.write_text(text.replace("staging.acme", "other.acme"), encoding="utf-8")
    refused = split.portal("apply", "plan.json", "-e", "staging", "--yes")
    assert refused.code == 4
    assert "plan-of-another-configuration" in refused.err
    own.write_text(f"# Ours.\n{text}", encoding="utf-8")
    assert split.portal("apply", "plan.json", "-e", "staging", "--yes").code == 0

    # What drifted is named at its place, and adopted there.
    split.meddle("help_centers/acme", {"custom_domain": "help.by-hand.example"})
    drift = split.portal("drift", "-e", "staging", "--format", "json")
    assert drift.code == 2
    (finding,) = json.loads(drift.out)["findings"]
    assert (finding["source"]["file"], finding["source"]["line"]) == ("portal.staging.yaml", 4)
    before = (split.folder / "portal.yaml").read_bytes()
    adopted = split.portal("drift", "-e", "staging", "--adopt")
    assert adopted.code == 0, adopted.err
    assert "portal.staging.yaml now says what the workspace has" in adopted.out
    assert "+overrides: {help_center: {custom_domain: help.by-hand.example}}" in adopted.out
    assert (split.folder / "portal.yaml").read_bytes() == before
    assert "help.by-hand.example" in own.read_text(encoding="utf-8")
    assert split.portal("plan", "-e", "staging").out.startswith("No changes.")


def test_a_mark_in_a_review_stands_in_the_right_file(split: Place) -> None:
    own = split.folder / "portal.staging.yaml"
    text = own.read_text(encoding="utf-8")
    assert split.portal("apply", "-e", "staging", *ALLOW, "--yes").code == 0
    own.write_text(text.replace("{custom_domain:", "{live: false, custom_domain:"), encoding="utf-8")
    main = split.folder / "portal.yaml"
    main.write_text(main.read_text(encoding="utf-8").replace("custom_domain]", "live, help_center.custom_domain]"))
    marks = split.portal("plan", "-e", "staging", *ALLOW, "--format", "github").out
    assert "file=portal.staging.yaml,line=3,col=33" in marks
    log = json.loads(split.portal("plan", "-e", "staging", *ALLOW, "--format", "sarif").out)
    places = [
        (one["physicalLocation"]["artifactLocation"]["uri"], one["physicalLocation"]["region"]["startLine"])
        for result in log["runs"][0]["results"]
        for one in result.get("locations", ())
        if "region" in one.get("physicalLocation", ())
    ]
    assert ("portal.staging.yaml", 3) in places


def test_another_environment_that_is_broken_hurts_nobody(split: Place) -> None:
    (split.folder / "portal.staging.yaml").write_text("workspace: [", encoding="utf-8")
    assert split.portal("plan", "-e", "production", *ALLOW).code == 0
    assert split.portal("validate").code == 1
    refused = split.portal("plan", "-e", "staging", "--format", "json")
    assert refused.code == 1
    (problem,) = json.loads(refused.out)["diagnostics"]
    assert (problem["code"], problem["source"]["file"]) == ("yaml-syntax", "portal.staging.yaml")
    unknown = split.portal("plan", "-e", "stagin")
    assert "Did you mean `staging`?" in unknown.err


def test_a_protected_environment_takes_saved_plans_for_every_verb_that_writes(staged: Place) -> None:
    here = ("-e", "production", "--yes")
    assert staged.portal("plan", "-e", "production", *ALLOW, "--out", "plan.json").code == 0
    assert staged.portal("apply", "plan.json", *here).code == 0
    staged.meddle("messenger_spaces", {"tickets": False})
    revert = ("drift", "--revert", "-e", "production")
    undo = ("undo", "r1", "-e", "production", "--allow", "narrows_access")
    for verb in (revert, undo):
        refused = staged.portal(*verb, "--yes")
        assert refused.code == 3, (verb, refused.err)
        assert "environment-protected" in refused.err
        assert "--out plan.json" in refused.err
    # The way that is left: make the plan, have it reviewed, apply exactly that.
    assert staged.portal(*revert, "--out", "revert.json").code == 0
    assert staged.portal("apply", "revert.json", *here).code == 0
    assert staged.portal("drift", "-e", "production").code == 0
    assert staged.portal(*undo, "--out", "undo.json").code == 0
    assert staged.portal("apply", "undo.json", *here).code == 0
