"""Diagnostics: a stable code, a place, the offending line, the problem and the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Path = tuple[str | int, ...]
"""The place of a value in a document: keys and indexes from the root."""


class Severity(StrEnum):
    """The weight of a diagnostic: only an error stops the work."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a configuration file: lines, and columns in characters, from 1."""

    file: str
    line: int
    column: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One error, warning or remark; `remedy` is empty where nothing can be done."""

    code: str
    severity: Severity
    summary: str
    remedy: str = ""
    address: str = ""
    source: Source | None = None


def error(code: str, summary: str, *, remedy: str = "", address: str = "", source: Source | None = None) -> Diagnostic:
    """Make a diagnostic that stops the work."""
    return Diagnostic(
        code=code, severity=Severity.ERROR, summary=summary, remedy=remedy, address=address, source=source
    )


def warning(
    code: str, summary: str, *, remedy: str = "", address: str = "", source: Source | None = None
) -> Diagnostic:
    """Make a diagnostic that a reader should know about before going on."""
    return Diagnostic(
        code=code, severity=Severity.WARNING, summary=summary, remedy=remedy, address=address, source=source
    )


def info(code: str, summary: str, *, remedy: str = "", address: str = "", source: Source | None = None) -> Diagnostic:
    """Make a diagnostic for the record: nothing has to be done about it."""
    return Diagnostic(code=code, severity=Severity.INFO, summary=summary, remedy=remedy, address=address, source=source)
