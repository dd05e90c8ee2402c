"""What can go wrong, in the one shape that every answer uses.

WorkspaceError          for whoever starts the workspace: one line, and what to do
└── DatabaseUnavailable the database cannot be opened or used
ApiError                for whoever calls it: a status and one or more `Problem`s
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class WorkspaceError(Exception):
    """The workspace cannot be started or changed as asked.

    Attributes:
        summary: One line that says what is wrong; never holds a secret.
        remedy: What to do about it; may be empty.
    """

    def __init__(self, summary: str, remedy: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.remedy = remedy


class DatabaseUnavailable(WorkspaceError):
    """The database cannot be opened or used."""


class CommitUnknown(DatabaseUnavailable):
    """The database failed as a write was to be kept: it may be kept or not, and nobody can tell."""

    def __init__(self) -> None:
        super().__init__("the database failed as this was to be kept; it is not known whether it was")


class DatabaseDamaged(DatabaseUnavailable):
    """What the database keeps is no text, or no JSON, although it was when it was written."""

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
    """One complaint in an error answer.

    Attributes:
        code: Stable name, one of those in the description of the admin API.
        message: What is wrong, for people.
        field: What it is about: a path in the body, a header, a required setting.
        data: More for programs, where the code promises it.
    """

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
    """A request that is refused; nothing was changed.

    Attributes:
        status: The HTTP status.
        problems: Why, at least one.
        headers: Headers that the answer must carry beside the usual ones.
    """

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
