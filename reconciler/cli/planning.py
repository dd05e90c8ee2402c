"""What the verbs that make plans share: ask the workspace, and have a document to print however it ends."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.cli import options
from reconciler.core.diagnostics import error
from reconciler.core.errors import PortalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
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
    """Write a plan's document to a file."""
    from reconciler.cli.support import files
    from reconciler.core.documents import dumps

    files.replace(path, dumps(document).encode())


def print_document(document: dict[str, Any], output_format: str, *, no_color: bool) -> int:
    """Print a plan's document, and return the exit code of having made it."""
    show_document(document, output_format, no_color=no_color)
    return 3 if document["outcome"] == "blocked" else 0


def show_document(document: dict[str, Any], output_format: str, *, no_color: bool) -> None:
    """Print a plan's document in a format, failed ones too."""
    if output_format == "json":
        options.print_json(document)
    elif output_format == "text":
        options.print_plan(document, no_color=no_color)
    else:
        from reconciler.cli import drawing
        from reconciler.render import formats

        drawn = drawing.drawn(document) if output_format == "html" else None
        options.print_text(formats.plan(document, output_format, drawn), no_color=True)


@contextmanager
def document_on_failure(output_format: str, kind: str = "plan") -> Iterator[None]:
    """Print a whole document also where there is no result to print, in any format but text.

    Args:
        output_format: What was asked for.
        kind: What kind of document would have been printed.
    """
    try:
        yield
    except PortalError as problem:
        if output_format != "text":
            print_failed(kind, problem.diagnostics, output_format)
        raise
    except KeyboardInterrupt:
        if output_format != "text":
            interrupted = error("interrupted", "the command was interrupted before it had a result")
            print_failed(kind, (interrupted,), output_format)
        raise


def print_failed(kind: str, diagnostics: tuple[Diagnostic, ...], output_format: str = "json") -> None:
    """Print the document of a command that came to nothing, with the reasons."""
    from reconciler.core import documents
    from reconciler.plan.document import write as planfile

    if kind != "plan":
        options.print_json(documents.failed(kind, diagnostics))
        return
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = planfile.failed_document(diagnostics, moment, *options.asked())
    show_document(document, output_format, no_color=True)
