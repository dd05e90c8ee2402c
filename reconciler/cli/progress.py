"""Progress on a terminal: mirroring a vendor's people, and slow answers."""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from reconciler.target.protocol import Target

_LONG = 2.0
"""Seconds after which a wait is explained."""


def show_progress(target: Target) -> None:
    """Print the progress of a vendor's people, and slow answers, on a terminal."""
    if not sys.stderr.isatty():
        return

    def show(entry: Mapping[str, Any]) -> None:
        of = f" of {entry['of']}" if entry["of"] else ""
        # The line is written over; what comes after it begins behind it.
        click.echo(f"\r\033[Kreading {entry['phase']}: {entry['people']}{of} people\r", err=True, nl=False)

    target.progress = show
    target.waiting = partial(_reported, target.name)


def waited_for(what: str, why: str = "it is busy, or far away") -> AbstractContextManager[object]:
    """Return a context that reports a long wait, with its likely reason."""
    return _reported(what, why) if sys.stderr.isatty() else nullcontext()


@contextmanager
def bar(label: str, length: int, *, quiet: bool = False, done: int = 0) -> Iterator[Callable[[int], None]]:
    """Open a progress bar of `length` items on stderr, for people only."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as shown:
        shown.update(done)
        yield shown.update


@contextmanager
def _reported(what: str, why: str = "it is busy, or far away") -> Iterator[None]:
    from threading import Timer

    from reconciler.render.plain import line

    message = f"Waiting for {line(what)} … ({why}; Ctrl-C stops)"
    timer = Timer(_LONG, lambda: click.echo(message, err=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
