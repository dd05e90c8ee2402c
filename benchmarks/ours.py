"""The commands of `portal` that several rows measure, for a file `portal.yaml` and a workspace on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.processes import Command
from benchmarks.servers import HOST, TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.places import Stage

PLAN, APPLY = "portal plan", "portal apply"


def portal_plan(stage: Stage, folder: Path, port: int) -> Command:
    """Return the plan of the file in `folder` that finds nothing to do in the workspace at `port`."""
    argv: list[str | Path] = [stage.portal, "plan", "--workspace", f"http://{HOST}:{port}"]
    return Command(PLAN, argv, "No changes.", folder=folder, environment={"PORTAL_TOKEN": TOKEN})


def portal_apply(stage: Stage, folder: Path, port: int) -> Command:
    """Return the apply of the file in `folder` to the workspace at `port`, where it changes something."""
    argv: list[str | Path] = [
        stage.portal,
        "apply",
        "--yes",
        "--allow",
        "widens_access",
        "--workspace",
        f"http://{HOST}:{port}",
    ]
    return Command(APPLY, argv, "Applied", folder=folder, environment={"PORTAL_TOKEN": TOKEN})


def work(size: int) -> str:
    """Return what the results call a plan of one file with so many settings."""
    return f"no-op plan, one file with {size:,} settings"
