"""Commands run as whole processes, interleaved round by round."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_LEFT_OUT = ("PYTHON", "PORTAL_", "NO_COLOR", "VIRTUAL_ENV")
_LONGEST_SHOWN = 2000


class WrongOutput(Exception):
    """A command did not do what was to be measured, so its time says nothing."""


@dataclass(frozen=True)
class Command:
    """A command, and what it must say: an error must never count as speed.

    Attributes:
        name: What the results call it.
        argv: Program and arguments.
        says: A text that its output must contain.
        code: The exit code that it must end with.
        folder: Where it runs.
        environment: Variables beside those of this process that are not about Python.
        before: Called before each run, outside of what is measured.
    """

    name: str
    argv: Sequence[str | Path]
    says: str = ""
    code: int = 0
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Spent:
    """What one process took: seconds by the clock, seconds of processor, bytes of memory at most."""

    clock: float
    processor: float
    memory: int


def clean_environment() -> dict[str, str]:
    """Return the variables of this process without what changes how Python or `portal` run."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}


def run(command: Command) -> Spent:
    """Run a command and return what it took.

    Raises:
        WrongOutput: It ended, or spoke, otherwise than it must.
    """
    command.before()
    environment = clean_environment() | dict(command.environment)
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        child = subprocess.Popen(
            [str(one) for one in command.argv], cwd=command.folder, env=environment, stdout=said, stderr=said
        )
        _, status, usage = os.wait4(child.pid, 0)
        clock = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    if child.returncode != command.code or command.says not in text:
        raise WrongOutput(
            f"{command.name} ended with {child.returncode}, not {command.code}, or did not say "
            f"{command.says!r}:\n{text[-_LONGEST_SHOWN:]}"
        )
    return Spent(clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def interleaved(commands: Sequence[Command], rounds: int) -> dict[str, list[Spent]]:
    """Run every command once a round, each round in another order, after one round that does not count.

    Returns:
        What each took, by its name, a value a round: values at one index are of one round.
    """
    for command in commands:
        run(command)
    taken: dict[str, list[Spent]] = {command.name: [] for command in commands}
    for number in range(rounds):
        first = number % len(commands)
        for command in (*commands[first:], *commands[:first]):
            taken[command.name].append(run(command))
    return taken
