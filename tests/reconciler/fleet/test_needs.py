"""Members of a fleet that need each other: what one changes for the whole workspace opens and closes the others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.reconciler.fleet.test_plan import GOLDEN, document, outcomes
from tests.support.fleet.fleets import HELP_CENTERS, place
from tests.support.golden import assert_golden

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reconciler.cli.conftest import Place

SHARED = """\
version: 1
name: shared
help_center: {identifier: hub}
messenger: {identity: jwt}
data_attributes: {contact: {companies: {messenger_writable: false}}}
"""
CENTRES = ("hub", *HELP_CENTERS)
APPLY = ("apply", "-f", "portals", "--yes", "--allow", "widens_access")
PLAN = ("plan", "-f", "portals")


def centre(identifier: str, *, enabled: bool = True, audience: str = "everyone", more: str = "") -> str:
    """Return a configuration of a Help Center that leaves the settings of the whole workspace to another file."""
    return (
        f"version: 1\nname: {identifier}\n"
        f"help_center: {{identifier: {identifier}, live: true, custom_domain: {identifier}.acme.example, "
        f"https: true, cookie_forwarding: true}}\n"
        f"portal: {{enabled: {json.dumps(enabled)}}}\naudience: {audience}\nguards: {{allow_everyone: true}}\n{more}"
    )


def files(shared: str = SHARED, **of: str) -> dict[str, str]:
    """Return a file for each Help Center, and one for the workspace that is the last of them by name."""
    whole = {one: centre(one) for one in HELP_CENTERS} | of
    return {f"portals/{name}.yaml": text for name, text in whole.items()} | {"portals/zz-shared.yaml": shared}


def portals(folder: Place) -> dict[str, dict[str, Any]]:
    """Return the portal of each Help Center as it is."""
    with folder.somebody_else() as client:
        return {one: client.get(f"help_centers/{one}/configuration").json()["portal"] for one in HELP_CENTERS}


def order(folder: Place) -> list[str]:
    """Return which configurations were applied, in order."""
    receipts = json.loads(folder.portal("history", "--all", "--format", "json").out)["receipts"]
    return [one["configuration"] for one in reversed(receipts)]


def statuses(whole: dict[str, Any], name: str) -> dict[str, str]:
    (entry,) = (one for one in whole["portals"] if one["name"] == name)
    return {one["id"]: one["status"] for one in entry["document"]["prerequisites"]}


def test_all_of_it_is_planned_and_applied_at_once(tmp_path: Path) -> None:
    folder = place(tmp_path, files(), CENTRES)
    text = folder.portal(*PLAN, "--no-color", "--allow", "widens_access")
    assert text.code == 0
    assert_golden(GOLDEN / "plan-needs.txt", text.out)
    whole = document(folder.portal(*PLAN, "--format", "json", "--allow", "widens_access", "--out", "fleet.json"))
    assert set(outcomes(whole).values()) == {"changes"}
    assert statuses(whole, "eu")["jwt_enforced"] == statuses(whole, "eu")["companies_protected"] == "met_by_fleet"
    done = document(folder.portal("apply", "fleet.json", "--yes", "--format", "json"))
    assert done["exit_code"] == 0, done
    assert order(folder) == ["shared", *sorted(HELP_CENTERS)]
    assert all(one["effective"] for one in portals(folder).values())
    assert set(outcomes(document(folder.portal(*PLAN, "--format", "json"))).values()) == {"no_changes"}


def test_alone_it_is_blocked_as_ever(tmp_path: Path) -> None:
    folder = place(tmp_path, files(), CENTRES)
    alone = json.loads(folder.portal("plan", "-f", "portals/eu.yaml", "--format", "json").out)
    assert {one["status"] for one in alone["prerequisites"] if one["id"] == "jwt_enforced"} == {"unmet"}
    assert alone["outcome"] == "blocked"


def test_where_the_shared_one_fails_those_that_need_it_are_left(tmp_path: Path) -> None:
    folder = place(tmp_path, files(jp=centre("jp", enabled=False)), CENTRES)
    assert folder.portal(*PLAN, "--allow", "widens_access", "--out", "fleet.json").code == 0
    folder.meddle("identity", {"mode": "hmac"})
    done = folder.portal("apply", "fleet.json", "--yes", "--no-color")
    assert done.code == 5
    assert_golden(GOLDEN / "apply-needs-failed.txt", _results(done.out))
    assert {name: one["values"]["enabled"] for name, one in portals(folder).items()} == dict.fromkeys(
        HELP_CENTERS, False
    )
    again = document(folder.portal(*APPLY, "--format", "json"))
    assert outcomes(again) == {"eu": "applied", "us": "applied", "jp": "nothing_to_do", "shared": "applied"}


def _results(text: str) -> str:
    """Return what came of an apply, without moments and names of machines."""
    start = text.index("── eu portals/eu.yaml:2\n", 1)
    return "\n".join(line.partition(" changed it at ")[0].partition(" at 20")[0] for line in text[start:].split("\n"))


@pytest.mark.parametrize("shared", ["allow_everyone: false", "blocked"])
def test_where_the_shared_one_is_blocked_those_that_need_it_are_left(tmp_path: Path, shared: str) -> None:
    text = SHARED + "portal: {enabled: true}\n"
    folder = place(tmp_path, files(text), CENTRES)
    done = document(folder.portal(*APPLY, "--format", "json"))
    assert outcomes(done) == {**dict.fromkeys(HELP_CENTERS, "not_attempted"), "shared": "blocked"}
    assert {one["diagnostics"][0]["code"] for one in done["portals"] if one["name"] != "shared"} == {
        "fleet-needs-another"
    }
    assert done["exit_code"] == 3
    assert order(folder) == []


def test_what_another_would_break_is_said_and_what_closes_goes_first(tmp_path: Path) -> None:
    folder = place(tmp_path, files(us=centre("us", audience="nobody")), CENTRES)
    assert folder.portal(*APPLY).code == 0
    off = SHARED.replace("jwt", "off")
    for name, text in files(off, us=centre("us"), jp=centre("jp", enabled=False)).items():
        (tmp_path / name).write_text(text)
    whole = document(folder.portal(*PLAN, "--format", "json"))
    assert statuses(whole, "us")["jwt_enforced"] == "broken_by_fleet"
    said = {one["name"]: {said["code"] for said in one["diagnostics"]} for one in whole["portals"]}
    assert "portal-ineffective" in said["us"] & said["eu"]
    assert folder.portal(*APPLY).code == 0
    assert order(folder)[4:] == ["shared", "jp", "us"]
    assert not any(one["effective"] for one in portals(folder).values())


def test_an_open_portal_is_as_it_should_be_before_others_open_it(tmp_path: Path) -> None:
    """Everybody is let in where nobody can come in yet; the file of that Help Center changes it."""
    folder = place(tmp_path, files(), CENTRES)
    assert folder.portal(*APPLY).code == 0
    folder.meddle("identity", {"mode": "off"})
    narrower = "audience: {attribute: person.tag, is: beta}"
    (tmp_path / "portals/us.yaml").write_text(centre("us").replace("audience: everyone", narrower))
    (tmp_path / "portals/jp.yaml").write_text(
        centre("jp", more="expectations: [{person: nobody@x, can: [open_portal]}]")
    )
    refused = document(folder.portal(*APPLY, "--format", "json"))
    # The settings of the workspace would open jp, of which something is expected that would not be so.
    assert outcomes(refused) == {"eu": "nothing_to_do", "us": "applied", "jp": "blocked", "shared": "not_attempted"}
    (tmp_path / "portals/jp.yaml").write_text(centre("jp"))
    (tmp_path / "portals/us.yaml").write_text(centre("us").replace("audience: everyone", "audience: nobody"))
    done = document(folder.portal(*APPLY, "--format", "json"))
    assert outcomes(done) == {"eu": "nothing_to_do", "us": "applied", "jp": "nothing_to_do", "shared": "applied"}
    assert order(folder)[-2:] == ["us", "shared"]
    assert done["exit_code"] == 0
