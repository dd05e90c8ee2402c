"""The page "Back up and restore": its commands are run, on both databases, and what it says of afterwards is so."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from tests.reconciler.cli.conftest import Place, serving
from tests.support.databases import copied
from tests.support.faults.stand import ALLOW, CLOSED, OPEN
from tests.support.sample import ROOT, fill
from workspace.database.engine import engine_for, writing
from workspace.identity import tokens

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "backups.md").read_text(encoding="utf-8")
APPLY = ("apply", "--yes", *ALLOW)


def commands(what: str) -> list[str]:
    """Return the commands of a part of the page."""
    (block,) = re.findall(rf"<!-- {what} -->\n```console\n(.*?)```", PAGE, re.DOTALL)
    return re.findall(r"^\$ (.+)$", block, re.MULTILINE)


def follow(what: str, folder: Path, database: str) -> None:
    """Do what a part of the page says."""
    lines = commands(what)
    programs = {line.split()[0] for line in lines} - {"umask"}
    missing = [one for one in sorted(programs) if shutil.which(one) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    script = "\n".join(("set -e", *lines))
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, "DATABASE": database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def write(folder: Path, values: object) -> None:
    (folder / "portal.yaml").write_text(json.dumps(values), encoding="utf-8")


def told(place: Place, *arguments: str) -> tuple[int, str]:
    ended = place.portal(*arguments)
    return ended.code, ended.out + ended.err


def applied(place: Place) -> str:
    """Apply, and return the id of the receipt."""
    ended = place.portal(*APPLY, "--format", "json")
    assert ended.code == 0, ended.err
    return str(json.loads(ended.out)["receipt"])


def test_what_the_page_says_brings_a_workspace_back(tmp_path: Path, database_kind: str) -> None:
    with copied(database_kind, fill) as engine:
        url = engine.url.render_as_string(hide_password=False)
        if database_kind == "sqlite":
            shutil.copy(str(engine.url.database), tmp_path / "workspace.db")
            url = str(tmp_path / "workspace.db")
        own = engine_for(url)
        with writing(own) as connection:
            token = tokens.create(connection, "ci", "write", now=0)
        own.dispose()
        # What libpq takes has no name of a driver.
        plain = url if database_kind == "sqlite" else make_url(url).set(drivername="postgresql").render_as_string()
        the_story(tmp_path, database_kind, url, plain, token)


def the_story(folder: Path, kind: str, url: str, plain: str, token: str) -> None:
    write(folder, CLOSED)
    with serving(url) as served:
        place = Place(folder, ["--workspace", served], {"PORTAL_TOKEN": token})
        assert place.portal(*APPLY).code == 0
        follow(f"back up {kind}", folder, plain)
        assert folder.joinpath("backup.db" if kind == "sqlite" else "backup.dump").stat().st_mode & 0o77 == 0
        write(folder, OPEN)
        lost = applied(place)
        assert place.portal("undo", lost, *ALLOW, "--out", "undo.json").code == 0
        write(folder, {**OPEN, "audience": {"attribute": "person.tag", "is": "beta"}})
        assert place.portal("plan", *ALLOW, "--out", "later.json").code == 0

    follow(f"restore {kind}", folder, plain)
    with serving(url) as served:
        place = Place(folder, ["--workspace", served], {"PORTAL_TOKEN": token})
        # Receipts since then are gone, and the log is whole.
        code, said = told(place, "history", "--all", "--check")
        assert code == 0
        assert "is whole" in said
        assert re.findall(r"^r\d+(?=-)", said, re.MULTILINE) == ["r1"]
        # A plan of another history is not applied.
        code, said = told(place, "apply", "later.json", "--yes")
        assert code == 4, said
        assert "restored from a backup" in said
        assert "Nothing was applied" in said
        assert [line[:2] for line in place.portal("history", "--all").out.splitlines()] == ["r1"]
        # The present plan is, and nothing is left to do.
        write(folder, OPEN)
        assert place.portal("drift").code == 0
        kept = applied(place)
        # It has the number of the receipt that was lost, and is never taken for it.
        assert (kept[:3], kept != lost) == (lost[:3], True)
        for code, *words in (
            (1, "show", lost),
            (1, "undo", lost, "--yes", *ALLOW),
            (4, "apply", "undo.json", "--yes"),
        ):
            ended, said = told(place, *words)
            assert ended == code, said
            assert "receipt-unknown" in said or "Nothing was applied" in said
        assert place.portal("show", kept).code == place.portal("show", "r2").code == 0
        assert place.portal("plan", "--detailed-exitcode").code == 0
        assert place.portal("history", "--check").code == 0
