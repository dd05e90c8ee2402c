"""Plans for reviews: every format from `plan` and `show`, on success and on failure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from reconciler.render.formats import RENDERED

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place

BEGINS = {
    "markdown": "<!-- portal plan file=portal.yaml -->\n",
    "html": '<!doctype html>\n<html lang="en">',
    "sarif": "{",
    "junit": "<?xml",
    "github": "::",
    "mermaid": "flowchart LR\n",
    "dot": "digraph plan {\n",
}


@pytest.mark.parametrize("name", [*RENDERED, "text", "json"])
def test_plan_and_show_print_the_same(embedded: Place, name: str) -> None:
    planned = embedded.portal("plan", "--allow", "widens_access", "--out", "plan.json", "--format", name)
    shown = embedded.portal("show", "plan.json", "--format", name)
    assert (planned.code, shown.code) == (0, 0)
    assert planned.out == shown.out
    assert planned.out.startswith(BEGINS.get(name, ""))


def test_the_exit_codes_are_those_of_every_plan(embedded: Place) -> None:
    assert embedded.portal("plan", "--format", "markdown").code == 3
    allowed = ("--allow", "widens_access", "--detailed-exitcode")
    assert embedded.portal("plan", "--format", "github", *allowed).code == 2


@pytest.mark.parametrize("name", RENDERED)
def test_a_plan_that_cannot_be_made_is_rendered_too(embedded: Place, name: str) -> None:
    (embedded.folder / "portal.yaml").write_text(
        "version: 1\naudience: maybe\nname: acme\nhelp_center: {identifier: acme}\n"
    )
    done = embedded.portal("plan", "--format", name)
    assert done.code == 1
    assert done.out.startswith(BEGINS[name])
    if name == "sarif":
        (run,) = json.loads(done.out)["runs"]
        assert run["invocations"] == [{"executionSuccessful": False}]
        place = run["results"][0]["locations"][0]["physicalLocation"]
        assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("portal.yaml", 2)
    elif name == "junit":
        assert int(ET.fromstring(done.out).get("failures", "")) >= 1  # noqa: S314 (our own)
    elif name == "github":
        assert done.out.startswith("::error file=portal.yaml,line=2,col=")
    elif name in ("markdown", "html"):
        assert "No plan could be made" in done.out


@pytest.mark.parametrize("name", ["json", *RENDERED])
def test_a_wrong_command_line_has_a_whole_document_too(embedded: Place, name: str) -> None:
    done = embedded.portal("plan", f"--format={name}", "--everything")
    assert done.code == 64
    assert done.out.startswith({"markdown": "<!-- portal plan -->\n", "json": "{"}.get(name) or BEGINS[name])


def test_a_receipt_is_text_or_json(embedded: Place) -> None:
    done = embedded.portal("show", "r1", "--format", "markdown")
    assert done.code == 64
    assert "a receipt is shown as text or json" in done.err


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_a_failure_is_kept_and_shown_but_not_applied(embedded: Place, name: str) -> None:
    (embedded.folder / "portal.yaml").write_text("version: 1\nname: acme\n")
    failed = embedded.portal("plan", "--format", "json")
    (embedded.folder / "plan.json").write_text(failed.out)
    shown = embedded.portal("show", "plan.json", "--format", name, workspace=False)
    assert (failed.code, shown.code) == (1, 0)
    assert "No plan could be made" in shown.out
    for one in json.loads(failed.out)["diagnostics"]:
        assert one["code"] in shown.out
    refused = embedded.portal("apply", "plan.json", "--yes")
    assert refused.code == 1
    assert "plan-unreadable" in refused.err


@pytest.mark.parametrize("version", ["1.0", "1.7"])
def test_what_only_claims_to_be_a_failed_plan_is_refused(embedded: Place, version: str) -> None:
    document = {"kind": "plan", "format_version": version, "outcome": "failed", "changes": [], "digest": "none"}
    (embedded.folder / "plan.json").write_text(json.dumps(document))
    shown = embedded.portal("show", "plan.json", "--format", "markdown", workspace=False)
    assert shown.code == 1
    assert "plan-unreadable" in shown.err
