"""Chat notifications. A failed one is reported, and changes nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import output

if TYPE_CHECKING:
    from collections.abc import Mapping

option = click.option(
    "--notify",
    metavar="VARIABLE",
    help="Tell a chat about drift, blocked plans and applies. The variable has the URL of its webhook.",
)


def tell(variable: str | None, document: Mapping[str, Any]) -> None:
    """Post the message about a document to the webhook whose URL, a secret, is in a variable; None for none."""
    if variable is None:
        return
    from reconciler.core.errors import PortalError
    from reconciler.forge.client import post_message
    from reconciler.render.text.message import message

    if text := message(document):
        try:
            post_message(variable, os.environ.get(variable, ""), text)
        except PortalError as problem:
            output.print_problems(problem.diagnostics)
