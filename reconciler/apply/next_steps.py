"""Next steps after an apply that did not go as planned."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.apply.executor import Result


def commands(plan: Mapping[str, Any], result: Result, *, broken: bool) -> list[str]:
    """Suggest commands to go on with, ready to run but for a VALUE; `broken` if an expectation does not hold."""
    if broken and result.receipt:
        return [_command(plan, "undo", result.receipt)]
    if result.task is not None and not result.failures:
        task = result.task["id"]
        reads_back = result.task["screen"]["read_back"]["kind"] != "none"
        return [
            _command(plan, "task", "show", task),
            _command(plan, "task", "done", task, *(("--read-back", "VALUE") if reads_back else ())),
            _command(plan, *again(plan["purpose"], plan["undoes"])),
        ]
    if not (result.failures or result.interrupted):
        return []
    if any(diagnostic.code == "locked" for diagnostic in result.diagnostics):
        return [_command(plan, "unlock")]
    partly = result.receipt if result.outcome == "applied_in_part" else None
    return [*([_command(plan, "show", partly, file=False)] if partly else []), _command(plan, "plan")]


def again(purpose: str, undoes: str | None) -> tuple[str, ...]:
    """Return the words of the command that goes on with a waiting apply."""
    if purpose == "undo" and undoes:
        return ("undo", undoes)
    return ("drift", "--revert") if purpose == "revert" else ("apply",)


def _command(plan: Mapping[str, Any], *words: str, file: bool = True) -> str:
    environment, target, path = plan["environment"], plan["workspace"]["target"], plan["configuration"]["file"]
    where: list[str] = []
    # An environment is found through the file.
    if path != "portal.yaml" and (file or environment):
        where += ["-f", path]
    if environment:
        where += ["-e", environment]
    elif target.startswith(("https://", "http://")):
        where += ["--workspace", target]
    return shlex.join(["portal", *words, *where])
