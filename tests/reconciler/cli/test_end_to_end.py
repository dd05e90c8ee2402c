"""The main job from end to end, as a user meets it: embedded and against a served workspace, by the same test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from reconciler.core.contract import load_json

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place, Run

URL = "https://help.acme.example/en/tickets-portal"


def document(run: Run, schema: str) -> dict[str, Any]:
    """Return the one JSON document on stdout, which must be as its schema says."""
    contents: dict[str, Any] = json.loads(run.out)
    registry = jsonschema_rs.Registry(
        [(name, load_json(name)) for name in ("plan.schema.json", "result.schema.json")]
        + [("https://portal.example/schemas/plan.schema.json", load_json("plan.schema.json"))]
    )
    jsonschema_rs.validator_for(load_json(schema), registry=registry).validate(contents)
    return contents


def test_the_main_job(place: Place) -> None:
    # Before: something is to be done, and opening the portal has to be spelled out.
    assert place.portal("validate", workspace=False).code == 0
    assert place.portal("plan", "--detailed-exitcode").code == 3
    before = place.portal("plan", "--detailed-exitcode", "--allow", "widens_access")
    assert before.code == 2
    assert "0 → 26 of 100 people" in before.out

    # Refused without the permission, without --yes, and nothing has changed by then.
    assert place.portal("apply", "--yes").code == 3
    unasked = place.portal("apply", "--allow", "widens_access")
    assert unasked.code == 64
    assert "--yes" in unasked.err
    assert place.portal("plan", "--detailed-exitcode", "--allow", "widens_access").out == before.out
    assert place.portal("drift").code == 0

    # Applied: the portal is live, and the next run has nothing to do.
    applied = place.portal("apply", "--yes", "--allow", "widens_access")
    assert applied.code == 0, applied.err
    assert applied.out.endswith(f"The tickets portal is live at {URL}\n")
    again = place.portal("apply", "--yes")
    assert again.code == 0
    assert again.out.startswith("No changes.")
    assert again.err == ""
    assert place.portal("plan", "--detailed-exitcode").code == 0
    assert place.portal("drift").code == 0

    # Behind its back: found, with who and when, and put back.
    place.meddle("help_centers/acme/audience", {"mode": "everyone", "rule": None})
    drift = place.portal("drift", "--format", "json")
    assert drift.code == 2
    (finding,) = document(drift, "result.schema.json")["findings"]
    assert finding["address"] == "audience/acme"
    assert finding["by"]["by"] == "Mara Lindholm"
    assert finding["by"]["via"] == "api"
    assert finding["by"]["at"].startswith("20")
    assert "changed by Mara Lindholm at 20" in place.portal("drift").out
    assert place.portal("apply", "--yes").code == 3
    assert place.portal("apply", "--yes", "--allow", "narrows_access").code == 0
    assert place.portal("drift").code == 0


def test_every_verb_prints_one_document(place: Place) -> None:
    plan = place.portal("plan", "--format", "json")
    assert plan.code == 3
    assert document(plan, "plan.schema.json")["outcome"] == "blocked"
    blocked = place.portal("apply", "--yes", "--format", "json")
    assert blocked.code == 3
    assert document(blocked, "result.schema.json")["outcome"] == "blocked"
    applied = place.portal("apply", "--yes", "--allow", "widens_access", "--format", "json")
    assert applied.code == 0
    result = document(applied, "result.schema.json")
    assert result["converged"] is True
    assert result["portal"] == {"url": URL, "effective": True}
    assert {change["outcome"] for change in result["changes"]} == {"applied"}
    again = document(place.portal("apply", "--yes", "--format", "json"), "result.schema.json")
    assert again["outcome"] == "nothing_to_do"
    assert document(place.portal("drift", "--format", "json"), "result.schema.json")["outcome"] == "no_drift"
    preview = document(place.portal("preview", "--format", "json"), "result.schema.json")
    assert preview["count"] == 26
    explained = document(place.portal("explain", "ada@examply.com", "--format", "json"), "result.schema.json")
    assert explained["can"]["open_portal"] is True


def test_a_json_document_is_printed_on_failure_too(embedded: Place) -> None:
    (embedded.folder / "portal.yaml").write_text("version: 1\nname: x\nnonsense: 1\n")
    for verb, schema in (("plan", "plan"), ("apply", "plan"), ("drift", "result"), ("preview", "result")):
        failed = embedded.portal(verb, "--format", "json")
        assert failed.code == 1
        assert document(failed, f"{schema}.schema.json")["outcome"] == "failed"
        assert "nonsense" in failed.err


def test_a_json_document_is_printed_for_a_wrong_command_line_too(embedded: Place) -> None:
    for verb, schema in (("plan", "plan"), ("undo", "plan"), ("drift", "result"), ("history", "result")):
        wrong = embedded.portal(verb, "--format", "json", "--nonsense")
        assert wrong.code == 64
        assert document(wrong, f"{schema}.schema.json")["diagnostics"][0]["code"] == "command-line-wrong"
        assert "--nonsense" in wrong.err


def test_the_embedded_workspace_is_made_on_first_use(embedded: Place) -> None:
    for file in (embedded.folder / ".portal").iterdir():
        file.unlink()
    (embedded.folder / ".portal").rmdir()
    first = embedded.portal("plan", "--allow", "widens_access")
    assert first.code == 0
    assert "Plan: 7 to change." in first.out
    assert (embedded.folder / ".portal" / "workspace.db").exists()


def test_enabling_is_refused_by_the_workspace_too(place: Place) -> None:
    with place.somebody_else() as client:
        tag = client.get("help_centers/acme/portal").headers["ETag"]
        answer = client.patch("help_centers/acme/portal", json={"enabled": True}, headers={"If-Match": tag})
        assert answer.status_code == 422
        fields = {one["field"] for one in answer.json()["errors"]}
        assert fields == {
            "help_center_live",
            "custom_domain",
            "https",
            "cookie_forwarding",
            "jwt_enforced",
            "companies_protected",
        }
        assert client.get("help_centers/acme/portal").json()["values"] == {"enabled": False}
