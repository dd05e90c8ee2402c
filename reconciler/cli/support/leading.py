"""Lead a person at a terminal through the tasks of an apply, one after the other."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.target.protocol import Target


def possible(output_format: str) -> bool:
    """Tell whether there is a person to lead: both ends are a terminal, and the output is text."""
    return output_format == "text" and sys.stdin.isatty() and sys.stdout.isatty()


def through(task: Mapping[str, Any], target: Target) -> int | None:
    """Ask for the answer to a shown task, and send it; return the exit code, or `None` where the apply goes on."""
    from reconciler.operations.applies.tasks import EXITS
    from reconciler.render.text import tasks as text

    confirmation = _answer(task)
    if confirmation is None:
        return EXITS["open"]
    answered = target.answer_task(task["id"], "confirm", confirmation)
    if answered["state"] == "done":
        return None
    click.echo("\n".join(text.lines(answered)), err=True)
    return EXITS[answered["state"]]


def _answer(task: Mapping[str, Any]) -> dict[str, str] | None:
    """Read the answer; `None` where the person stops here, and the apply goes on another time."""
    from reconciler.render.plain import line

    read_back = task["screen"]["read_back"]
    if read_back["kind"] == "none":
        return {} if click.confirm(f"\nIs {task['id']} done?", err=True) else None
    question = f"\n{line(read_back['question'])} (empty to stop here)"
    typed: str = click.prompt(question, default="", show_default=False, err=True)
    return {"read_back": typed.strip()} if typed.strip() else None
