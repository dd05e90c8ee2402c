"""Environments of a file, and what a saved plan is for: one workspace, one environment, one configuration."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Place

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
