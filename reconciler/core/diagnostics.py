"""What a complaint is: a stable code, a place, the offending line, what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Path = tuple[str | int, ...]
"""Where a value stands in a document: keys and indexes from the root."""


class Severity(StrEnum):
    """How much a diagnostic weighs: only an error stops the work."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a configuration file.

    Attributes:
        file: The path as the user wrote it.
        line: Line number, from 1.
        column: Column number in characters, from 1.
        text: The source line without its line end.
    """

    file: str
    line: int
    column: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One complaint or remark.

    Attributes:
        code: Stable name, a key of `reconciler.core.codes.CODES`.
        severity: Whether it stops the work.
        summary: One line that says what is wrong, with the names involved.
        remedy: What to do about it; empty where nothing can be done.
        address: The managed object it is about, such as `audience/acme`.
        source: Where in the configuration it comes from.
    """

    code: str
    severity: Severity
    summary: str
    remedy: str = ""
    address: str = ""
    source: Source | None = None


def error(code: str, summary: str, *, remedy: str = "", address: str = "", source: Source | None = None) -> Diagnostic:
    """Return a diagnostic that stops the work."""
    return Diagnostic(
        code=code, severity=Severity.ERROR, summary=summary, remedy=remedy, address=address, source=source
    )


def warning(
    code: str, summary: str, *, remedy: str = "", address: str = "", source: Source | None = None
) -> Diagnostic:
    """Return a diagnostic that a reader should know about before going on."""
    return Diagnostic(
        code=code, severity=Severity.WARNING, summary=summary, remedy=remedy, address=address, source=source
    )


def info(code: str, summary: str, *, remedy: str = "", address: str = "", source: Source | None = None) -> Diagnostic:
    """Return a diagnostic for the record: nothing has to be done about it."""
    return Diagnostic(code=code, severity=Severity.INFO, summary=summary, remedy=remedy, address=address, source=source)
