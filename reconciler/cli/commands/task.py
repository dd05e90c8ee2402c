"""`portal task`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.target.protocol import Target

    Answer = tuple[Mapping[str, Any], Sequence[Diagnostic]]

_TASK = re.compile(r"T[1-9][0-9]{0,8}")
_NEXT = {"done": "Next:", "contradicted": "Nothing is marked done. To open it again:"}
"""The words before the next command, by the task's state."""
_task = click.argument("task", metavar="TASK")


@click.group(
    cls=manual.Verbs,
    examples={
        "portal task show T1 -e production": "What to do, and where.",
        "portal task done T1 --read-back 412 -e production": "It is done, and the screen shows this.",
    },
    see=("tasks", "apply"),
)
def command() -> None:
    """Do what only a person can do at the vendor, and confirm it.

    What the vendor's API does not take is a task: one screen, with the values to enter and the reason.
    """


@command.command(
    cls=manual.Verb,
    examples={"portal task show T1 -e production": "What to do, and where."},
    exits={0: "it has ended", 3: "it is contradicted", 8: "it is open"},
    see=("tasks", "task done"),
)
@_task
@options.together(options.file, options.workspace)
@options.together(options.output_format, options.no_color)
def show(task: str, file: str, workspace_url: str | None, output_format: str, *, no_color: bool) -> int:
    """Show one task: the place, what to enter, why, what was there before, and what to read back."""

    def answered(target: Target, _: Config) -> Answer:
        return target.task(task), ()

    return _print(task, file, workspace_url, output_format, answered, no_color=no_color)


@command.command(
    cls=manual.Verb,
    examples={
        "portal task before T1 nobody -e production": "That was the audience before.",
        "portal task before T1 '{attribute: name, is: Ada}' -e production": "A rule, as a file has it.",
    },
    exits={0: "noted", 8: "noted; the task is open"},
    see=("task show", "undo"),
)
@_task
@click.argument("value", metavar="VALUE")
@options.together(options.file, options.workspace)
@options.together(options.output_format, options.no_color)
def before(task: str, value: str, file: str, workspace_url: str | None, output_format: str, *, no_color: bool) -> int:
    """Note what is there before you change it.

    VALUE is what a configuration file would say. portal undo needs it, where nobody else can read the value; what is
    no such value is kept as a text for people.
    """
    from reconciler.operations.applies.tasks import values_before

    def answered(target: Target, config: Config) -> Answer:
        return target.answer_task(task, "before", values_before(target.task(task), value, config)), ()

    return _print(task, file, workspace_url, output_format, answered, no_color=no_color)


@command.command(
    cls=manual.Verb,
    examples={
        "portal task done T1 --read-back 412 -e production": "It is done, and the screen shows this.",
        'portal task done T1 --note "with Jo" -e production': "It is done; the screen shows nothing to read back.",
    },
    exits={0: "confirmed", 3: "contradicted: nothing is marked done", 8: "a second person has to confirm it"},
    see=("task show", "apply"),
)
@_task
@click.option("--read-back", metavar="VALUE", help="What the screen shows now: a number, an address, or a text.")
@click.option("--note", metavar="TEXT", help="A remark, kept with your confirmation.")
@options.together(options.file, options.workspace)
@options.together(options.output_format, options.no_color)
def done(
    task: str,
    read_back: str | None,
    note: str | None,
    file: str,
    workspace_url: str | None,
    output_format: str,
    *,
    no_color: bool,
) -> int:
    """Confirm that a task is done.

    The workspace looks again where the vendor tells the value. Where only the screen shows it, it compares what you
    read back. Otherwise your word is kept, with the name of your token and an end. What does not fit contradicts the
    task, and nothing is marked done.
    """
    body = {name: value for name, value in (("read_back", read_back), ("note", note)) if value}

    def answered(target: Target, _: Config) -> Answer:
        if read_back is None:
            _require_no_read_back(target.task(task))
        return target.answer_task(task, "confirm", body), ()

    return _print(task, file, workspace_url, output_format, answered, no_color=no_color, goes_on=True)


def _following(target: Target, document: Mapping[str, Any]) -> str:
    """Return the line with the next command after an answer; empty where there is none."""
    from reconciler.operations.applies.tasks import going_on

    words = _NEXT.get(document["outcome"])
    if words is None:
        return ""
    name = options.chosen()
    return f"{words} portal {going_on(target, document['task'])}{f' -e {name}' if name else ''}"


def _require_no_read_back(entry: Mapping[str, Any]) -> None:
    """Require a screen that shows nothing to read back; raise UsageError."""
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError

    read_back = entry["screen"]["read_back"]
    if entry["state"] == "open" and read_back["kind"] != "none":
        message = f"{entry['id']} needs a read-back: {read_back['question']}"
        remedy = f"portal task done {entry['id']} --read-back VALUE"
        raise UsageError(error("command-line-wrong", message, remedy=remedy))


@command.command(
    cls=manual.Verb,
    examples={'portal task abandon T1 --why "another plan" -e production': "Give up the task and its apply."},
    exits={0: "given up", 3: "it was contradicted, and is given up"},
    see=("tasks", "undo", "apply"),
)
@_task
@click.option("--why", metavar="TEXT", help="The reason, for the history.")
@options.together(options.file, options.workspace)
@options.together(options.output_format, options.no_color)
def abandon(
    task: str, why: str | None, file: str, workspace_url: str | None, output_format: str, *, no_color: bool
) -> int:
    """Give a task up, and the apply that waits for it.

    What was done stays done; portal undo with the receipt takes it back. The objects are free for another apply.
    """
    from reconciler.operations.applies import tasks

    def answered(target: Target, _: Config) -> Answer:
        return tasks.abandon(target, task, why)

    return _print(task, file, workspace_url, output_format, answered, no_color=no_color)


def _print(
    task: str,
    file: str,
    workspace_url: str | None,
    output_format: str,
    answered: Callable[[Target, Config], Answer],
    *,
    no_color: bool,
    goes_on: bool = False,
) -> int:
    """Print the answer to a task, with the next command where an apply `goes_on`, and return the exit code."""
    from reconciler.operations.applies.tasks import EXITS, task_document

    if not _TASK.fullmatch(task):
        raise click.BadParameter(f"{task!r} is not the id of a task, such as T3", param_hint="TASK")
    with output.document_on_failure(output_format, "task"):
        config = options.read_config(file)
        with options.open_target(workspace_url, None) as target:
            document = task_document(*answered(target, config))
            following = _following(target, document) if goes_on and output_format == "text" else ""
    if output_format == "json":
        output.print_json(document)
    else:
        from reconciler.render.text import tasks as text

        output.print_text(text.task(document) + (following and f"{following}\n"), no_color=no_color)
    return EXITS[document["outcome"]]
