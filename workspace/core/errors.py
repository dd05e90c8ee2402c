"""Errors, in the one shape of every answer.

WorkspaceError          for the operator: one line, and a remedy
└── DatabaseUnavailable the database cannot be opened or used
ApiError                for the caller: a status and one or more `Problem`s
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class WorkspaceError(Exception):
    """The workspace cannot be started or changed: one line without secrets, and a remedy, which may be empty."""

    def __init__(self, summary: str, remedy: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.remedy = remedy


class DatabaseUnavailable(WorkspaceError):
    """The database cannot be opened or used."""


class CommitUnknown(DatabaseUnavailable):
    """The database failed during a commit: the write may be kept or not, and nobody can tell."""

    def __init__(self) -> None:
        super().__init__("the database failed as this was to be kept; it is not known whether it was")


class DatabaseDamaged(DatabaseUnavailable):
    """Stored text or JSON is no longer valid: the database is damaged."""

    def __init__(self) -> None:
        super().__init__("the database is damaged", "Put back a copy that is whole: see Back up and restore.")


class SchemaMoved(DatabaseUnavailable):
    """The database has the tables of another version than this program: it must not write to them."""

    def __init__(self) -> None:
        super().__init__(
            "the database was changed for another version of the workspace", "Restart this process with that version."
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint: a stable `code`, and its subject, `field`: a path in the body, a header, a required setting."""

    code: str
    message: str
    field: str | None = None
    data: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """Return the problem as it stands in an answer."""
        document: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field is not None:
            document["field"] = self.field
        if self.data is not None:
            document["data"] = dict(self.data)
        return document


class ApiError(Exception):
    """A refused request; nothing was changed. It has a status, at least one problem, and additional headers."""

    def __init__(
        self, status: int, problems: Problem | Sequence[Problem], headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.headers = dict(headers or {})
        super().__init__("; ".join(problem.message for problem in self.problems))


def not_found(message: str = "Resource Not Found") -> ApiError:
    """Return the answer for something that does not exist."""
    return ApiError(404, Problem("not_found", message))


def invalid_parameter(message: str, field: str | None = None) -> ApiError:
    """Return the answer for a request that is not of the described form."""
    return ApiError(400, Problem("parameter_invalid", message, field))


def invalid_value(message: str, field: str | None = None) -> ApiError:
    """Return the answer for a value of the right type that may not be set."""
    return ApiError(422, Problem("value_invalid", message, field))
