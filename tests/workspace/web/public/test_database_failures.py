"""A database that fails while it is served: one line and a code. A writer that hangs costs readers nothing."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import text

from tests.support.databases import one_is_enough
from tests.support.public.asking import ok, refused
from tests.support.sample import TOKEN, Sample
from workspace.database import engine as db
from workspace.database import sqlite
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

_NEW = {"name": "new"}


def _client(engine: Engine) -> httpx.Client:
    app = create_app(Settings(engine=engine, embedded=EphemeralToken(TOKEN, "Mara")))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.Client(transport=httpx.WSGITransport(app), base_url="http://workspace", headers=headers)


@one_is_enough
@pytest.mark.parametrize(
    ("pragma", "matter"),
    [("max_page_count = 1", "the disk of the database is full"), ("query_only = ON", "the database can only be read")],
)
def test_a_database_that_takes_nothing_says_so_in_one_line(
    workspace: Sample, pragma: str, matter: str, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy import event

    engine = db.engine_for(str(workspace.engine.url.database))
    event.listen(engine, "connect", lambda connection, _record: connection.execute(f"PRAGMA {pragma}"))
    try:
        with _client(engine) as api, caplog.at_level(logging.ERROR, "workspace"):
            # Enough to need another page.
            answer = api.post("/tags", json={"name": "x" * 200})
            for number in range(200):
                if answer.status_code != 200:
                    break
                answer = api.post("/tags", json={"name": f"{number}" * 60})
            error = refused(answer, 503, "database_unusable")
            assert error["message"].startswith(f"{matter}; nothing was changed")
            assert answer.headers["Retry-After"] == "60"
            assert ok(api.get("/me"))
        (record,) = caplog.records
        assert record.getMessage() == f"request {answer.headers['X-Request-Id']}: {matter}"
        assert record.exc_info is None
    finally:
        engine.dispose()


@pytest.fixture
def impatient(workspace: Sample, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The workspace's engine as a server has it, with a second for locks in place of ten."""
    for holder in (db, sqlite):
        monkeypatch.setattr(holder, "BUSY_SECONDS", 1.0)
    return db.engine_for(workspace.engine.url.render_as_string(hide_password=False), answers=True)


def test_a_writer_that_hangs_costs_writers_a_503_and_readers_nothing(workspace: Sample, impatient: Engine) -> None:
    try:
        with _client(impatient) as api, ThreadPoolExecutor(4) as threads:
            with db.writing(workspace.engine):
                writers = [threads.submit(api.post, "/tags", json=_NEW) for _ in range(4)]
                for _ in range(5):
                    assert ok(api.get("/contacts?per_page=5"))
                    assert not any(one.done() and one.result().status_code == 200 for one in writers)
                answers = [one.result(timeout=10) for one in writers]
            assert [answer.status_code for answer in answers] == [503] * 4
            assert {answer.headers["Retry-After"] for answer in answers} == {"1"}
            assert ok(api.post("/tags", json=_NEW))
    finally:
        impatient.dispose()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_postgresql_waits_for_nothing_for_good(workspace: Sample, impatient: Engine) -> None:
    def waits(engine: Engine) -> dict[str, Any]:
        with db.reading(engine) as connection:
            rows = connection.execute(
                text("SELECT name, setting FROM pg_settings WHERE name ~ '^(lock|statement|idle_in.*)_timeout'")
            )
            return {row.name: int(row.setting) for row in rows}

    try:
        assert waits(impatient) == {
            "lock_timeout": 1_000,
            "statement_timeout": 30_000,
            "idle_in_transaction_session_timeout": 60_000,
        }
        # Filling and migrating a database may take long.
        assert waits(workspace.engine)["statement_timeout"] == 0
    finally:
        impatient.dispose()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_connection_that_died_in_the_pool_is_replaced(workspace: Sample, impatient: Engine) -> None:
    try:
        with _client(impatient) as api:
            assert ok(api.get("/me"))
            with db.writing(workspace.engine) as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                        " AND datname = current_database()"
                    )
                )
            assert ok(api.get("/me"))
    finally:
        impatient.dispose()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("opened", [db.reading, db.glancing], ids=["reading", "glancing"])
def test_reads_keep_what_the_database_prepared(workspace: Sample, opened: Any) -> None:
    from sqlalchemy import select

    from workspace.database.prepared import Prepared
    from workspace.database.tables import workspaces

    asked = Prepared(select(workspaces.c.id))
    for _ in range(12):
        with opened(workspace.engine) as connection:
            asked.all(connection)
    kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%workspaces%'"
    with db.reading(workspace.engine) as connection:
        assert connection.execute(text(kept)).scalar_one() > 0
