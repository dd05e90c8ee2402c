"""Words of other tools and their names here: answers to an unknown verb or option."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.core.diagnostics import Diagnostic

VERBS = {
    "version": "portal --version tells it.",
    "diff": "portal plan shows what an apply would change; portal drift shows what somebody else changed.",
    "destroy": "Nothing here deletes a portal. To close it, write portal: {enabled: false} and apply that; portal undo "
    "takes back one apply.",
    "delete": "Nothing here deletes a portal. To close it, write portal: {enabled: false} and apply that.",
    "import": "portal pull --out portal.yaml writes a file from what a workspace has; portal drift --adopt takes over "
    "single values.",
    "export": "portal pull --out portal.yaml writes a file from what a workspace has.",
    "login": "There is no session: set the variable PORTAL_TOKEN, or write token: ${NAME} in an environment of the "
    "file. portal token create makes one for a workspace that you serve.",
    "logout": "There is no session to end: unset PORTAL_TOKEN. portal token revoke ends a token.",
    "rollback": "portal undo takes back the last apply; portal history lists them.",
    "revert": "portal undo undoes an apply; portal drift --revert restores what somebody else changed.",
    "refresh": "portal plan and portal drift look afresh each time: there is no state file.",
    "state": "There is no state file: portal history lists what was applied, portal show RECEIPT one of it.",
    "check": "portal validate checks the file; portal verify checks the portal.",
    "lint": "portal validate checks the file; portal fmt --check its layout.",
    "test": "portal verify checks the portal; expectations in the file are tried with each plan.",
    "format": "portal fmt puts a file into the usual layout.",
    "deploy": "portal apply makes the workspace what the file describes.",
    "sync": "portal apply makes the workspace what the file describes; portal pull writes a file from it.",
    "up": "portal apply makes the workspace what the file describes; portal serve runs a workspace.",
    "log": "portal history lists what was applied, when and by whom.",
    "run": "portal serve runs a workspace; portal apply makes one what the file describes.",
    "new": "portal init writes a first file.",
    "create": "portal init writes a first file.",
}
"""The remedy for a verb of other tools."""

_YES = "--yes applies without asking."
OPTIONS = {
    "--json": "--format json prints the document.",
    "--output": "--format json prints the document, --out FILE writes it.",
    "-o": "--out FILE writes the document, --format chooses what stdout gets.",
    "-out": "Write --out.",
    "--auto-approve": _YES,
    "-auto-approve": _YES,
    "-y": _YES,
    "--force": f"{_YES} --allow RISK goes past a guard, by name.",
    "--approve": _YES,
    "--dry-run": "portal plan shows what an apply would do, and changes nothing.",
    "--config": "-f FILE names the configuration.",
    "-c": "-f FILE names the configuration.",
    "--environment": "Write --env, or -e.",
    "--token": "A token does not belong on a command line: set PORTAL_TOKEN.",
    "--url": "--workspace URL names the workspace.",
    "--verbose": "--format json prints everything that is known.",
    "-v": "portal --version tells the version; --format json prints everything that is known.",
    "--refresh-only": "portal drift shows what somebody else changed.",
    "--target": "A plan is made and applied as a whole; ignore rules of the file leave things alone.",
}
"""The remedy for an option of other tools."""


_QUOTED = re.compile("'([^'`]*)'")
_FILES = (".yaml", ".yml", ".json")


def complaint(wrong: click.UsageError, arguments: Sequence[str]) -> Diagnostic:
    """Report a wrong command line, with a correction."""
    from reconciler.core.diagnostics import error

    message = _of_others(wrong, arguments) or _of_a_file(wrong, arguments) or wrong.format_message()
    summary, _, remedy = _QUOTED.sub(r"`\1`", message).rstrip(".").partition(". ")
    path = wrong.ctx.command_path if wrong.ctx else " ".join(["portal", *arguments[:1]])
    remedy = _sentence(remedy.strip("()")) if remedy else f"{path} --help lists all."
    return error("command-line-wrong", summary[:1].lower() + summary[1:], remedy=remedy)


def _sentence(text: str) -> str:
    return text if text.endswith(("?", ".")) else f"{text}."


def _of_others(wrong: click.UsageError, arguments: Sequence[str]) -> str:
    if not isinstance(wrong, click.NoSuchOption):
        return ""
    # Of -auto-approve click only tells the -a that it does not know.
    given = (argument.partition("=")[0] for argument in arguments if argument.startswith(wrong.option_name))
    named = next((text for text in (wrong.option_name, *given) if text in OPTIONS), None)
    return f"There is no option {named!r}. {OPTIONS[named]}" if named else ""


def _of_a_file(wrong: click.UsageError, arguments: Sequence[str]) -> str:
    """Return the correction for a file given as an argument to a verb that takes it as an option."""
    if wrong.ctx is None or "unexpected extra argument" not in wrong.message:
        return ""
    named = next((argument for argument in arguments if argument.endswith(_FILES)), None)
    takes = any("--file" in param.opts for param in wrong.ctx.command.params)
    path = wrong.ctx.command_path
    return f"{path} takes no argument {named!r}. Name the file with -f: {path} -f {named}." if named and takes else ""
