"""A private PostgreSQL cluster for the tests: started when the first test wants it, stopped when the process ends."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import make_url

if TYPE_CHECKING:
    import psycopg

_numbers = count()
_ROOM = 2 * 1024**3
_CHOICE = 150_000
_SETTINGS = {
    # Nothing here outlives the tests, so nothing has to reach the disk.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "checkpoint_timeout": "1h",
    # Databases come and go by the hundred: nobody needs to tidy them up.
    "autovacuum": "off",
    "listen_addresses": "",
    "max_connections": "60",
}


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest version that Debian has installed."""
    names = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return names[-1].parent if names else Path(on_path).parent if on_path else None


def required() -> bool:
    """Return True if a test without PostgreSQL must fail instead of being skipped."""
    return "postgresql" in os.environ.get("PORTAL_TEST_REQUIRE", "").split(",")


def in_memory() -> str | None:
    """Return a folder in memory with room for many databases, or None.

    A new database is some hundred files: on a busy disk each takes half a second, here a twentieth.
    """
    folder = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
    return str(folder) if folder.is_dir() and shutil.disk_usage(folder).free > _ROOM else None


@cache
def cluster() -> Path:
    """Return the folder of a running cluster's socket."""
    folder = programs()
    if folder is None:
        if required():
            pytest.fail("PostgreSQL is not installed: apt-get install postgresql")
        pytest.skip("PostgreSQL is not installed")
    home = Path(tempfile.mkdtemp(prefix="portal-pg-", dir=in_memory()))
    user: str | None = None
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        user = next(name for name in ("postgres", "nobody") if _exists(name))
        shutil.chown(home, user)
    data = home / "data"
    _run(
        [str(folder / "initdb"), "-D", str(data), "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"], user
    )
    options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in _SETTINGS.items())
    start = [
        str(folder / "pg_ctl"),
        "-D",
        str(data),
        "-w",
        "-l",
        str(home / "log"),
        "-o",
        f"{options} -k {home}",
        "start",
    ]
    _run(start, user)
    stop = [str(folder / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"]
    atexit.register(lambda: (_run(stop, user), shutil.rmtree(home, ignore_errors=True)))
    return home


def new_url() -> str:
    """Return the URL of a database that nobody has made yet."""
    return f"postgresql+psycopg://portal@/test_{os.getpid()}_{next(_numbers)}?host={cluster()}"


def make_database(url: str, template: str = "template1") -> None:
    """Make a database at a URL, as a copy of `template`, to which nobody may be connected."""
    administration = _administration()
    # Copying files takes two thirds of the other way, and could not be chosen before.
    strategy = "STRATEGY FILE_COPY" if administration.info.server_version >= _CHOICE else ""
    administration.execute(f'CREATE DATABASE "{make_url(url).database}" TEMPLATE "{template}" {strategy}')


def new_database() -> str:
    """Return the URL of a new database in the cluster."""
    url = new_url()
    make_database(url)
    return url


def drop_database(url: str) -> None:
    """Remove a database, whoever is connected to it."""
    _administration().execute(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')


@cache
def _administration() -> psycopg.Connection[Any]:
    import psycopg

    connection = psycopg.connect(host=str(cluster()), user="portal", dbname="postgres", autocommit=True)
    atexit.register(connection.close)
    return connection


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _run(command: list[str], user: str | None) -> None:
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{Path(command[0]).name} failed: {done.stdout}{done.stderr}")
