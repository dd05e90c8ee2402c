"""Apply a plan, check the outcome, and build the result document with its exit code."""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from reconciler.apply import document as apply_document
from reconciler.apply import executor as apply
from reconciler.apply import postcheck, recheck, waiting
from reconciler.apply import saved_plan as saved
from reconciler.apply.lock import LockRequest
from reconciler.core.diagnostics import error, warning
from reconciler.core.errors import PortalError, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.apply.executor import Event, Result
    from reconciler.apply.postcheck import PostApplyState
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.core.document_types.result import ApplyDocument
    from reconciler.kinds.state import State
    from reconciler.plan.document.executable import ExecutablePlan
    from reconciler.target.protocol import Target


class Stop(Protocol):
    """A stop signal with an exit code."""

    def __call__(self) -> bool:
        """Tell whether to stop."""

    @property
    def exit_code(self) -> int:
        """The exit code after a stop."""


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """Options of an apply: times in seconds; `saved` plans are checked against the current state."""

    lock_ttl: int
    lock_wait: int
    saved: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """The result document of an apply, with the exit code of the command."""

    document: ApplyDocument
    exit_code: int


def apply_plan(
    plan: ExecutablePlan, target: Target, options: ApplyOptions, stop: Stop, on_event: Callable[[Event], None]
) -> ApplyReport:
    """Apply a plan that is not blocked and report the outcome; `tell` receives every event."""
    resumed = waiting.resumed(plan, target)
    if resumed is not None:
        plan = resumed.plan
    return report(plan, target, execute(plan, target, options, stop, on_event, resumed=resumed), stop)


def execute(
    plan: ExecutablePlan,
    target: Target,
    options: ApplyOptions,
    stop: Stop,
    on_event: Callable[[Event], None],
    *,
    resumed: waiting.Resumed | None = None,
    together: bool | None = None,
) -> Result:
    """Apply a plan and return the result; see `executor.run`."""

    def check(state: State) -> Sequence[Diagnostic]:
        if options.saved and resumed is None:
            saved.refuse_outdated(plan, target, state)
        return recheck.check(plan, target)

    target.since(plan.document["workspace"].get("moment", ""))
    plan = replace(plan, message=options.message)
    request = lock_request(plan, options)
    return apply.run(plan, target, on_event, request, check=check, should_stop=stop, resumed=resumed, together=together)


def report(plan: ExecutablePlan, target: Target, result: Result, stop: Stop) -> ApplyReport:
    """Check the outcome of an apply and build its report; `stop` has the exit code of an interruption."""
    looked, unasked = _look(plan, target, result, stop)
    document = apply_document.applied(plan.document, result, looked)
    return ApplyReport(document, unasked or _exit_code(result, document, stop.exit_code))


def protected(name: str | None, remedy: str) -> Diagnostic:
    """Report an environment that takes saved plans only."""
    summary = f"the environment {name} is protected: only a saved plan may be applied to it"
    return error("environment-protected", summary, remedy=remedy)


def _look(plan: ExecutablePlan, target: Target, result: Result, stop: Stop) -> tuple[PostApplyState | None, int]:
    """Post-check a complete apply; where it cannot be asked for, remark on it and return the exit code."""
    if result.failures or result.interrupted or result.task is not None:
        return None, 0
    try:
        return postcheck.check(plan, target), 0
    except PortalError as unasked:
        result.remarks += unasked.diagnostics
        return None, unasked.exit_code
    except KeyboardInterrupt:
        summary = "all changes were made, but the outcome was not checked: the command was interrupted"
        result.remarks += (warning("interrupted", summary, remedy="portal plan shows the current state."),)
        return None, stop.exit_code


def _exit_code(result: Result, document: Mapping[str, Any], interrupted: int) -> int:
    if result.interrupted:
        return interrupted
    if result.failure is not None:
        return 5 if document["outcome"] == "applied_in_part" else result.failure.exit_code
    if result.task is not None:
        return Waiting.exit_code
    codes = {diagnostic["code"] for diagnostic in document["diagnostics"]}
    return next((code for name, code in _LATE.items() if name in codes), 0)


_LATE = {"expectation-broken": 3, "not-converged": 4}
"""Findings after a complete apply, with the exit code of each."""


def lock_request(plan: ExecutablePlan, options: ApplyOptions) -> LockRequest:
    """Build the lock request of a plan."""
    configuration = plan.document["configuration"]
    purpose = {"apply": "applies", "undo": f"undoes {plan.document['undoes']} of", "revert": "reverts drift of"}
    reason = f"{purpose[plan.document['purpose']]} {configuration['file']}"
    if promotion := plan.document["promotion"]:
        reason = f"promotes {promotion['receipt']} of {promotion['from']['environment']}"
    if configuration["commit"]:
        reason += f" at commit {configuration['commit']}"
    return LockRequest(holder(), reason[:500], options.lock_ttl, options.lock_wait)


def holder() -> str:
    """Name the holder of the lock and the author of the receipt."""
    known = (os.environ.get(name) for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN"))
    try:
        user = next((name for name in known if name), None) or getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"[:200]
