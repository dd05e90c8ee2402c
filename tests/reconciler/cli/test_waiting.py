"""What a newcomer meets at a database or a token that cannot be used: what it is, and what to do."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.reconciler.cli.test_init import in_a_terminal
from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place

CASES = ROOT / "tests" / "cases" / "cli"


@pytest.mark.slow
def test_whoever_waits_for_a_locked_database_is_told(embedded: Place) -> None:
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    file = embedded.folder / "portal.yaml"
    file.write_text(file.read_text().replace("ticket_visibility: company", "ticket_visibility: own"))
    held = sqlite3.connect(embedded.folder / ".portal" / "workspace.db", isolation_level=None)
    held.execute("begin immediate")
    told = (
        "Waiting for embedded workspace .portal/workspace.db … (it is busy, or far away; Ctrl-C stops)\r\n",
        held.rollback,
    )
    code, seen = in_a_terminal(embedded.folder, ["apply", "--yes", "--allow", "narrows_access"], [told])
    held.close()
    assert code == 0, seen


def test_a_folder_that_is_missing_is_named(embedded: Place) -> None:
    said = [
        embedded.portal(*verb, "--db", "nowhere/else/w.db", workspace=False).err
        for verb in (["token", "create", "x"], ["serve", "--port", "0"])
    ]
    assert said[0] == said[1]
    assert_golden(CASES / "refused-database-without-folder.txt", said[0])


def test_a_token_that_was_revoked_is_told_from_a_wrong_one(served: Place) -> None:
    made = served.portal("token", "create", "bea", "--scope", "read", "--db", "served.db", workspace=False).out.strip()
    assert served.portal("plan", "--allow", "widens_access", PORTAL_TOKEN=made).code == 0
    assert served.portal("token", "revoke", "bea", "--db", "served.db", workspace=False).code == 0
    revoked, wrong = (served.portal("plan", PORTAL_TOKEN=one) for one in (made, "not-a-token-of-anybody"))
    assert (revoked.code, wrong.code) == (7, 7)
    assert "the token bea was revoked at 20" in revoked.err
    assert made not in revoked.out + revoked.err
    said = re.sub(
        r"20\d\d-\d\d-\d\dT[\d:]+Z", "2026-03-01T12:00:00Z", f"# revoked\n{revoked.err}\n# wrong\n{wrong.err}"
    )
    assert_golden(CASES / "refused-tokens.txt", re.sub(r"http://[\d.:]+", "https://workspace.example", said))
    assert "revoked" not in wrong.err
    assert "does not accept the token\n" in wrong.err
