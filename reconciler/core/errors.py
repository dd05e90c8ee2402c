"""Everything that ends a command early, each with its exit code: 1 where the class names no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.core.diagnostics import Diagnostic


EXIT_CODES = {
    0: "done, or nothing to do",
    1: "error",
    2: "changes are pending (`plan --detailed-exitcode`), or drift (`drift`)",
    3: "blocked: a required setting, a guard, an expectation, a policy",
    4: "stale: somebody else changed the workspace meanwhile",
    5: "applied in part",
    6: "locked: somebody else is applying the same configuration",
    7: "not authenticated, or not allowed",
    8: "waiting for a person: a task is open, or somebody has to look again",
    64: "the command line is wrong",
    130: "interrupted (Ctrl-C)",
    143: "terminated (SIGTERM)",
}
"""What each exit code of the command means."""


class PortalError(Exception):
    """Something a user can understand and act on. Its diagnostics say what."""

    exit_code: ClassVar[int] = 1

    def __init__(self, diagnostics: Diagnostic | Sequence[Diagnostic]) -> None:
        from reconciler.core.diagnostics import Diagnostic

        self.diagnostics: tuple[Diagnostic, ...] = (
            (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        )
        super().__init__("; ".join(diagnostic.summary for diagnostic in self.diagnostics))


class ConfigurationInvalid(PortalError):
    """The configuration cannot be used."""


class WorkspaceUnusable(PortalError):
    """The workspace could not be reached, answered nonsense, or refused."""


class NotFound(WorkspaceUnusable):
    """The workspace does not have what was asked for."""


class OutcomeUnknown(WorkspaceUnusable):
    """A write got no answer, or none that says what became of it: it may have been done."""


class Refused(WorkspaceUnusable):
    """The workspace refused one request for a reason of its own; others may still succeed."""


class LeaseLost(WorkspaceUnusable):
    """The lock under which a write was made has expired, or was broken."""

    exit_code = 6


class NotAllowed(WorkspaceUnusable):
    """The workspace does not know the token, or the token may not do this."""

    exit_code = 7


class Blocked(PortalError):
    """A required setting, a guard or an expectation forbids the plan."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Conflict:
    """One part of a resource that the plan and somebody else changed: its value before, after the plan, and now."""

    address: str
    part: str
    base: Any
    ours: Any
    theirs: Any
    by: str = ""  # the other author, empty where the log does not say
    at: str = ""  # ISO 8601, UTC
    via: str = ""


class Stale(PortalError):
    """Somebody else changed what the plan was made from."""

    exit_code = 4

    def __init__(self, diagnostics: Diagnostic | Sequence[Diagnostic], conflicts: Sequence[Conflict] = ()) -> None:
        super().__init__(diagnostics)
        self.conflicts = tuple(conflicts)


class LookOutdated(Stale):
    """What a write was decided on has moved, or is of another workspace: nothing more may be written on that look."""


class Locked(PortalError):
    """Somebody else is applying this configuration."""

    exit_code = 6


class AppliedInPart(PortalError):
    """Some changes were made before one failed."""

    exit_code = 5


class Waiting(PortalError):
    """A person has to do something at the vendor first."""

    exit_code = 8

    def __init__(self, diagnostics: Diagnostic | Sequence[Diagnostic], task: Mapping[str, Any]) -> None:
        super().__init__(diagnostics)
        self.task = task


class UsageError(PortalError):
    """The command line does not make sense."""

    exit_code = 64
