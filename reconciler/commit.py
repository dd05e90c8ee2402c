"""Which commit a configuration file is from."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_VARIABLES = ("GITHUB_SHA", "CI_COMMIT_SHA")
_TIMEOUT = 2.0
"""Seconds. A commit that takes longer to find is not worth the wait."""


def current_commit(file: str) -> str | None:
    """Return the commit that is checked out where `file` is; `None` where that is not known."""
    for variable in _VARIABLES:
        if value := os.environ.get(variable):
            return value
    folder = Path(file).resolve().parent
    if not any((parent / ".git").exists() for parent in (folder, *folder.parents)):
        return None
    try:
        asked = subprocess.run(  # noqa: S603 (fixed words; only the folder varies)
            ["git", "-C", str(folder), "rev-parse", "--verify", "HEAD"],  # noqa: S607 (whichever git the user has)
            capture_output=True,
            check=False,
            text=True,
            timeout=_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None
