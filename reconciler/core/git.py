"""Which commit a configuration file is from."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_VARIABLES = ("GITHUB_SHA", "CI_COMMIT_SHA")
_TIMEOUT = 2.0
"""Seconds. A commit that takes longer to find is not worth the wait."""


def current_commit(file: str) -> str | None:
    """Return the commit that is checked out where `file` is; `None` where that is not known."""
    return commits()(file)


def commits() -> Callable[[str], str | None]:
    """Return what tells the commit of each of many files as `current_commit` does, and asks once for a repository."""
    repository, checked_out = cache(_repository), cache(_checked_out)

    def commit(file: str) -> str | None:
        for variable in _VARIABLES:
            if value := os.environ.get(variable):
                return value
        found = repository(os.path.dirname(file))  # noqa: PTH120 (ten thousand times)
        return None if found is None else checked_out(found)

    return commit


def _repository(folder: str) -> Path | None:
    whole = Path(folder).resolve()
    return next((parent for parent in (whole, *whole.parents) if (parent / ".git").exists()), None)


def _checked_out(repository: Path) -> str | None:
    try:
        asked = subprocess.run(  # noqa: S603 (fixed words; only the folder varies)
            ["git", "-C", str(repository), "rev-parse", "--verify", "HEAD"],  # noqa: S607 (whichever git the user has)
            capture_output=True,
            check=False,
            text=True,
            timeout=_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None
