"""`portal history --check`: the log is whole, or the entry that is not is named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.reconciler.cli.test_end_to_end import document

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place


def test_history_says_whether_the_log_is_whole(embedded: Place) -> None:
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    plain = document(embedded.portal("history", "--format", "json"), "result.schema.json")
    assert plain["log"] is None
    whole = embedded.portal("history", "--check")
    assert whole.code == 0, whole
    assert whole.out.startswith("r1-")
    said = document(embedded.portal("history", "--check", "--format", "json"), "result.schema.json")["log"]
    assert said["broken"] is None
    assert f"The activity log is whole: {said['entries']} entries." in whole.out
    assert said["link"] in whole.out

    with closing(sqlite3.connect(embedded.folder / ".portal" / "workspace.db")) as connection:
        connection.execute("UPDATE activity SET by_name = 'nobody' WHERE resource = 'audience/acme'")
        (entry,) = connection.execute("SELECT id FROM activity WHERE resource = 'audience/acme'").fetchone()
        connection.commit()
    broken = embedded.portal("history", "--check")
    assert broken.code == 1
    assert "activity-log-broken" in broken.err
    assert f"entry {entry}, about audience/acme, says something else than when it was written" in broken.err
    assert "is whole:" not in broken.out
    told = embedded.portal("history", "--check", "--format", "json")
    assert told.code == 1
    contents = document(told, "result.schema.json")
    assert contents["log"]["broken"] == {"id": str(entry), "resource": "audience/acme", "why": "changed"}
    assert [one["code"] for one in contents["diagnostics"]] == ["activity-log-broken"]
