"""Each verb by itself: what it says, what it exits with, what it refuses."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.reconciler.cli.conftest import PORTAL
from tests.reconciler.cli.test_init import in_a_terminal
from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place

CASES = Path(__file__).parents[2] / "cases" / "cli"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("preview", ["preview", "--per-page", "5"]),
        ("preview-last-page", ["preview", "--per-page", "10", "--page", "3"]),
        ("preview-rule", ["preview", "--rule", "{attribute: person.email, contains: Examply.com}", "--per-page", "3"]),
        ("preview-live-attribute", ["preview", "--rule", "{all: [{attribute: company.region, is: APAC}]}"]),
        ("preview-nobody", ["preview", "--rule", "nobody"]),
        ("explain-in", ["explain", "ada@examply.com"]),
        ("explain-out", ["explain", "eve@elsewhere.example"]),
        ("explain-live", ["explain", "ada@examply.com", "--live"]),
        ("drift-never-applied", ["drift"]),
    ],
)
def test_what_a_person_reads(embedded: Place, name: str, arguments: list[str]) -> None:
    done = embedded.portal(*arguments)
    assert done.code == 0, done.err
    assert_golden(CASES / f"{name}.txt", done.out)


@pytest.mark.parametrize(
    ("name", "code", "arguments"),
    [
        ("missing-file", 1, ["plan", "-f", "nowhere.yaml"]),
        ("unknown-person", 1, ["explain", "nobody@nowhere.example"]),
        ("bad-rule", 1, ["preview", "--rule", "{attribute: person.emial, contains: x}"]),
        ("bad-rule-operator", 1, ["preview", "--rule", "{attribute: person.email, greater_than: 3}"]),
        ("unknown-verb", 64, ["paln"]),
        ("unknown-option", 64, ["plan", "--fiel", "x"]),
        ("unknown-risk", 64, ["plan", "--allow", "everything"]),
        ("workspace-not-a-url", 64, ["plan", "--workspace", "acme"]),
        ("workspace-not-encrypted", 64, ["plan", "--workspace", "http://workspace.acme.example"]),
        ("workspace-without-token", 7, ["plan", "--workspace", "https://workspace.acme.example"]),
        ("web-app", 64, ["serve", "--web-app", "https://ada:secret@app.acme.example"]),
        ("seed-for-a-served-workspace", 64, ["plan", "--workspace", "http://127.0.0.1:1", "--seed", "x.yaml"]),
    ],
)
def test_what_is_refused(embedded: Place, name: str, code: int, arguments: list[str]) -> None:
    done = embedded.portal(*arguments)
    assert (done.code, done.out) == (code, "")
    assert_golden(CASES / f"refused-{name}.txt", done.err)


def test_nobody_answers(embedded: Place) -> None:
    done = embedded.portal(
        "plan", "--workspace", "http://127.0.0.1:1", PORTAL_TOKEN="secret-token", PORTAL_PATIENCE="2"
    )
    assert done.code == 1
    assert "workspace-unreachable" in done.err
    assert "(tried " in done.err
    assert "secret-token" not in done.err


def test_patience_is_a_number_of_seconds(embedded: Place) -> None:
    done = embedded.portal(
        "plan", "--workspace", "http://127.0.0.1:1", PORTAL_TOKEN="secret-token", PORTAL_PATIENCE="for ever"
    )
    assert (done.code, done.out) == (64, "")
    assert "patience-invalid" in done.err


def test_a_wrong_token_is_refused_and_never_shown(served: Place) -> None:
    done = served.portal("plan", PORTAL_TOKEN="not-the-token-of-anybody")
    assert done.code == 7
    assert "not-the-token-of-anybody" not in done.out + done.err


def test_a_token_that_may_only_read_cannot_apply(served: Place) -> None:
    made = served.portal("token", "create", "reader", "--scope", "read", "--db", "served.db", workspace=False)
    token = made.out.strip()
    assert served.portal("plan", "--allow", "widens_access", PORTAL_TOKEN=token).code == 0
    done = served.portal("apply", "--yes", "--allow", "widens_access", PORTAL_TOKEN=token)
    assert done.code == 7
    assert "write scope" in done.out
    assert token not in done.out + done.err
    assert served.portal("drift").out.startswith("No record.")


def test_the_help_center_must_exist(place: Place) -> None:
    file = place.folder / "portal.yaml"
    file.write_text(file.read_text().replace("identifier: acme", "identifier: acne"))
    done = place.portal("plan")
    assert done.code == 1
    assert "acme" in done.err


def test_schemas_are_printed(embedded: Place) -> None:
    listed = embedded.portal("schema", "--list", workspace=False).out
    files = dict(line.split()[:2] for line in listed.splitlines())
    assert set(files.values()) == {path.name for path in (ROOT / "schemas").iterdir()}
    for name, file in files.items():
        printed = embedded.portal("schema", name, workspace=False).out
        assert printed == (ROOT / "schemas" / file).read_text(encoding="utf-8")
    assert embedded.portal("schema", workspace=False).out == embedded.portal("schema", "portal", workspace=False).out


def test_output_into_a_closed_pipe_is_no_error(embedded: Place) -> None:
    command = [str(PORTAL), "preview", "--per-page", "500"]
    with subprocess.Popen(command, cwd=embedded.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaints = process.stderr.read().decode()
    assert "Traceback" not in complaints
    assert "BrokenPipe" not in complaints


def test_colour_only_where_it_is_wanted(embedded: Place) -> None:
    assert "\x1b" not in embedded.portal("plan").out


def test_the_environment_may_want_colours_or_none(embedded: Place) -> None:
    assert "\x1b" in embedded.portal("plan", FORCE_COLOR="1").out
    assert "\x1b" not in embedded.portal("plan", FORCE_COLOR="0").out
    assert "\x1b" not in embedded.portal("plan", FORCE_COLOR="1", NO_COLOR="1").out
    assert "\x1b" not in embedded.portal("plan", "--no-color", FORCE_COLOR="1").out
    assert "\x1b" in in_a_terminal(embedded.folder, ["plan"], [])[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "dumb")
        assert "\x1b" not in in_a_terminal(embedded.folder, ["plan"], [])[1]


def test_a_workspace_that_cannot_be_used_is_explained(embedded: Place) -> None:
    (embedded.folder / ".portal" / "workspace.db").write_bytes(b"not a database, whatever its name says" * 9)
    done = embedded.portal("plan")
    assert done.code == 1
    assert "workspace-unusable" in done.err
    assert ".portal/workspace.db" in done.err


@pytest.mark.parametrize("text", [None, "people: [1,2", "workspace: {id: x}", "\xff"])
def test_a_seed_that_cannot_be_used_is_explained_and_fills_nothing(embedded: Place, text: str | None) -> None:
    (embedded.folder / ".portal" / "workspace.db").unlink()
    if text is not None:
        (embedded.folder / "seed.yaml").write_text(text, encoding="latin-1")
    done = embedded.portal("plan", "--seed", "seed.yaml")
    assert done.code == 1
    assert "seed.yaml" in done.err
    assert embedded.portal("plan", "--allow", "widens_access").code == 0


def test_more_companies_than_a_person_can_be_granted_are_refused(embedded: Place) -> None:
    path = embedded.folder / "portal.yaml"
    many = ", ".join(f"c-{number}" for number in range(101))
    path.write_text(path.read_text(encoding="utf-8") + f"\ngranted_companies:\n  u-1: [{many}]\n", encoding="utf-8")
    checked = embedded.portal("validate", workspace=False)
    assert (checked.code, "error[grants-too-many]" in checked.err) == (1, True), checked.err
    for verb in (("plan",), ("apply", "--yes")):
        ran = embedded.portal(*verb)
        assert ran.code == 3, ran.err
        assert "portal.yaml:" in ran.err
