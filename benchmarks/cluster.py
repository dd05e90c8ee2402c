"""A PostgreSQL cluster of the benchmarks' own, on a socket of this machine; its data is kept."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SETTINGS = {"listen_addresses": "''", "shared_buffers": "1GB", "fsync": "off", "autovacuum": "off"}
"""All else is PostgreSQL's default. Nothing here has to outlive the machine, and nothing is to happen in between."""


def missing() -> str | None:
    """Return why there is no PostgreSQL; None where there is one."""
    return None if _found("initdb") else "PostgreSQL is absent: `apt-get install postgresql` brings it"


@contextmanager
def running(kept: Path) -> Iterator[Path]:
    """Give the folder of the cluster's socket while it runs.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
    """
    data, user = _data(kept), _postgres_user()
    if not data.is_dir():
        data.parent.mkdir(parents=True, exist_ok=True)
        if user:
            shutil.chown(data.parent, user)
        _run([_program("initdb"), "-D", data, "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"], user)
    stop(kept)
    # The path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="portal-pg-") as sockets:
        if user:
            shutil.chown(sockets, user)
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        command: list[str | Path] = [_program("pg_ctl"), "-D", data, "-w", "-l", data.parent / "log"]
        _run([*command, "-o", f"{options} -k {sockets}", "start"], user)
        try:
            yield Path(sockets)
        finally:
            stop(kept)


def stop(kept: Path) -> None:
    """Stop the cluster, also one that an interrupted run has left."""
    data = _data(kept)
    if (data / "postmaster.pid").exists():
        _run([_program("pg_ctl"), "-D", data, "-w", "-m", "fast", "stop"], _postgres_user())


def postmaster(kept: Path) -> int:
    """Return the process of the running cluster that all others of it come from."""
    return int((_data(kept) / "postmaster.pid").read_text(encoding="ascii").split()[0])


def _data(kept: Path) -> Path:
    return kept / "people" / "cluster" / "data"


def _found(name: str) -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which(name)
    return found[-1] if found else Path(on_path) if on_path else None


def _program(name: str) -> Path:
    found = _found(name)
    if found is None:
        raise FileNotFoundError(missing())
    return found


def _postgres_user() -> str | None:
    # PostgreSQL refuses to run as root.
    if os.geteuid() != 0:
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _run(command: list[str | Path], user: str | None) -> None:
    done = subprocess.run([str(one) for one in command], user=user, cwd="/", check=False, stdout=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}")
