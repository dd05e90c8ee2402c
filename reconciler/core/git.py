"""The commit of a configuration file."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_VARIABLES = ("GITHUB_SHA", "CI_COMMIT_SHA")
_TIMEOUT = 2.0
"""Seconds. A commit that takes longer to find is not worth the wait."""


def current_commit(file: str) -> str | None:
    """Return the commit of a file; `None` where it is unknown, or the file differs from it."""
    return commits([file])(file)


def commits(files: Sequence[str] = ()) -> Callable[[str], str | None]:
    """Return a function that gives the commit of many files, and asks once for a repository, or only about `files`."""
    repository = cache(_repository)
    checkout = cache(lambda folder: _checkout(folder, files))

    def commit(file: str) -> str | None:
        named = next((value for name in _VARIABLES if (value := os.environ.get(name))), None)
        folder = repository(os.path.dirname(file))  # noqa: PTH120 (ten thousand times)
        if folder is None or (tree := checkout(folder)) is None:
            return named
        head, committed = tree
        return (named or head) if os.path.realpath(file) in committed else None

    return commit


def _repository(folder: str) -> Path | None:
    whole = Path(folder).resolve()
    return next((parent for parent in (whole, *whole.parents) if (parent / ".git").exists()), None)


def _checkout(repository: Path, files: Sequence[str]) -> tuple[str, frozenset[str]] | None:
    """Return the commit that is checked out, and its unchanged files."""
    paths = [os.path.realpath(file) for file in files]
    head = _git(repository, "rev-parse", "--verify", "HEAD")
    tracked = _git(repository, "ls-files", "-z", "--", *paths)
    changed = _git(repository, "diff", "--name-only", "--no-ext-diff", "-z", "HEAD", "--", *paths)
    if head is None or tracked is None or changed is None:
        return None
    there = os.path.realpath(repository)
    names = set(tracked.split("\0")) - set(changed.split("\0"))
    return head.strip(), frozenset(f"{there}/{name}" for name in names)


def _git(repository: Path, *arguments: str) -> str | None:
    # Loaded in a repository only.
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 (fixed words; only the folder varies)
            ["git", "-C", str(repository), *arguments],  # noqa: S607 (whichever git the user has)
            capture_output=True,
            check=False,
            timeout=_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        # Without git, or in its time: the commit is unknown, and documents say so.
        return None
    return os.fsdecode(done.stdout) if done.returncode == 0 else None
