"""`portal open` prints where the pages are; `portal secret` works on the database of a workspace."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.reconciler.cli.conftest import EXAMPLE
from tests.support.faults.child import Child
from tests.support.sample import ROOT, template
from workspace.serve import startup

if TYPE_CHECKING:
    from pathlib import Path


def portal(folder: Path, *arguments: str) -> tuple[int, str, str]:
    ended = Child(folder, list(arguments), {}).wait()
    return ended.code, ended.out, ended.err


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ((), "http://127.0.0.1:8470/admin/"),
        (("console", "--help-center", "acme"), "http://127.0.0.1:8470/admin/hc/acme/home"),
        (("portal", "-f", str(EXAMPLE)), "http://127.0.0.1:8470/hc/acme/en/tickets-portal"),
        (
            ("help-center", "--help-center", "acme", "--workspace", "https://w.example/"),
            "https://w.example/hc/acme/en/",
        ),
        (("console", "-f", str(EXAMPLE), "-e", "production"), "https://workspace.acme.example/admin/"),
    ],
)
def test_the_address_of_a_page_is_printed(tmp_path: Path, arguments: tuple[str, ...], address: str) -> None:
    assert portal(tmp_path, "open", *arguments) == (0, f"{address}\n", "")


def test_a_page_of_a_help_center_that_nothing_names_is_refused(tmp_path: Path) -> None:
    code, out, err = portal(tmp_path, "open", "portal")
    assert (code, out) == (1, "")
    assert "error[file-missing]" in err


def test_a_secret_is_made_listed_replaced_and_revoked(tmp_path: Path) -> None:
    # Filled from a file that is named, a workspace is nobody's example: it has no secrets.
    startup.open_filled(tmp_path / "w.db", ROOT / "examples" / startup.DEFAULT_SEED).dispose()
    db = ("--db", "w.db")
    code, value, _ = portal(tmp_path, "secret", "create", "app", *db)
    assert code == 0
    assert len(value.strip()) == 43
    _, listed, _ = portal(tmp_path, "secret", "list", *db)
    assert re.fullmatch(r"sec_[0-9a-f]{16}  app  jwt   since \d{4}-\d\d-\d\d\n", listed)
    assert value.strip() not in listed
    secret = listed.split()[0]
    code, successor, _ = portal(tmp_path, "secret", "rotate", secret, "--days", "7", *db)
    assert code == 0
    assert successor != value
    assert portal(tmp_path, "secret", "revoke", secret, *db)[0] == 0
    code, _, err = portal(tmp_path, "secret", "revoke", secret, *db)
    assert code == 1
    assert "there is no valid secret of this id" in err
    _, listed, _ = portal(tmp_path, "secret", "list", *db)
    assert len(listed.splitlines()) == 2
    assert "revoked" in listed


@pytest.mark.parametrize("arguments", [("create", "x"), ("list",), ("rotate", "x"), ("revoke", "x")])
def test_a_database_that_is_not_there_is_said(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, _, err = portal(tmp_path, "secret", *arguments, "--db", "none.db")
    assert code == 1
    assert "there is no database none.db" in err
    assert not (tmp_path / "none.db").exists()


def test_whoever_leaves_the_database_away_is_led_to_the_one_in_use(tmp_path: Path) -> None:
    assert portal(tmp_path, "secret", "list")[2].count("--db") == 0
    (tmp_path / ".portal").mkdir()
    shutil.copy(template(), tmp_path / ".portal" / "workspace.db")
    code, _, err = portal(tmp_path, "secret", "list")
    assert code == 1
    assert "give --db .portal/workspace.db" in err
    assert portal(tmp_path, "secret", "list", "--db", ".portal/workspace.db")[0] == 0
