"""How a database is opened and brought to its tables."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, select, text
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.exc import DBAPIError, IntegrityError

import workspace
from tests.support.admin.client import dump
from tests.support.databases import copied, nothing, one_is_enough, opened
from tests.support.databases import empty as without_tables
from tests.support.faults.child import at_once, killed_after
from workspace.core.errors import CommitUnknown, DatabaseUnavailable, SchemaMoved, WorkspaceError
from workspace.database import engine as db
from workspace.database import named, store, tables
from workspace.serve import startup
from workspace.settings.initialise import AlreadyInitialised, NewHelpCenter, initialise
from workspace.settings.kinds import style
from workspace.web.app import logged
from workspace.writes import chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

SRC = str(Path(__file__).parents[4])


def _is_described(_entry: Any, name: str | None, _kind: str, *_: Any) -> bool:
    # The full-text indexes are made by statements that only one kind of database knows.
    return name is None or not (name.startswith("ticket_texts") or name.endswith("_parts"))


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrations_make_the_tables_that_are_described(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": _is_described}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []


def test_the_newest_migration_is_the_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(workspace.__file__).parent / "database" / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == db.HEAD


def test_a_database_that_is_up_to_date_does_not_load_the_migration_tool(database: Path) -> None:
    code = (
        "import sys; from workspace.database import engine as db; "
        "db.migrate(db.engine_for(sys.argv[1])); "
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(database)], check=True, cwd=SRC)


@one_is_enough
def test_settings_of_every_connection(engine: Engine) -> None:
    with engine.connect() as connection:
        said = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        }
    assert said == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}


def test_a_read_sees_one_moment(engine: Engine) -> None:
    name = select(tables.workspaces.c.name)
    with db.reading(engine) as reader:
        assert reader.execute(name).scalar() == "Acme"
        with db.writing(engine) as writer:
            writer.execute(tables.workspaces.update().values(name="Newer"))
        assert reader.execute(name).scalar() == "Acme"
    with db.reading(engine) as reader:
        assert reader.execute(name).scalar() == "Newer"


def test_what_a_read_writes_is_gone(engine: Engine) -> None:
    before = dump(engine)
    # Gone, or refused where the database knows that it is a read.
    with contextlib.suppress(DBAPIError), db.reading(engine) as reader:
        reader.execute(tables.workspaces.update().values(name="Newer"))
    assert dump(engine) == before


def _write_in_vain(engine: Engine) -> None:
    with db.writing(engine) as writer:
        writer.execute(tables.workspaces.update().values(name="Newer"))
        writer.execute(tables.workspaces.update().values(name=None))


def test_a_write_that_fails_leaves_nothing(engine: Engine) -> None:
    before = dump(engine)
    with pytest.raises(IntegrityError):
        _write_in_vain(engine)
    assert dump(engine) == before


def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    assert at_once(4, startup.open_database, tmp_path / "new.db") == [0] * 4


@pytest.mark.parametrize("milliseconds", [5, 15, 30, 60, 150])
def test_a_migration_that_is_killed_is_made_again(tmp_path: Path, milliseconds: int) -> None:
    path = tmp_path / "new.db"
    killed_after(milliseconds / 1000, startup.open_database, path)
    with opened(path) as engine:
        with engine.connect() as connection:
            names = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
        assert {name for name in names if _is_described(None, name, "")} in (
            set(),
            {*tables.metadata.tables, "alembic_version"},
        )
        assert ("ticket_texts" in names) is bool(names)
        db.migrate(engine)
        with db.reading(engine) as connection:
            assert db.is_empty(connection)


def test_a_database_of_a_newer_version_is_left_alone(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with opened(database) as engine, pytest.raises(DatabaseUnavailable, match="at version 9999"):
        db.migrate(engine)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nosuch://user:s3cret@host/db", "no driver"),
        ("postgresql+nosuch://user:s3cret@host/db", "no driver"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("://s3cret", "malformed"),
        ("sqlite:///no/such/folder/s.db", "there is no folder"),
        ("/no/such/folder/s.db", "there is no folder"),
    ],
)
def test_a_database_that_cannot_be_is_named_without_its_secrets(target: str, said: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=said) as refused:
        startup.open_database(target)
    assert "s3cret" not in f"{refused.value.summary}{refused.value.remedy}"
    assert "\n" not in refused.value.summary


@pytest.mark.parametrize(
    "target",
    [
        "postgresql://app@127.0.0.1:1/x?password=sEcReT",
        "postgresql://127.0.0.1:1/x?user=a&password=sEcReT&sslmode=bogus",
        "postgresql://app:sEcReT@127.0.0.1:1/x?sslpassword=sEcReT2",
        "postgresql://app:sEcReT@[::1/x",
    ],
)
def test_a_password_in_a_query_is_not_shown(target: str) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        startup.open_database(target)
    assert "sEcReT" not in caught.value.summary + caught.value.remedy


def test_the_log_of_a_statement_that_fails_holds_none_of_its_values(engine: Engine) -> None:
    row = {"id": "s1", "kind": "jwt", "name": None, "value": "sEcReT-of-signing", "created_at": 1}
    with pytest.raises(DBAPIError) as caught, db.writing(engine) as connection:
        connection.execute(tables.identity_secrets.insert(), row)
    text = logged(caught.value)
    assert "sEcReT" not in text
    assert "INSERT INTO identity_secrets" in text
    assert "name" in text


def test_something_else_than_a_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("This is no database, but long enough to look at." * 10)
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        startup.open_database(tmp_path / "text.db")
    with pytest.raises(DatabaseUnavailable):
        startup.open_database(tmp_path)


def test_a_workspace_is_initialised_once(engine: Engine) -> None:
    before = dump(engine)
    with pytest.raises(AlreadyInitialised), db.writing(engine) as connection:
        initialise(connection, "Again", help_centers=[NewHelpCenter("again", "Again")])
    assert dump(engine) == before


@pytest.fixture
def empty(database_kind: str) -> Iterator[Engine]:
    with copied(database_kind, nothing) as engine:
        yield engine


@one_is_enough
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"help_centers": []}, "at least one Help Center"),
        ({"help_centers": [NewHelpCenter("A", "A")]}, "cannot be the identifier"),
        ({"help_centers": [NewHelpCenter("a", "A"), NewHelpCenter("a", "B")]}, "two Help Centers"),
        ({"profile": "2020"}, "no required settings"),
        ({"settings": {"nope": {}}}, "no setting at nope"),
        ({"settings": {"audience/nope": {}}}, "no setting at audience/nope"),
        ({"settings": {"identity": {"mode": "x"}}}, "identity cannot begin like this: mode"),
        ({"settings": {"identity": {"colour": "x"}}}, "colour"),
        ({"settings": {"audience/acme": {"mode": "rule"}}}, "needs a rule"),
        ({"settings": {"homepage/acme": {"draft_edited": None}}}, "has a draft and a live page"),
        ({"settings": {"homepage/acme": {"live": [{"type": "a"}]}}}, "enabled"),
        ({"settings": {"data_attribute/company.size": {}}}, "'type' is missing"),
        ({"settings": {"data_attribute/ticket.size": {"type": "integer"}}}, "names no data attribute"),
        ({"settings": {"data_attribute/company.1": {"type": "integer"}}}, "begins with a letter"),
        ({"settings": {"data_attribute/contact.companies": {"options": ["a"]}}}, "type string"),
    ],
)
def test_a_workspace_cannot_begin_with_what_a_write_would_refuse(
    empty: Engine, changes: dict[str, Any], said: str
) -> None:
    before = dump(empty)
    given = {"help_centers": [NewHelpCenter("acme", "Acme")], **changes}
    with pytest.raises(WorkspaceError, match=said), db.writing(empty) as connection:
        initialise(connection, "Acme", **given)
    assert dump(empty) == before


def test_a_workspace_begins_with_what_it_is_given(empty: Engine) -> None:
    rule = {"attribute": "company.custom_attributes.tier", "type": "text", "comparison": "eq", "value": "team"}
    page = [{"type": "tickets_portal", "enabled": True, "settings": {}}]
    with db.writing(empty) as connection:
        initialise(
            connection,
            "Acme",
            help_centers=[NewHelpCenter("acme", "Acme")],
            profile="2024-hmac",
            workspace_id="ws_1",
            settings={
                "audience/acme": {"mode": "rule", "rule": rule},
                "data_attribute/company.tier": {"type": "string", "options": ["free", "team"]},
                "data_attribute/contact.companies": {"messenger_writable": False},
                "homepage/acme": {"live": page},
                "portal/acme": {"enabled": True},
            },
        )
    tables = dump(empty)
    ((*workspace, lineage, mark, _),) = tables["workspaces"]
    assert workspace == ["ws_1", "Acme", 1, "2024-hmac"]
    assert lineage == mark
    documents = {address: document for address, _, document in tables["settings"]}
    assert documents["audience/acme"] == {"mode": "rule", "rule": rule}
    assert documents["homepage/acme"]["live"] == page
    assert documents["homepage/acme"]["draft"] != page
    assert documents["portal/acme"] == {"enabled": True}
    assert len(tables["data_attributes"]) == 2
    assert tables["activity"] == []


def test_a_database_from_before_styles_gets_one_for_each_help_center(database_kind: str) -> None:
    """What the migration adds is what a new database begins with."""
    config = Config()
    config.set_main_option("script_location", str(Path(workspace.__file__).parent / "database" / "migrations"))
    with without_tables(database_kind) as url:
        old = db.engine_for(url)
        with db._writing(old) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0009")
            connection.execute(text("INSERT INTO help_centers VALUES ('acme', 'Acme')"))
        db.migrate(old)
        with db.reading(old) as connection:
            stored = store.load(connection, style.KIND.address("acme"))
        old.dispose()
    assert stored is not None
    assert (stored.revision, dict(stored.document)) == (1, dict(style.KIND.defaults))


def test_a_log_from_before_is_sealed_as_it_stands(database_kind: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(workspace.__file__).parent / "database" / "migrations"))
    entry = {
        "at": 1,
        "by_type": "token",
        "by_name": "Zoë",
        "via": "api",
        "activity_type": "site_facts_change",
        "resource": "site",
        "description": "Changed the site",
        "revision": 2,
        "resource_revision": 2,
        "changes": {"weight": {"before": None, "after": [1.5, "é", True]}},
        "mark": "a",
    }
    names = [sql_column(name) for name in entry if name != "changes"]
    table = sql_table("activity", sql_column("changes", JSON()), *names)
    with without_tables(database_kind) as url:
        old = db.engine_for(url)
        with db._writing(old) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0016")
            connection.execute(table.insert(), [entry, {**entry, "revision": 3, "mark": "b"}])
            of_now = {"id": "ws", "name": "Old", "revision": 3, "required_settings_profile": "2025-jwt"}
            connection.execute(tables.workspaces.insert(), {**of_now, "lineage": "l", "mark": "b", "digest_key": "k"})
        db.migrate(old)
        with db.writing(old) as connection:
            answer = chain.check(connection)
            assert (answer["entries"], answer["broken"]) == (2, None)
            connection.execute(tables.activity.update().values(by_name="Zoe"))
            assert chain.check(connection)["broken"]["why"] == "changed"
        old.dispose()


def test_a_database_from_before_knows_what_its_records_name(database_kind: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(workspace.__file__).parent / "database" / "migrations"))
    values = {
        "audience/acme": {"rule": None},
        "data_attribute/company.tier": {"type": "string", "options": []},
        "identity": {},
        "x/" + "y" * 200: {"z": 1},
    }
    row = {"name": "one", "revision": 1, "help_center": "acme", "digest": "", "applied_at": 1, "applied_by": "ada"}
    with without_tables(database_kind) as url:
        old = db.engine_for(url)
        with db._writing(old) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0013")
            connection.execute(tables.records.insert(), {**row, "document": values})
            connection.execute(tables.records.insert(), {**row, "name": "none", "document": {}})
        db.migrate(old)
        with db.reading(old) as connection:
            (told,), _ = named.by_record(connection, ["acme"], [])
            names = set(connection.execute(select(tables.named.c.name, tables.named.c.place)))
        with db.writing(old) as connection:
            named.keep(connection, "one", named.places(values))
            assert set(connection.execute(select(tables.named.c.name, tables.named.c.place))) == names
        old.dispose()
    assert {place.address: place.fields for place in told.places} == {
        "audience/acme": ("rule",),
        "data_attribute/company.tier": ("options", "type"),
    }


def test_receipts_from_before_get_ids_that_are_the_same_in_each_copy(database_kind: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(workspace.__file__).parent / "database" / "migrations"))
    texts = ("configuration", "help_center", "action", "plan_digest", "configuration_digest", "holder", "by_name")
    values = {**dict.fromkeys((*texts, "generator", "outcome"), "x"), "started_at": 1, "fence": 1, "steps_done": 0}
    values |= {"number": 12, "request_digest": "3f9a0c" + "0" * 58, "counts": {}, "plan": {}}
    with without_tables(database_kind) as url:
        old = db.engine_for(url)
        with db._writing(old) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0018")
            connection.execute(tables.receipts.insert(), {**values, "changes": [], "diagnostics": []})
        db.migrate(old)
        with db.reading(old) as connection:
            assert connection.scalar(select(tables.receipts.c.id)) == "r12-3f9a0c"
        old.dispose()


@one_is_enough
def test_a_process_does_not_write_to_the_tables_of_a_newer_version(engine: Engine) -> None:
    with db.writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    before = dump(engine)
    with pytest.raises(SchemaMoved, match="another version"), db.writing(engine) as connection:
        connection.execute(tables.workspaces.update().values(name="Older"))
    assert dump(engine) == before


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_of_a_connection_that_breaks_at_its_end_nobody_knows_what_was_kept(engine: Engine) -> None:
    with pytest.raises(CommitUnknown, match="not known"):
        _write_and_break(engine)


def _write_and_break(engine: Engine) -> None:
    with db.writing(engine) as connection:
        connection.execute(tables.workspaces.update().values(name="Perhaps"))
        process = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with db.reading(engine) as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({process})")
