"""Run a workspace from this command: required packages, and its errors in the words of this command."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from reconciler.core.diagnostics import error
from reconciler.core.errors import WorkspaceUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDED = ("alembic", "flask", "sqlalchemy")
"""The packages that a workspace in this process requires; serving one requires granian besides."""


@contextmanager
def explained(*needed: str) -> Iterator[None]:
    """Turn the errors of a workspace into a PortalError; raise WorkspaceUnusable if a `needed` package is missing."""
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise WorkspaceUnusable(
            error(
                "serve-not-installed",
                f"running a workspace needs {', '.join(missing)}, which is not installed",
                remedy="Install it: pip install 'tickets-portal[serve]'; or name a workspace with --workspace URL.",
            )
        )
    from workspace.core.errors import WorkspaceError

    try:
        yield
    except WorkspaceError as problem:
        raise WorkspaceUnusable(error("workspace-unusable", problem.summary, remedy=problem.remedy)) from problem
