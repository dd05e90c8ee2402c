"""States of a person in a comparison: access before and after, as the bits of one number."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STATE_CLASSES = ("gained", "lost", "sees_more", "sees_less")
LONELY = "without_company"
CLASSES = (*STATE_CLASSES, LONELY)
COMPANY_CLASSES = ("companies_gained", "companies_lost")


class State(IntFlag):
    """The access of one person, before and after."""

    OPENS_BEFORE = 1
    OWN_BEFORE = 2
    OPENS_AFTER = 4
    OWN_AFTER = 8
    MORE = 16
    """After, they are granted a company that they did not read before."""
    LESS = 32
    """After, they read a company no longer that they were granted before."""

    @property
    def wide_before(self) -> bool:
        """True if the person saw the tickets of all their companies."""
        return State.OPENS_BEFORE in self and State.OWN_BEFORE not in self

    @property
    def wide_after(self) -> bool:
        """True if the person will see the tickets of all their companies."""
        return State.OPENS_AFTER in self and State.OWN_AFTER not in self

    def classes(self) -> Iterator[str]:
        """Yield the classes that the person falls into, of those in `STATE_CLASSES`."""
        before, after = State.OPENS_BEFORE in self, State.OPENS_AFTER in self
        if after and not before:
            yield "gained"
        if before and not after:
            yield "lost"
        if before and self.wide_after and (not self.wide_before or State.MORE in self):
            yield "sees_more"
        if after and self.wide_before and (not self.wide_after or State.LESS in self):
            yield "sees_less"


def in_class(name: str) -> Callable[[State], bool]:
    """Return a test of states for a class."""
    return lambda state: name in state.classes()
