"""Say how far the people of a vendor are while they are read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.target.protocol import Target


def show_progress(target: Target) -> None:
    """Say on a terminal how far the people of a vendor are."""
    if not sys.stderr.isatty():
        return

    def show(found: Mapping[str, Any]) -> None:
        of = f" of {found['of']}" if found["of"] else ""
        # The line is written over; what comes after it begins behind it.
        click.echo(f"\r\033[Kreading {found['phase']}: {found['people']}{of} people\r", err=True, nl=False)

    target.progress = show
