"""What the verbs that make plans share: ask the workspace, and have a document to print however it ends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.config.desired import Config
    from reconciler.plan.model import Plan
    from reconciler.target.protocol import Target


def document(
    config: Config, target: Target, allow: tuple[str, ...], maker: Callable[..., Plan] | None = None
) -> dict[str, Any]:
    """Return the document of a plan for a file and a workspace, as of now; see `make`."""
    from reconciler.plan.document.write import to_document

    return to_document(make(config, target, allow, maker))


def make(config: Config, target: Target, allow: tuple[str, ...], maker: Callable[..., Plan] | None = None) -> Plan:
    """Return a plan for a file and a workspace, as of now.

    Args:
        config: What the file wants.
        target: The workspace.
        allow: The risks that the command line permits.
        maker: What makes it, called as `planning.make_plan` is, which is the default.
    """
    from reconciler.core.git import current_commit
    from reconciler.operations import plan as planning
    from reconciler.plan.checks.guards import Risk

    return (maker or planning.make_plan)(
        config,
        target,
        now=datetime.now(UTC),
        commit=current_commit(config.document.file),
        allowed=[Risk(one) for one in allow],
    )


def simulated(document: dict[str, Any], target: Target) -> dict[str, Any]:
    """Return the document of a plan with what applying it to a twin came to; one that is forbidden is not tried."""
    from reconciler.apply import simulate as simulation
    from reconciler.plan.document import write as planfile

    if document["outcome"] != "changes":
        return document
    return planfile.with_simulation(document, simulation.run(document, target))


def save(document: dict[str, Any], path: str) -> None:
    """Write a plan's document to a file that is no configuration."""
    from reconciler.cli import options
    from reconciler.config.edit import files
    from reconciler.core.documents import dumps

    files.write_document(path, dumps(document).encode("utf-8", "backslashreplace"), options.named_files())
