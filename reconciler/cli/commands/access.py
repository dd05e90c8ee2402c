"""`portal access`."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output
from reconciler.core.errors import PortalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.document_types.plan import ChangedPerson
    from reconciler.plan.effect.impact import AccessView
    from reconciler.target.protocol import Target


_AT_A_TIME = 500


@click.group(
    cls=manual.Verbs,
    examples={"portal access diff --format csv > people.csv": "Everybody who would gain or lose access, as a table."},
    see=("plan", "preview", "explain"),
)
def command() -> None:
    """List who gains and who loses access, one by one."""


@command.command(
    cls=manual.Verb,
    examples={
        "portal access diff": "Everybody who would gain or lose access by what the file changes.",
        "portal access diff plan.json --format csv > people.csv": "The same for a saved plan, as a table.",
        "portal access diff --drift": "Everybody whose access was changed by hand since the last apply.",
    },
    exits={0: "listed, or there is nobody"},
    see=("plan", "drift", "preview", "explain"),
)
@click.argument("saved", required=False, metavar="PLAN")
@options.together(options.file, options.workspace, options.seed)
@click.option("--drift", is_flag=True, help="What was changed by hand since the last apply, not what the file changes.")
@options.formats("text", "json", "csv")
@options.no_color
def diff(
    saved: str | None,
    file: str,
    workspace_url: str | None,
    seed: str | None,
    output_format: str,
    *,
    drift: bool,
    no_color: bool,
) -> int:
    """List everybody who gains or loses access: who, of which companies, and which condition decides.

    Without PLAN it is what the file would change now; with PLAN, what that plan would change, asked of the people who
    are there now. Nothing is changed.

    The list is written while the workspace is asked, page by page, so it may have any length. People who come and go
    meanwhile are listed or not. What is written holds names and addresses: keep it as you keep those.
    """
    from reconciler.operations import access

    if saved is not None and drift:
        raise click.UsageError("--drift is about the file: give PLAN or --drift.")
    kept = "json" if output_format == "json" else "text"
    with ExitStack() as opened:
        with output.document_on_failure(kept, "access_diff"):
            target = opened.enter_context(options.open_target(workspace_url, seed))
            head, views = _of_plan(saved, target) if saved is not None else _of_file(file, target, drift=drift)
            people = access.everybody(target, head["workspace"]["help_center"], *views)
        # From here on a document has begun, and itself says how it ended.
        _write(people, head, output_format, no_color=no_color)
    return 0


def _of_file(file: str, target: Target, *, drift: bool) -> tuple[dict[str, Any], tuple[AccessView, AccessView]]:
    """Return the head of a list for a file, and the views that it compares."""
    from reconciler.core.documents import head
    from reconciler.operations.drift import views as views_of

    config = options.read_config(file)
    state, views = views_of(config, target, now=datetime.now(UTC), drift=drift)
    workspace = {"id": state.workspace, "name": state.workspace_name, "target": target.name}
    about = {
        "configuration": {"name": config.name, "file": config.document.file},
        "environment": config.environment,
        "workspace": {**workspace, "help_center": state.help_center},
    }
    return {**head("access_diff", "done"), **about}, views


def _of_plan(path: str, target: Target) -> tuple[dict[str, Any], tuple[AccessView, AccessView]]:
    """Return the same for a saved plan; raise PortalError if it is none, or of another workspace or environment."""
    from reconciler.apply.saved_plan import refuse_other_workspace
    from reconciler.core.documents import head
    from reconciler.plan.document import read

    document = read.load(path)
    if document["environment"] != options.chosen():
        read.refuse_environment(path, document, options.chosen())
    configuration, workspace = document["configuration"], document["workspace"]
    refuse_other_workspace(document, target.observe(workspace["help_center"], configuration["name"]))
    about = {
        "configuration": {name: configuration[name] for name in ("name", "file")},
        "environment": document["environment"],
        "workspace": {name: workspace[name] for name in ("id", "name", "target", "help_center")},
    }
    return {**head("access_diff", "done"), **about}, (document["views"]["before"], document["views"]["after"])


def _write(people: Iterator[ChangedPerson], head: Mapping[str, Any], output_format: str, *, no_color: bool) -> None:
    from reconciler.render.text import access_diff

    if output_format == "text":
        for some in _together(access_diff.text(people, head)):
            output.print_text(some, no_color=no_color)
        return
    for some in _together(access_diff.as_csv(people) if output_format == "csv" else access_diff.as_json(people, head)):
        output.print_whole(some)


def _together(parts: Iterator[str]) -> Iterator[str]:
    """Yield texts, many at a time: each that is printed by itself costs a write."""
    held: list[str] = []
    try:
        for part in parts:
            held.append(part)
            if len(held) >= _AT_A_TIME:
                yield "".join(held)
                held.clear()
    except PortalError:
        # What was told before something failed is printed, too.
        yield "".join(held)
        raise
    yield "".join(held)
