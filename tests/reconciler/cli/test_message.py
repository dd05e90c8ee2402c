"""Why something was applied, kept with the receipt; and tokens that end by themselves."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from tests.reconciler.cli.test_end_to_end import document

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place


def test_the_history_says_why_or_what(place: Place) -> None:
    allowed = ("--yes", "--allow", "widens_access")
    why = "Open the portal for\nthe enterprise plan"
    assert place.portal("apply", *allowed, "--message", why).code == 0
    assert place.portal("undo", "r1", "--yes", "--allow", "narrows_access").code == 0
    contents = document(place.portal("history", "--format", "json"), "result.schema.json")["receipts"]
    assert [one["message"] for one in contents] == [contents[0]["message"], "Open the portal for the enterprise plan"]
    assert "Audience" in contents[0]["message"]
    assert "Tickets portal" in contents[0]["message"]
    listed = place.portal("history").out.splitlines()
    assert listed[1].endswith("Open the portal for the enterprise plan")
    assert "  Open the portal for the enterprise plan\n" in place.portal("show", "r1").out


def test_a_message_is_short(embedded: Place) -> None:
    done = embedded.portal("apply", "--yes", "--message", "x" * 501)
    assert (done.code, done.out) == (64, "")
    assert "at most 500 characters" in done.err


def test_a_token_ends_by_itself(served: Place) -> None:
    def create(*arguments: str) -> tuple[int, str, str]:
        done = served.portal("token", "create", *arguments, "--db", "served.db", workspace=False)
        return done.code, done.out.strip(), done.err

    code, token, _ = create("short", "--expires", "30d")
    assert code == 0
    assert served.portal("plan", "--allow", "widens_access", PORTAL_TOKEN=token).code == 0
    listed = served.portal("token", "list", "--db", "served.db", workspace=False).out
    until = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86_400 - 1))
    assert f"until {until}" in next(one for one in listed.splitlines() if one.startswith("short"))
    # Its time has come: every process that has it in mind looks again at its end.
    code, over, _ = create("over", "--expires", "30d")
    with sqlite3.connect(served.folder / "served.db") as connection:
        connection.execute("update tokens set expires_at = ? where name = 'over'", (int(time.time()) - 1,))
    connection.close()
    assert served.portal("plan", PORTAL_TOKEN=over).code == 7


@pytest.mark.parametrize("text", ["soon", "0d", "2020-01-31", "2027-02-30", "-1d"])
def test_an_end_that_is_none_is_refused(served: Place, text: str) -> None:
    done = served.portal("token", "create", "x", f"--expires={text}", "--db", "served.db", workspace=False)
    assert (done.code, done.out) == (64, "")
