"""What `plan` and `apply` share: read the file, ask the workspace, print the document."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.cli import options
from reconciler.errors import PortalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config import Config
    from reconciler.plan import Plan
    from reconciler.targets.base import Target


def whole_plan(
    file: str, url: str | None, seed: str | None, allow: tuple[str, ...], output_format: str, *, no_color: bool
) -> Plan:
    """Make and print a plan."""
    with document_on_failure(output_format):
        config = options.read_config(file)
        with options.open_target(url, seed) as target:
            plan = make(config, target, allow)
    show(plan, output_format, no_color=no_color)
    return plan


def make(config: Config, target: Target, allow: tuple[str, ...]) -> Plan:
    """Return the plan for a file and a workspace, as of now."""
    from reconciler import planning
    from reconciler.commit import current_commit
    from reconciler.guards import Risk

    return planning.make_plan(
        config,
        target,
        now=datetime.now(UTC),
        commit=current_commit(config.document.file),
        allowed=[Risk(one) for one in allow],
    )


def show(plan: Plan, output_format: str, *, no_color: bool) -> None:
    """Print a plan as text or as its JSON document."""
    from reconciler.planfile import to_document

    document = to_document(plan)
    if output_format == "json":
        options.print_json(document)
        return
    from reconciler.render.text import plan as render

    options.print_text(render(document), no_color=no_color)


@contextmanager
def document_on_failure(output_format: str) -> Iterator[None]:
    """Print a whole JSON document also where there is no plan to print."""
    try:
        yield
    except PortalError as problem:
        if output_format == "json":
            from reconciler.planfile import failed_document

            moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            options.print_json(failed_document(problem.diagnostics, moment))
        raise
