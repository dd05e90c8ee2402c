"""Edit several files: all or none, even if the process dies; a note beside them allows recovery."""

from __future__ import annotations

import base64
import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.config.edit import files
from reconciler.core.diagnostics import Source, error
from reconciler.core.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.diagnostics import Diagnostic

NOTE = ".portal-edit.json"
_SUFFIXES = (".yaml", ".yml")


def replace_all(changes: Mapping[str, tuple[bytes, bytes]]) -> None:
    """Replace several files (old and new content by path), or none.

    A process that dies in between leaves a note, with which `recover` completes the edit. Raises ConfigurationInvalid
    where one may not be written, or somebody else changed it meanwhile.
    """
    for path, (before, _) in changes.items():
        with files.explained(path):
            files.refuse_changed(path, before)
            files.refuse_unreplaceable(Path(os.path.realpath(path)))
    if len(changes) > 1:
        with files.explained(next(iter(changes))), noted(changes):
            _each(changes)
    else:
        _each(changes)


def _each(changes: Mapping[str, tuple[bytes, bytes]]) -> None:
    done: list[str] = []
    try:
        for path, (before, after) in changes.items():
            files.replace(path, after, expected=before)
            done.append(path)
    except ConfigurationInvalid:
        for path in done:
            before, after = changes[path]
            files.replace(path, before, expected=after)
        raise


@contextmanager
def noted(changes: Mapping[str, tuple[bytes, bytes]]) -> Iterator[None]:
    """Keep a note of an edit while it is made; `changes` as for `replace_all`, of files in one folder."""
    note = Path(next(iter(changes))).parent / NOTE
    _keep(note, [_entry(Path(path), *contents) for path, contents in changes.items()])
    try:
        yield
    except ConfigurationInvalid:
        # What was replaced already is as it was again.
        note.unlink(missing_ok=True)
        raise
    note.unlink(missing_ok=True)


def recover(path: str) -> tuple[str, ...]:
    """Complete an interrupted edit, unless a file changed since; return the files; raise ConfigurationInvalid."""
    note = Path(path).parent / NOTE
    if not note.exists():
        return ()
    try:
        entries = json.loads(note.read_bytes())["files"]
        pending = [
            (note.parent / _name(entry), base64.b64decode(entry["after"]), str(entry["before"])) for entry in entries
        ]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ConfigurationInvalid(_unreadable(note, problem)) from None
    changed = [(file, after) for file, after, before in pending if _digest(file) == before]
    settled = [file for file, after, _ in pending if _digest(file) == _digest_of(after)]
    if len(changed) + len(settled) < len(pending) or not settled:
        # Not one of them was replaced, or they are not what they were: nothing is half done.
        note.unlink(missing_ok=True)
        return ()
    for file, after in changed:
        files.replace(str(file), after)
    note.unlink(missing_ok=True)
    return tuple(file.name for file, _ in changed)


def _unreadable(note: Path, problem: Exception) -> Diagnostic:
    why = problem.strerror if isinstance(problem, OSError) else "it is not as it was written"
    return error(
        "file-unreadable",
        f"it says how to finish an edit of several files that was cut off, and cannot be read: {why}",
        remedy="Give the permission to read it. Or compare the files with their last commit, and remove it.",
        source=Source(str(note), 1, 1),
    )


def _entry(path: Path, before: bytes, after: bytes) -> dict[str, str]:
    return {
        "name": path.name,
        "before": _digest_of(before),
        "after": base64.b64encode(after).decode(),
    }


def _name(entry: Mapping[str, Any]) -> str:
    """Return a file's name in a note; refuse any that is not beside the configuration."""
    name = str(entry["name"])
    if Path(name).name != name or not name.endswith(_SUFFIXES):
        raise ValueError(name)
    return name


def _digest_of(data: bytes) -> str:
    # Loaded where an edit is made or was interrupted: every verb looks for a note, and hashes bring a library of 4 MiB.
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _digest(file: Path) -> str:
    with files.explained(str(file)):
        return _digest_of(file.read_bytes()) if file.is_file() else ""


def _keep(note: Path, entries: list[dict[str, str]]) -> None:
    files.replace(str(note), json.dumps({"files": entries}).encode())
    folder = os.open(note.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
