"""`portal apply` over a fleet: everything that can be done is, each by its own plan, and what cannot is told."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from reconciler.core import documents
from tests.reconciler.cli.conftest import Place
from tests.reconciler.cli.test_init import in_a_terminal
from tests.reconciler.cli.test_stopping import settings_write
from tests.reconciler.fleet.test_plan import BROKEN, GOLDEN, document, outcomes
from tests.support.faults.proxy import Moment, Proxy, Request
from tests.support.faults.stand import CLOSED, NAME, Stand, stand
from tests.support.fleet.fleets import place, portal
from tests.support.golden import assert_golden
from tests.support.sample import TOKEN
from workspace.database.engine import engine_for, writing
from workspace.database.tables import upstreams

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TERRITORY = "data_attributes: {company: {territory: {type: string}}}\n"
UNPREPARED = "portal: {enabled: true}\n"
FILES = {
    "portals/eu.yaml": portal("eu", "eu", TERRITORY),
    "portals/us.yaml": portal("us", "us", TERRITORY),
    "portals/more.yaml": "\n---\n".join([portal("jp", "jp", UNPREPARED), portal("nowhere", "mars"), BROKEN]),
}
APPLY = ("apply", "-f", "portals", "--yes")


def test_what_can_be_applied_is_and_a_plan_finds_nothing_more(tmp_path: Path) -> None:
    folder = place(tmp_path, FILES)
    done = folder.portal(*APPLY, "--no-color", GITHUB_ACTOR="mara")
    assert done.code == 5
    assert done.err == ""
    _, _, results = done.out.partition("1 blocked, 2 to change.\n\n")
    assert_golden(GOLDEN / "apply-mixed.txt", _still(results))
    whole = document(folder.portal("plan", "-f", "portals", "--format", "json"))
    assert outcomes(whole) == {
        "eu": "no_changes",
        "us": "no_changes",
        "jp": "blocked",
        "nowhere": "failed",
        "portals/more.yaml": "failed",
    }
    again = document(folder.portal(*APPLY, "--format", "json"))
    assert again["totals"]["outcomes"] == {"blocked": 1, "failed": 2, "nothing_to_do": 2}
    # Codes that differ: blocked and broken.
    assert again["exit_code"] == 1
    history = json.loads(folder.portal("history", "--all", "--format", "json").out)
    assert [(one["configuration"], one["outcome"]) for one in history["receipts"]] == [
        ("us", "applied"),
        ("eu", "applied"),
    ]


def _still(text: str) -> str:
    return "\n".join(
        line.partition(" at ")[0] + (" at MOMENT" + line[line.index("Z via") + 1 :] if "Z via" in line else "")
        for line in text.split("\n")
    )


def test_what_is_only_to_be_recorded_is_recorded(tmp_path: Path) -> None:
    folder = place(tmp_path, {"a.yaml": portal("a", "eu"), "b.yaml": portal("b", "us")})
    assert folder.portal("apply", "-f", "a.yaml", "--yes").code == 0
    (tmp_path / "a.yaml").write_text(portal("renamed", "eu"))
    whole = document(folder.portal("apply", "-f", ".", "--yes", "--format", "json"))
    assert whole["exit_code"] == 0
    assert {one["name"]: (one["outcome"], one["changes"]) for one in whole["portals"]} == {
        "renamed": ("applied", 0),
        "b": ("applied", 2),
    }
    assert outcomes(document(folder.portal("drift", "-f", ".", "--format", "json"))) == {
        "renamed": "no_drift",
        "b": "no_drift",
    }


@pytest.mark.parametrize(("answer", "code", "end"), [("n", 1, "Nothing was applied.\n"), ("y", 0, "made.\n")])
def test_somebody_is_asked_once(tmp_path: Path, answer: str, code: int, end: str) -> None:
    folder = place(tmp_path, {"a.yaml": portal("a", "eu"), "b.yaml": portal("b", "us")})
    question = "\nApply 4 changes in 2 portals of 1 workspace? [y/N]: "
    done, seen = in_a_terminal(tmp_path, ["apply", "-f", ".", "--quiet", *folder.arguments], [(question, answer)])
    assert done == code
    assert seen.endswith(end)


def test_where_nobody_can_be_asked_nothing_is_applied(tmp_path: Path) -> None:
    folder = place(tmp_path, {"a.yaml": portal("a", "eu"), "b.yaml": portal("b", "us")})
    done = folder.portal("apply", "-f", ".", "--format", "json")
    assert done.code == 64
    assert document(done)["diagnostics"][0]["code"] == "confirmation-impossible"
    assert json.loads(folder.portal("history", "--all", "--format", "json").out)["receipts"] == []


class TestSaved:
    """The plans of a fleet that were made earlier."""

    @pytest.fixture
    def planned(self, tmp_path: Path) -> Place:
        """Give a fleet, and the plans for it in `fleet.json`."""
        folder = place(tmp_path, FILES)
        assert folder.portal("plan", "-f", "portals", "--out", "fleet.json").code == 1
        return folder

    def test_they_are_applied_once(self, planned: Place) -> None:
        shown = planned.portal("show", "fleet.json", workspace=False)
        assert shown.code == 0
        assert shown.out.endswith("5 portals in 1 workspace: 2 failed, 1 blocked, 2 to change.\n")
        whole = document(planned.portal("apply", "fleet.json", "--yes", "--format", "json"))
        assert whole["exit_code"] == 5
        assert outcomes(whole) == {
            "eu": "applied",
            "us": "applied",
            "jp": "blocked",
            "nowhere": "failed",
            "portals/more.yaml": "failed",
        }
        saved = json.loads((planned.folder / "fleet.json").read_text())
        plans = {one["name"]: one["document"] for one in saved["portals"]}
        done = {one["name"]: one["document"] for one in whole["portals"]}
        assert all(done[name]["plan"] == plans[name] for name in ("eu", "us", "jp"))
        again = document(planned.portal("apply", "fleet.json", "--yes", "--format", "json"))
        codes = {one["name"]: [said["code"] for said in one["diagnostics"]] for one in again["portals"]}
        assert codes["eu"] == codes["us"] == ["plan-already-applied"]

    def test_a_file_that_changed_since_is_left_out(self, planned: Place) -> None:
        (planned.folder / "portals" / "us.yaml").write_text(portal("us", "us"))
        whole = document(planned.portal("apply", "fleet.json", "--yes", "--format", "json"))
        by_name = {one["name"]: one for one in whole["portals"]}
        assert (by_name["eu"]["outcome"], by_name["us"]["outcome"]) == ("applied", "failed")
        assert by_name["us"]["diagnostics"][0]["code"] == "plan-of-another-configuration"

    def test_what_somebody_changed_meanwhile_is_left_alone(self, planned: Place) -> None:
        planned.meddle("help_centers/us/audience", {"mode": "everyone"})
        whole = document(planned.portal("apply", "fleet.json", "--yes", "--format", "json"))
        by_name = {one["name"]: one for one in whole["portals"]}
        assert (by_name["eu"]["outcome"], by_name["us"]["outcome"]) == ("applied", "failed")
        assert {one["address"] for one in by_name["us"]["document"]["conflicts"]} == {"audience/us"}
        assert whole["exit_code"] == 5

    def test_what_is_left_out_is_told_although_nothing_is_left(self, planned: Place) -> None:
        for name in ("eu", "us"):
            (planned.folder / "portals" / f"{name}.yaml").write_text(portal(name, name))
        done = planned.portal("apply", "fleet.json", "--yes", "--no-color")
        # What was planned did not fit its files, and there is a file that could not be used.
        assert done.code == 1
        assert done.out.count("[plan-of-another-configuration]") == 2
        assert done.out.endswith("5 portals in 1 workspace: 4 failed, 1 blocked.\n")

    def test_a_document_that_was_edited_is_refused(self, planned: Place) -> None:
        path = planned.folder / "fleet.json"
        whole = json.loads(path.read_text())
        whole["portals"][0]["document"]["changes"][0]["operations"][0]["body"] = {"type": "integer"}
        path.write_text(documents.dumps(whole))
        assert self.refusal(planned) == "plan-edited"
        # Not even where its own digest fits again: that of the plan inside does not.
        path.write_text(documents.dumps({**whole, "digest": documents.digest(whole)}))
        assert self.refusal(planned) == "plan-edited"

    def test_what_is_no_plan_is_refused(self, planned: Place) -> None:
        drift = planned.portal("drift", "-f", "portals/eu.yaml", "-f", "portals/us.yaml", "--format", "json")
        (planned.folder / "fleet.json").write_text(drift.out)
        assert self.refusal(planned) == "plan-unreadable"

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            (("--allow", "widens_access"), "plan-takes-no-options"),
            (("-e", "staging"), None),
            (("-f", "portals"), "command-line-wrong"),
            (("--shard", "1/2"), "command-line-wrong"),
        ],
    )
    def test_it_takes_no_options_that_a_plan_is_made_with(
        self, planned: Place, given: tuple[str, ...], code: str | None
    ) -> None:
        arguments = () if "-e" in given else planned.arguments
        done = planned.portal("apply", "fleet.json", "--yes", "--format", "json", *given, *arguments, workspace=False)
        assert done.code == (4 if code is None else 64)
        assert json.loads(done.out)["diagnostics"][0]["code"] == (code or "plan-of-another-environment")

    def refusal(self, planned: Place) -> str:
        done = planned.portal("apply", "fleet.json", "--yes", "--format", "json")
        assert done.code == 1
        assert json.loads(planned.portal("history", "--all", "--format", "json").out)["receipts"] == []
        code: str = document(done)["diagnostics"][0]["code"]
        return code


@pytest.fixture
def stands(tmp_path: Path) -> Iterator[tuple[Stand, Stand]]:
    """Give two workspaces that are served."""
    folders = [tmp_path / name for name in ("north", "south")]
    for one in folders:
        one.mkdir()
    with stand(folders[0]) as north, stand(folders[1]) as south:
        yield north, south


def test_several_workspaces_one_of_which_is_not_there(stands: tuple[Stand, Stand], tmp_path: Path) -> None:
    urls = {"north": stands[0].url, "south": stands[1].url, "lost": "http://127.0.0.1:9"}
    folder = Place(tmp_path, ["-e", "production"], {"PORTAL_TOKEN": TOKEN, "PORTAL_PATIENCE": "0", "GITHUB_ACTOR": "m"})
    for name, url in urls.items():
        (tmp_path / f"{name}.yaml").write_text(documents.dumps(_for(url, protected=name == "south")))
    refused = document(folder.portal("apply", "-f", "*.yaml", "--yes", "--format", "json"))
    assert {one["file"]: one["outcome"] for one in refused["portals"]} == {
        "north.yaml": "applied",
        "south.yaml": "blocked",
        "lost.yaml": "failed",
    }
    assert refused["exit_code"] == 5
    codes = {one["file"]: [said["code"] for said in one["diagnostics"]] for one in refused["portals"]}
    assert codes["south.yaml"][-1] == "environment-protected"
    assert codes["lost.yaml"] == ["workspace-unreachable"]
    assert stands[1].configuration(NAME)["record"] is None

    (tmp_path / "lost.yaml").unlink()
    assert folder.portal("plan", "-f", "*.yaml", "--out", "fleet.json").code == 0
    done = document(folder.portal("apply", "fleet.json", "--yes", "--format", "json"))
    assert {one["file"]: one["outcome"] for one in done["portals"]} == {
        "north.yaml": "nothing_to_do",
        "south.yaml": "applied",
    }
    assert stands[1].configuration(NAME)["record"] is not None


def test_a_vendor_that_is_gone_since_the_plan_stops_no_other(stands: tuple[Stand, Stand], tmp_path: Path) -> None:
    given = {"PORTAL_TOKEN": TOKEN, "PORTAL_PATIENCE": "0"}
    folder = Place(tmp_path, ["-e", "production"], given)
    behind = {"production": {"intercom": {"region": "us", "token": "${PORTAL_TOKEN}"}}}
    north = {**CLOSED, "portal": {"enabled": True}, "environments": behind}
    (tmp_path / "north.yaml").write_text(documents.dumps(north))
    (tmp_path / "south.yaml").write_text(documents.dumps(_for(stands[1].url, protected=False)))
    with Proxy(stands[0].url) as vendor:
        given["PORTAL_INTERCOM_URL"] = vendor.url
        planned = folder.portal("plan", "-f", "*.yaml", "--out", "fleet.json", "--allow", "widens_access")
        assert planned.code == 0, planned.err + planned.out
    # What was seen in the last two seconds is not looked at again.
    engine = engine_for(tmp_path / ".portal" / "intercom-production.db")
    with writing(engine) as connection:
        connection.execute(update(upstreams).values(observed_at=upstreams.c.observed_at - 60))
    engine.dispose()
    done = document(folder.portal("apply", "fleet.json", "--yes", "--format", "json"))
    assert {one["file"]: one["outcome"] for one in done["portals"]} == {
        "north.yaml": "failed",
        "south.yaml": "applied",
    }


class Watch:
    """Sees what is written to a workspace, and lets the first setting wait until another workspace had one as well."""

    def __init__(self) -> None:
        self.other: Watch
        self.seen = threading.Event()
        self.asked: list[str] = []

    def look(self, moment: Moment, request: Request) -> None:
        if moment is not Moment.BEFORE or request.method == "GET":
            return
        self.asked.append(request.path.removeprefix("/portal_admin/v1/"))
        if settings_write(request):
            self.seen.set()
            assert self.other.seen.wait(60), "the other workspace is not worked on"


def test_workspaces_are_worked_on_side_by_side_and_the_portals_of_one_after_each_other(
    stands: tuple[Stand, Stand], tmp_path: Path
) -> None:
    north, south = Watch(), Watch()
    north.other, south.other = south, north
    folder = Place(tmp_path, ["-e", "production"], {"PORTAL_TOKEN": TOKEN})
    with Proxy(stands[0].url, look=north.look) as first, Proxy(stands[1].url, look=south.look) as second:
        for name, url in (("north", first.url), ("south", second.url)):
            members = [{**_for(url, protected=False), "name": f"{name}-{part}"} for part in "ab"]
            (tmp_path / f"{name}.yaml").write_text("---\n".join(map(documents.dumps, members)))
        assert folder.portal("apply", "-f", "north.yaml", "-f", "south.yaml", "--yes", "--jobs", "2").code == 0
    for name, watch in (("north", north), ("south", south)):
        locks = [path for path in watch.asked if path.startswith("leases/")]
        both = [[f"leases/{name}-{part}", f"leases/{name}-{part}/release"] for part in "ab"]
        assert locks == [*both[0], *both[1]]


def _for(url: str, *, protected: bool) -> dict[str, Any]:
    environment = {"workspace": url, "token": "${PORTAL_TOKEN}", "protected": protected}
    return {**CLOSED, "environments": {"production": environment}}
