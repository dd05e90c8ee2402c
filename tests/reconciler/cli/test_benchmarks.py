"""The benchmarks work: they measure what ran, refuse what went wrong, say what they found. Nothing here is timed."""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import httpx
import pytest

from benchmarks import __main__ as whole
from benchmarks import configured, growth, mirrors, moved, parts, report, start
from benchmarks.findings import Amount, Curve, Limit, Load, NotMeasured, Part, Ratio, Spread, ratio
from benchmarks.picture import svg
from benchmarks.places import Stage
from benchmarks.processes import Command, Spent, WrongOutput, interleaved, run
from benchmarks.proxy import between
from benchmarks.terraform import provider_took, terraform_plan
from reconciler.config.validate import validate
from reconciler.config.yaml import document as source

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place

UNDER = report.Circumstances("2026-03-01", "abc1234", (0.5, 1.5))


def test_one_round_of_the_smallest_rows_becomes_a_page(tmp_path: Path) -> None:
    stage = Stage(Path(sys.executable).parent, tmp_path, tmp_path, 1)
    findings = list(start.measure(stage))
    assert [type(one) for one in findings] == [Ratio] * 8
    page = tmp_path / "RESULTS.md"
    curve = Curve("Growth <of> plans", "settings", "seconds", {"ours": [(10, 0.2), (1000, 3)], "theirs": [(10, 0.4)]})
    missing = NotMeasured("a plan against nobody", "nobody is here")
    report.write(
        [*findings, Amount("a plan", "HTTP requests", 2, {"theirs": 3}, Limit(1)), curve, missing], UNDER, page
    )
    text = page.read_text(encoding="utf-8")
    assert 'portal validate, one valid file | python -c "import click"' in text
    assert "| a plan | HTTP requests | 2 | ≤ 1 | **missed** | theirs 3 |" in text
    assert "| a plan against nobody | nobody is here |" in text
    assert "![Growth <of> plans](curve-1.svg)" in text
    assert (tmp_path / "curve-1.svg").exists()


def test_rows_inside_of_this_process_become_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, few in {"PORTALS": (1, 2, 12), "CONTACTS": (20, 60), "FILLED": 60, "PAGE": 2}.items():
        monkeypatch.setattr(growth, name, few)
    findings = list(growth.measure(Stage(Path(sys.executable).parent, tmp_path, tmp_path, 1)))
    assert [type(one) for one in findings].count(Ratio) == 9
    assert all(one.clock.middle > 0 for one in findings if isinstance(one, Ratio) and "filling" not in one.work)


def test_a_mirror_of_few_people_becomes_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirrors, "PEOPLE", 400)
    calls, seconds, whole, own = mirrors.measure(Stage(Path(sys.executable).parent, tmp_path, tmp_path, 1))
    assert isinstance(calls, Amount)
    assert calls.work == "a mirror of 400 people at a vendor"
    assert 3 <= calls.ours <= 15
    assert [one.ours > 0 for one in (seconds, whole, own) if isinstance(one, Amount)] == [True] * 3


def test_rows_that_moved_are_told(tmp_path: Path) -> None:
    def row(work: str, middle: float) -> Ratio:
        spread = Spread(middle, middle, middle)
        return Ratio(work, "a floor", spread, spread, None, 1.0, 3, Limit(2))

    stored = tmp_path / "RESULTS.md"
    report.write([row("as ever", 1.0), row("worse", 1.0), row("better", 1.0)], UNDER, stored)
    text = stored.read_text(encoding="utf-8")
    now = [row("as ever", 1.1), row("worse", 1.5), row("better", 0.5), row("another", 1.0)]
    assert list(moved.lines(now, text, report.machine())) == [
        "slower worse against a floor: 1.00 -> 1.50",
        "faster better against a floor: 1.00 -> 0.50",
        "new    another against a floor: 1.00",
    ]
    (said,) = moved.lines(now, text, "64 cores, Linux riscv, Python 3.11.7")
    assert said.startswith("The stored results are of another machine")


def test_findings_of_a_part_are_kept_as_they_come(tmp_path: Path) -> None:
    spread = Spread(1.0, 0.5, 2.0)
    findings = [
        Ratio("a plan", "a floor", spread, None, spread, 0.5, 3, Limit(2, at_least=True)),
        Amount("a plan", "HTTP requests", 2, {"theirs": 3}, None),
        Curve("plans", "settings", "seconds", {"ours": [(1, 2.0)]}),
        Load("a check", "SQLite", 4, 12.5, (1.0, 2.0, 3.0)),
        NotMeasured("the rest", "it failed"),
    ]
    file = tmp_path / "start.jsonl"
    for one in findings:
        parts.keep(file, one)
    assert [report_of([one]) for one in parts.kept(file)] == [report_of([one]) for one in findings]
    assert not parts.is_whole(file)
    parts.keep(file, Part("start", "2026-03-01 14:05", 12.5, (0.5, 1.5)))
    assert parts.is_whole(file)


def report_of(findings: list[Ratio | Amount | Curve | Load | NotMeasured | Part]) -> str:
    with TemporaryDirectory() as folder:
        report.write(findings, UNDER, Path(folder) / "RESULTS.md")
        return (Path(folder) / "RESULTS.md").read_text(encoding="utf-8")


def test_a_part_that_fails_keeps_what_it_found_and_why(tmp_path: Path) -> None:
    # There is no program in the folder, so the first command of the part cannot run.
    stage = Stage(tmp_path, tmp_path, tmp_path, 1)
    file = tmp_path / "start.jsonl"
    assert not parts.run("start", stage, file, 60)
    (failed,) = parts.kept(file)
    assert isinstance(failed, NotMeasured)
    assert failed.work == "the rest of start"
    assert "FileNotFoundError" in failed.why


def test_an_interrupted_run_goes_on_and_a_whole_one_begins_anew(tmp_path: Path) -> None:
    for name in ("start", "made"):
        parts.keep(tmp_path / f"{name}.jsonl", Part(name, "2026-03-01 14:05", 1.0, (0.0, 0.0)))
    assert whole.missing(tmp_path, ("start", "made", "growth")) == ["growth"]
    assert whole.missing(tmp_path, ("start", "made")) == ["start", "made"]
    assert not tmp_path.exists()


def test_every_part_can_be_measured() -> None:
    for name in whole.MEASUREMENTS:
        assert callable(import_module(f"benchmarks.{name}").measure)


def test_an_error_never_counts_as_speed() -> None:
    python = sys.executable
    with pytest.raises(WrongOutput, match="ended with 3, not 0"):
        run(Command("fails", [python, "-c", "raise SystemExit(3)"]))
    with pytest.raises(WrongOutput, match="did not say 'No changes'"):
        run(Command("says something else", [python, "-c", "print('An error')"], "No changes"))
    assert run(Command("does it", [python, "-c", "print('No changes')"], "No changes")).clock > 0


def test_rounds_are_interleaved_and_begin_with_another_command_each(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = f"open({str(log)!r}, 'a').write(__import__('sys').argv[1])"
    commands = [Command(name, [sys.executable, "-c", code, name]) for name in "abc"]
    taken = interleaved(commands, 2)
    assert log.read_text() == "abc" + "abc" + "bca"
    assert {name: len(times) for name, times in taken.items()} == {"a": 2, "b": 2, "c": 2}


def test_ratios_are_taken_within_a_round() -> None:
    # The machine is twice as slow in the second round; what is compared is not.
    taken = {"ours": [Spent(1, 1, 10), Spent(2, 2, 10)], "theirs": [Spent(2, 1, 20), Spent(4, 2, 20)]}
    measured = ratio("work", taken, "ours", "theirs", Limit(0.4))
    assert measured.clock == Spread(0.5, 0.5, 0.5)
    assert measured.processor == Spread(1, 1, 1)
    assert measured.memory == Spread(0.5, 0.5, 0.5)
    assert not Limit(0.4).holds(measured.clock.middle)
    assert Limit(0.4, at_least=True).holds(measured.clock.middle)


def test_a_curve_is_drawn_with_every_point_inside() -> None:
    drawing = ET.fromstring(svg(Curve("a & b", "n", "s", {"ours": [(12, 0.2), (4000, 7.5)], "b": [(1, 1)]})))  # noqa: S314
    circles = drawing.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 3
    assert all(70 <= float(one.get("cx", "")) <= 700 and 70 <= float(one.get("cy", "")) <= 350 for one in circles)


@pytest.mark.parametrize("settings", [configured.BASE, 100])
def test_both_get_the_same_amount_of_configuration(settings: int) -> None:
    text = configured.portal(settings)
    document = source.parse(text, "portal.yaml")
    assert validate(document) == ()
    zone = configured.zone(settings, len(text))
    assert len(zone.splitlines()) == settings
    assert abs(len(zone) - len(text)) <= settings


@pytest.mark.parametrize("settings", [configured.BASE, 100])
def test_terraform_gets_the_same_settings_in_as_many_bytes(settings: int) -> None:
    theirs = configured.terraform(settings)
    text = configured.filled(configured.portal(settings), len(theirs))
    assert 0 <= len(theirs) - len(text) < 100
    document = source.parse(text, "portal.yaml")
    assert validate(document) == ()
    assert document.values == source.parse(configured.portal(settings), "portal.yaml").values
    attributes = document.values["data_attributes"]
    described = [one["description"] for one in attributes["company"].values()]
    assert re.findall(r'description += "(.*)"', theirs) == described
    assert re.findall(r'^ +name += "(.*)"', theirs, re.MULTILINE) == [*attributes["contact"], *attributes["company"]]


def test_what_the_provider_took_is_told_run_by_run(tmp_path: Path) -> None:
    plan = terraform_plan(tmp_path, 1)
    for took in ((0.5,), (0.25, 0.5, 1), (2, 0.25)):
        plan.before()
        # Terraform starts the provider several times in one run; each leaves a line.
        with (tmp_path / "spent").open("a") as spent:
            spent.writelines(f"{one}\n" for one in took)
    assert provider_took(tmp_path, 2) == [1.75, 2.25]


def test_the_proxy_counts_what_passes_and_changes_nothing(served: Place) -> None:
    port = int(served.url.rpartition(":")[2])
    with between(port) as proxy:
        headers = {"Authorization": f"Bearer {served.environment['PORTAL_TOKEN']}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{proxy.port}", headers=headers) as client:
            read = client.get("/portal_admin/v1/help_centers/acme/configuration")
            refused = client.put("/portal_admin/v1/help_centers/acme/portal", content=b"{")
        allowed = ["--allow", "widens_access", "--workspace", f"http://127.0.0.1:{proxy.port}"]
        done = served.portal("plan", *allowed, workspace=False)
    assert read.json()["help_center"]["identifier"] == "acme"
    assert refused.is_client_error
    assert done.code == 0, done.err
    assert [one.method for one in proxy.sent[:3]] == ["GET", "PUT", "GET"]
    # What changes mean for people is asked with POST, and writes nothing.
    assert "POST" in {one.method for one in proxy.sent[3:]}
    assert proxy.writes == 1
    assert proxy.sent[1].body == b"{"


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        (configured.portal(100), 100),
        (configured.member(3).replace(configured.centre(3), configured.HELP_CENTER), configured.PER_MEMBER),
    ],
    ids=["one file", "one of a fleet"],
)
def test_the_count_of_settings_is_what_the_tool_manages(served: Place, text: str, settings: int) -> None:
    (served.folder / "portal.yaml").write_text(text)
    document = json.loads(served.portal("plan", "--format", "json").out)
    assert sum(len(fields) for fields in document["record"]["after"]["values"].values()) == settings
