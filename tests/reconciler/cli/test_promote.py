"""`portal promote` between two served workspaces: what moves, when it may, and what is refused."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.reconciler.cli.conftest import TEAMMATE, Place, Run, serving
from tests.support.golden import assert_golden, same_receipts
from tests.support.sample import ROOT, template
from workspace.database.engine import engine_for, writing
from workspace.identity import tokens as auth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GOLDEN = ROOT / "tests" / "cases" / "cli"
ALLOW = ("--allow", "widens_access")
PLAN = ("--from", "staging", "--to", "production", *ALLOW)
DOMAIN = "help.staging.acme.example"


@dataclass
class Two:
    """A file with two environments, each a served workspace."""

    staging: Place
    production: Place

    def portal(self, *words: str, **environment: str) -> Run:
        return self.staging.portal(*words, **environment)

    def replace(self, old: str, new: str) -> None:
        file = self.staging.folder / "portal.yaml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def prove(self) -> None:
        """Apply the file in staging, and verify it there."""
        applied = self.portal("apply", "-e", "staging", *ALLOW, "--yes")
        assert applied.code == 0, applied.out + applied.err
        verified = self.portal("verify", "-e", "staging", "--evaluate-only", "--format", "json")
        assert verified.code == 0, verified.out + verified.err
        assert json.loads(verified.out)["noted"] is True

    def plan(self, *words: str) -> dict[str, Any]:
        """Return the plan document of a promotion, which is not applied."""
        run = self.portal("promote", *PLAN, *words, "--out", "plan.json", "--format", "json")
        assert run.code in (0, 3), run.out + run.err
        contents: dict[str, Any] = json.loads(run.out)
        return contents

    def shown(self, run: Run) -> str:
        """Return what was printed, without what differs from run to run."""
        text = run.out + run.err
        for place, name in ((self.staging, "STAGING"), (self.production, "PRODUCTION")):
            text = text.replace(place.url, f"https://{name.lower()}.example")
        text = re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", text)
        return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-01-01T00:00:00Z", text)


def workspace(folder: Path, name: str) -> tuple[str, list[str]]:
    database = folder / f"{name}.db"
    shutil.copy(template(), database)
    engine = engine_for(str(database))
    with writing(engine) as connection:
        tokens = [auth.create(connection, who, "write", now=0) for who in ("ci", TEAMMATE)]
    engine.dispose()
    return str(database), tokens


@pytest.fixture
def two(folder: Path) -> Iterator[Two]:
    """Give a file with a staging and a production, and nothing applied in either."""
    (one, first), (other, second) = workspace(folder, "staging"), workspace(folder, "production")
    with serving(one) as staging, serving(other) as production:
        file = folder / "portal.yaml"
        settings, _, _ = file.read_text(encoding="utf-8").partition("\nenvironments:")
        file.write_text(
            f"""{settings}
environments:
  staging:
    workspace: {staging}
    token: ${{STAGING_TOKEN}}
    overrides: {{help_center: {{custom_domain: {DOMAIN}}}}}
  production:
    workspace: {production}
    token: ${{PRODUCTION_TOKEN}}
    promote_from: staging
""",
            encoding="utf-8",
        )
        environment = {"STAGING_TOKEN": first[0], "PRODUCTION_TOKEN": second[0]}
        yield Two(
            Place(folder, [], environment, staging, first[1]), Place(folder, [], environment, production, second[1])
        )


def test_what_was_proven_moves_and_not_what_the_file_says_now(two: Two) -> None:
    two.prove()
    two.replace("ticket_visibility: company", "ticket_visibility: own")
    run = two.portal("promote", *PLAN, "--out", "plan.json")
    assert run.code == 0, run.out + run.err
    assert_golden(GOLDEN / "promote.txt", two.shown(run))
    assert two.portal("history", "-e", "production").out.startswith("No receipts")
    markdown = two.portal("show", "plan.json", "--format", "markdown")
    assert markdown.code == 0, markdown.err
    _, _, folded = two.shown(markdown).partition("<details>")
    assert_golden(GOLDEN / "promote.md", folded.partition("</details>")[0])
    assert "promotes <code>r1-3f9a0c</code> of <code>staging</code>" in same_receipts(markdown.out)

    applied = two.portal("apply", "plan.json", "-e", "production", "--yes")
    assert applied.code == 0, applied.out + applied.err
    plan = json.loads((two.staging.folder / "plan.json").read_text(encoding="utf-8"))
    assert plan["promotion"]["left"] == ["portal.ticket_visibility"]
    with two.production.somebody_else() as client:
        live = client.get("help_centers/acme/configuration?record=acme-support").json()
    assert live["ticket_visibility"]["values"]["restricted"] is False
    assert live["help_center"]["values"]["custom_domain"] == "help.acme.example"
    with two.staging.somebody_else() as client:
        proven = client.get("records/acme-support").json()
    assert live["record"]["base"] == proven["base"]
    assert "environments" not in proven["base"]["document"]

    shown = same_receipts(two.portal("show", "r1", "-e", "production", "--format", "json").out)
    receipt = json.loads(shown)["receipt"]
    assert receipt["promotes"] == {
        "environment": "staging",
        "workspace": plan["promotion"]["from"]["workspace"],
        "receipt": "r1-3f9a0c",
        "digest": proven["base"]["digest"],
    }
    assert "promotes r1-3f9a0c of staging" in same_receipts(two.portal("show", "r1", "-e", "production").out)
    assert "promotion of r1-3f9a0c in staging" in same_receipts(two.portal("history", "-e", "production").out)

    again = two.portal("promote", "--to", "production", "--yes")
    assert again.code == 0
    assert "No changes." in again.out
    assert "✓ verified" in again.out


def test_every_condition_is_told_and_can_be_waived(two: Two) -> None:
    two.replace("\nenvironments:", "\npromotion: {soak: 24h}\n\nenvironments:")
    applied = two.portal("apply", "-e", "staging", *ALLOW, "--yes")
    assert applied.code == 0, applied.err
    two.staging.meddle("help_centers/acme/audience", {"mode": "nobody"})
    refused = two.portal("promote", *PLAN, "--yes")
    assert refused.code == 3
    assert_golden(GOLDEN / "promote-unmet.txt", two.shown(refused))
    assert [one["status"] for one in two.plan()["promotion"]["conditions"]] == ["unmet"] * 4
    saved = two.portal("apply", "plan.json", "-e", "production", "--yes")
    assert saved.code == 3
    assert "plan-blocked" in saved.err

    names = ("drift", "verified", "expectations", "soak")
    waivers = [word for name in names for word in ("--waive", name)]
    half = two.portal("promote", *PLAN, *waivers, "--waived-by", "Ada Vidal", "--yes")
    assert half.code == 64
    assert "waiver-incomplete" in half.err
    who = ("--waived-by", "Ada Vidal", "--reason", "Closes a leak")
    done = two.portal("promote", *PLAN, *waivers, *who, "--yes")
    assert done.code == 0, done.out + done.err
    shown = two.portal("show", "r1", "-e", "production").out
    for name in names:
        assert f"{name} waived by Ada Vidal: Closes a leak" in shown
    with two.production.somebody_else() as client:
        assert client.get("help_centers/acme/audience").json()["values"]["mode"] == "rule"


def test_a_protected_environment_takes_the_saved_plan(two: Two) -> None:
    two.replace("promote_from: staging", "promote_from: staging\n    protected: true")
    two.prove()
    refused = two.portal("promote", "--to", "production", *ALLOW, "--yes")
    assert refused.code == 3
    assert (
        "portal promote --from staging --to production --allow widens_access --out plan.json, have it reviewed, "
        "then portal apply plan.json -e production."
    ) in refused.err
    assert two.plan()["outcome"] == "changes"
    assert two.portal("apply", "plan.json", "-e", "production", "--yes").code == 0


def test_where_it_comes_from(two: Two) -> None:
    assert two.portal("promote", "--to", "staging").code == 64
    itself = two.portal("promote", "--from", "production", "--to", "production")
    assert (itself.code, "promotion-to-itself" in itself.err) == (64, True)
    two.replace("environments:", "environments:\n  qa: {workspace: https://qa.example, token: '${QA_TOKEN}'}")
    other = two.portal("promote", "--from", "qa", "--to", "production")
    assert (other.code, "promotion-from-another" in other.err) == (3, True)


def test_what_cannot_be_promoted(two: Two) -> None:
    never = two.portal("promote", *PLAN, "--format", "json")
    assert never.code == 3
    assert json.loads(never.out)["diagnostics"][0]["code"] == "promotion-nothing-applied"
    two.prove()
    with two.staging.somebody_else() as client:
        record = client.get("records/acme-support").json()
        older = {name: record[name] for name in ("help_center", "digest", "values", "commit")}
        answer = client.put("records/acme-support", json=older, headers={"If-Match": f'"{record["revision"]}"'})
        assert answer.is_success
    assert "promotion-older-record" in two.portal("promote", *PLAN).err
    assert two.portal("apply", "-e", "staging", "--yes").code == 0
    assert two.plan()["promotion"]["receipt"].startswith("r2-")

    undone = two.portal("undo", "r2", "-e", "staging", "--allow", "narrows_access", "--yes")
    assert undone.code == 0, undone.out + undone.err
    assert two.portal("promote", *PLAN).code == 3
    assert two.portal("promote", *PLAN, STAGING_TOKEN="wrong").code == 7
    two.replace("name: acme-support", "name: acme-other")
    other = two.portal("promote", *PLAN)
    assert (other.code, "what was applied there is acme-support" in other.err) == (3, True)


def test_an_apply_begins_the_time_anew_and_needs_its_own_verification(two: Two) -> None:
    two.prove()
    two.replace("ticket_visibility: company", "ticket_visibility: own")
    two.portal("verify", "-e", "staging", "--evaluate-only")
    assert two.plan()["promotion"]["conditions"][1]["status"] == "met"
    assert two.portal("apply", "-e", "staging", "--allow", "narrows_access", "--yes").code == 0
    planned = two.plan()["promotion"]
    assert planned["receipt"].startswith("r2-")
    assert planned["conditions"][1]["status"] == "unmet"
    assert "was of something else" in planned["conditions"][1]["summary"]


def test_an_environment_in_a_file_of_its_own(two: Two) -> None:
    file = two.staging.folder / "portal.yaml"
    settings, _, production = file.read_text(encoding="utf-8").partition("  production:\n")
    own = "".join(f"{line.removeprefix('    ')}\n" for line in production.splitlines())
    overrides = "overrides: {portal: {ticket_visibility: own}}\n"
    (two.staging.folder / "portal.production.yaml").write_text(own + overrides, encoding="utf-8")
    may_differ = "promotion: {may_differ: [help_center.custom_domain, portal.ticket_visibility]}"
    file.write_text(settings.replace("\nenvironments:", f"\n{may_differ}\n\nenvironments:"), encoding="utf-8")
    two.prove()
    done = two.portal("promote", "--to", "production", *ALLOW, "--format", "json", "--yes")
    assert done.code == 0, done.out + done.err
    rows = {f"{one['address']} {one['field']}": one for one in json.loads(done.out)["plan"]["promotion"]["fields"]}
    (row,) = (one for one in rows.values() if one["desired"] == "own")
    assert row["proven"] == "company"
    assert row["overridden"] == ["production"]
    unknown = two.portal("promote", "--to", "nowhere", "--from", "staging")
    assert "unknown-environment" in unknown.err
