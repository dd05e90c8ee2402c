"""Shared parts of reading a seed: ids, moments, references, and complaints with their places."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from workspace.serve.seed.file import At, Document

_Thing = TypeVar("_Thing")
Row = dict[str, Any]

EPOCH = 1_672_531_200
"""When things came into being of which a seed does not say: the first second of 2023."""


def made_id(kind: str, name: str) -> str:
    """Return the id for a seed's `name`: 24 hexadecimal digits, always the same."""
    return blake2b(f"{kind}\0{name}".encode(), digest_size=12).hexdigest()


class Reading:
    """A seed in the course of reading, with the problems so far."""

    def __init__(self, document: Document) -> None:
        self.values = document.values
        self.problems: list[str] = []
        self._document = document

    def wrong(self, at: At, what: str) -> None:
        """Record a problem of the value at a path."""
        self.problems.append(self._document.complaint(at, what))

    def once(self, known: Container[object], name: object, at: At, what: str) -> None:
        """Record a problem if the name is known already."""
        if name in known:
            self.wrong(at, f"the {what} {name} is there twice")

    def look_up(self, known: Mapping[str, _Thing], name: str, at: At, what: str) -> _Thing | None:
        """Return the thing of this name, or None, with a recorded problem."""
        if name not in known:
            self.wrong(at, f"there is no {what} {name}")
        return known.get(name)

    def moment(self, row: Row, name: str, at: At, otherwise: int) -> int:
        """Return the moment of a field, in seconds since 1970, or the default."""
        seconds = self.maybe_moment(row, name, at)
        return otherwise if seconds is None else seconds

    def maybe_moment(self, row: Row, name: str, at: At) -> int | None:
        """Return the moment of a field, or None if it is missing."""
        return self.seconds(row[name], (*at, name)) if name in row else None

    def seconds(self, text: str, at: At) -> int | None:
        """Return a moment in seconds since 1970, or None, with a recorded problem, for another text."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.wrong(at, f"{text} is no day and no moment, such as 2026-01-31 or 2026-01-31T09:30:00Z")
            return None
        return int(moment.replace(tzinfo=UTC).timestamp())
