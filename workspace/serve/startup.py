"""From a place to a ready workspace: opened, at this version's tables, filled if empty."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from workspace.core.clock import utc_now
from workspace.core.data_files import example_path
from workspace.core.errors import DatabaseUnavailable
from workspace.database import engine as db

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

DEFAULT_SEED = "workspace.yaml"
"""The example that an empty database is filled from, in `examples/`."""


def open_database(target: str | Path) -> Engine:
    """Open a database by path or SQLAlchemy URL, made if missing, at this version's tables; DatabaseUnavailable."""
    engine = db.engine_for(target)
    _refuse_without_folder(engine)
    with _closed_on_failure(engine):
        _make_private(engine)
        db.migrate(engine)
    return engine


def _refuse_without_folder(engine: Engine) -> None:
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return
    folder = Path(engine.url.database).parent
    if not folder.is_dir():
        message = f"cannot use the database {engine.url.database}: there is no folder {folder}"
        raise DatabaseUnavailable(message, f"Make the folder first (mkdir -p {folder}), or correct the path.")


def open_existing(target: str | Path) -> Engine:
    """Open the database of an existing workspace; DatabaseUnavailable if there is none, or it cannot be used."""
    engine = db.engine_for(target)
    _refuse_without_folder(engine)
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        raise DatabaseUnavailable(f"there is no database {engine.url.database}", "`portal serve` makes one.")
    with _closed_on_failure(engine):
        db.migrate(engine)
    return engine


def open_filled(target: str | Path, seed: Path | None, people: int = 0) -> Engine:
    """Open the database of a workspace, and fill an empty one from the seed, or as the example workspace.

    Filling is one transaction; of two that start at once one fills. WorkspaceError for an unusable database or seed.
    """
    engine = open_database(target)
    with _closed_on_failure(engine):
        with db.reading(engine) as connection:
            empty = db.is_empty(connection)
        if empty:
            from workspace.serve.seed import load as seeding
            from workspace.settings.initialise import AlreadyInitialised

            # Another process may have been quicker; then there is nothing to do.
            with contextlib.suppress(AlreadyInitialised):
                if seed is None:
                    seeding.load_file(engine, example_path(DEFAULT_SEED), people, _make_secrets)
                else:
                    seeding.load_file(engine, seed, people)
    return engine


def _make_secrets(connection: Connection) -> None:
    """Let the sample web application vouch for people in the example workspace from the beginning."""
    from workspace.identity import demo, secrets

    secrets.begin_with(connection, demo.SECRET_NAME, int(utc_now().timestamp()))


@contextlib.contextmanager
def _closed_on_failure(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as problem:
        engine.dispose()
        raise db.unavailable(engine, problem) from problem
    except BaseException:
        engine.dispose()
        raise


def _make_private(engine: Engine) -> None:
    # People live in it: only its owner may read it. The files that SQLite puts beside it follow.
    if engine.dialect.name == "sqlite" and engine.url.database and not engine.url.database.startswith("file:"):
        # What cannot be made here cannot be opened either, and that says why.
        with contextlib.suppress(OSError):
            os.close(os.open(Path(engine.url.database), os.O_CREAT | os.O_RDWR, 0o600))
