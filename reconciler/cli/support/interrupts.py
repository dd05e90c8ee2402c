"""Interrupts of an apply by Ctrl-C and SIGTERM: the first lets the current change finish, the second stops at once."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, Self

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
if hasattr(signal, "SIGHUP"):
    # A terminal that hangs up wants the same as whoever ends the process.
    EXIT_CODES[signal.SIGHUP] = 143


class Stopping:
    """Remembers, while entered, that the process was told to stop."""

    def __init__(self) -> None:
        self._signal: signal.Signals | None = None
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], Any] | int | None] = {}

    def __call__(self) -> bool:
        """Tell whether to stop."""
        return self._signal is not None

    @property
    def exit_code(self) -> int:
        """The exit code after a stop."""
        return EXIT_CODES[self._signal or signal.SIGINT]

    def __enter__(self) -> Self:
        # What is ignored stays so: nohup means it.
        heard = [number for number in EXIT_CODES if signal.getsignal(number) is not signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._tell) for number in heard}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _tell(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (signal's signature)
        if self._signal is not None:
            raise KeyboardInterrupt
        self._signal = signal.Signals(number)
        message = "Interrupted: the change in hand is being finished. Interrupt once more to stop at once."
        click.echo(f"\n{message}", err=True)
