"""`portal validate`, `portal fmt` and `portal schema`, as they are run."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.app import run

if TYPE_CHECKING:
    from pathlib import Path

VALID = "version: 1\nname: acme\nhelp_center: {identifier: acme}\n"
UNORDERED = "name: acme\nversion: 1\nhelp_center: {identifier: acme}\n"
MODULES = "import sys; from reconciler.cli import run; run(sys.argv[1:]); sys.stderr.write(' '.join(sys.modules))"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


# --- validate -----------------------------------------------------------------------------------


def test_validate_says_that_a_file_is_valid(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "portal.yaml", VALID)
    assert run(["validate"]) == 0
    assert capsys.readouterr() == ("portal.yaml is valid.\n", "")


def test_validate_says_what_is_wrong(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "other.yaml", VALID.replace("name", "nme"))
    assert run(["validate", "-f", "other.yaml"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error[unknown-key]")
    assert "other.yaml:2:1" in err
    assert err.endswith("1 error.\n")
    assert "\x1b" not in err


def test_validate_warns_and_goes_on(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = "{any: [{attribute: person.name, is_not: a}, {attribute: person.name, is_not: b}]}"
    write(here / "portal.yaml", f"{VALID}audience: {rule}\n")
    assert run(["validate"]) == 0
    out, err = capsys.readouterr()
    assert out == "portal.yaml is valid.\n"
    assert "warning[rule-always-true]" in err


@pytest.mark.parametrize("text", [VALID, VALID.replace("1", "2"), "a: [", "", "\0"])
def test_validate_prints_one_document_on_every_exit(text: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "portal.yaml", text)
    code = run(["validate", "--format", "json"])
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert set(document) == {"valid", "file", "diagnostics"}
    assert (document["valid"], document["file"]) == (code == 0, "portal.yaml")
    assert bool(document["diagnostics"]) == bool(code)
    assert err == ""


def test_validate_without_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["diagnostics"][0]["code"] == "file-missing"


def test_validate_reads_stdin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    feed(monkeypatch, VALID.encode())
    assert run(["validate", "-f", "-"]) == 0
    assert capsys.readouterr().out == "<stdin> is valid.\n"


def test_validate_loads_only_what_it_needs(here: Path) -> None:
    write(here / "portal.yaml", VALID + "audience: everyone\n")
    done = subprocess.run(
        [sys.executable, "-c", MODULES, "validate"], capture_output=True, text=True, check=True, cwd=here
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert {"click", "yaml", "jsonschema_rs"} <= loaded
    assert not loaded & {"jsonschema", "httpx", "deepdiff", "sqlalchemy", "flask", "difflib", "asyncio"}


# --- fmt ----------------------------------------------------------------------------------------


def test_fmt_rewrites_a_file_in_place(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(here / "portal.yaml", UNORDERED)
    path.chmod(0o640)
    assert run(["fmt"]) == 0
    assert path.read_text(encoding="utf-8") == VALID
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in here.iterdir()] == ["portal.yaml"]
    assert "portal.yaml" in capsys.readouterr().err


def test_fmt_leaves_alone_what_is_in_order(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(here / "portal.yaml", VALID)
    before = path.stat()
    assert run(["fmt", "--check"]) == 0
    assert run(["fmt"]) == 0
    assert path.stat().st_ino == before.st_ino
    assert capsys.readouterr() == ("", "")


def test_fmt_check_lists_files_and_changes_none(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.yaml", "b.yaml"):
        write(here / name, UNORDERED)
    write(here / "c.yaml", VALID)
    assert run(["fmt", "--check", "a.yaml", "c.yaml", "-f", "b.yaml"]) == 1
    assert capsys.readouterr().out == "a.yaml\nb.yaml\n"
    assert (here / "a.yaml").read_text(encoding="utf-8") == UNORDERED


def test_fmt_diff_shows_lines_and_no_credentials(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        here / "portal.yaml",
        UNORDERED + "environments:\n  a:\n    token: never-show-this\n    workspace: https://a.example\n",
    )
    assert run(["fmt", "--diff"]) == 0
    out = capsys.readouterr().out
    assert "+version: 1\n name: acme\n-version: 1\n" in out
    assert "never-show-this" not in out
    assert (here / "portal.yaml").read_text(encoding="utf-8").startswith("name")


def test_fmt_from_stdin_to_stdout(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    feed(monkeypatch, UNORDERED.encode())
    assert run(["fmt", "-"]) == 0
    assert capfdbinary.readouterr().out == VALID.encode()


def test_fmt_check_of_stdin_prints_no_file(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    feed(monkeypatch, UNORDERED.encode())
    assert run(["fmt", "--check", "-"]) == 1
    assert capsys.readouterr().out == "<stdin>\n"


def test_fmt_follows_links(here: Path) -> None:
    target = write(here / "real.yaml", UNORDERED)
    (here / "portal.yaml").symlink_to("real.yaml")
    assert run(["fmt"]) == 0
    assert (here / "portal.yaml").is_symlink()
    assert target.read_text(encoding="utf-8") == VALID


def test_fmt_goes_on_behind_a_file_that_cannot_be_read(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "a.yaml", "a: [")
    good = write(here / "b.yaml", UNORDERED)
    assert run(["fmt", "a.yaml", "missing.yaml", "b.yaml"]) == 1
    assert good.read_text(encoding="utf-8") == VALID
    err = capsys.readouterr().err
    assert "yaml-syntax" in err
    assert "file-missing" in err


def test_fmt_says_when_it_may_not_write(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(here / "portal.yaml", UNORDERED)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.fsync", refuse)
    assert run(["fmt"]) == 1
    assert "file-unwritable" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == UNORDERED
    assert [one.name for one in here.iterdir()] == ["portal.yaml"]


# --- schema -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["portal", "environment", "plan", "result"])
def test_schema_prints_a_schema(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")


def test_schema_prints_the_one_for_editors_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Tickets portal configuration"


def test_schema_prints_the_admin_api(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "workspace"]) == 0
    assert capsys.readouterr().out.startswith("openapi: ")


def test_schema_of_something_else_is_a_mistake_on_the_command_line() -> None:
    assert run(["schema", "portals"]) == 64
