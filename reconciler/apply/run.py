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
    """Tells whether to stop, and with what to exit then."""

    def __call__(self) -> bool:
        """Tell whether to stop."""

    @property
    def exit_code(self) -> int:
        """With what to exit after having stopped."""


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How mandates are fulfilled.

    Attributes:
        lock_ttl: Seconds until the lock ends by itself.
        lock_wait: Seconds to wait for the lock.
        saved: Whether the plans were made earlier, so that they have to be held against what is now.
        message: Why, for the receipts; empty for nothing.
    """

    lock_ttl: int
    lock_wait: int
    saved: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """What came of an executable plan.

    Attributes:
        document: It, as the document of an apply.
        exit_code: What the command ends with.
    """

    document: ApplyDocument
    exit_code: int


def apply_plan(
    plan: ExecutablePlan, target: Target, options: ApplyOptions, stop: Stop, tell: Callable[[Event], None]
) -> ApplyReport:
    """Do what an executable plan says, and look at what came of it.

    Args:
        plan: What to do; the plan must not be blocked.
        stop: Tells whether to stop before the next change.
        tell: Is told of every event as it happens.
    """
    resumed = waiting.resumed(plan, target)
    if resumed is not None:
        plan = resumed.plan
    return report(plan, target, execute(plan, target, options, stop, tell, resumed=resumed), stop)


def execute(
    plan: ExecutablePlan,
    target: Target,
    options: ApplyOptions,
    stop: Stop,
    tell: Callable[[Event], None],
    *,
    resumed: waiting.Resumed | None = None,
) -> Result:
    """Do what an executable plan says, and return what became of it; see `run`."""

    def check(state: State) -> Sequence[Diagnostic]:
        if options.saved and resumed is None:
            saved.check(plan, target, state)
        return recheck.check(plan, target)

    target.since(plan.document["workspace"].get("moment", ""))
    plan = replace(plan, message=options.message)
    return apply.run(plan, target, tell, terms(plan, options), check=check, stop=stop, resumed=resumed)


def report(plan: ExecutablePlan, target: Target, result: Result, stop: Stop) -> ApplyReport:
    """Look at what came of an executable plan, and tell it.

    Args:
        plan: What was to be done.
        stop: Tells with what to exit where somebody interrupts it.
    """
    looked, unasked = _look(plan, target, result, stop)
    document = apply_document.applied(plan.document, result, looked)
    return ApplyReport(document, unasked or _exit_code(result, document, stop.exit_code))


def protected(name: str | None, remedy: str) -> Diagnostic:
    """Return the complaint that an environment takes saved plans only."""
    summary = f"the environment {name} is protected: only a saved plan may be applied to it"
    return error("environment-protected", summary, remedy=remedy)


def _look(plan: ExecutablePlan, target: Target, result: Result, stop: Stop) -> tuple[PostApplyState | None, int]:
    """Return how things stand after an apply that did all of it; and where that could not be asked, the exit code.

    What was done has to be told in either case.
    """
    if result.failures or result.interrupted or result.task is not None:
        return None, 0
    try:
        return postcheck.check(plan, target), 0
    except PortalError as unasked:
        result.remarks += unasked.diagnostics
        return None, unasked.exit_code
    except KeyboardInterrupt:
        summary = "all of it was done, but whether it holds was not asked: the command was interrupted"
        result.remarks += (warning("interrupted", summary, remedy="portal plan shows how things stand."),)
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
"""What may be found when all changes were made, and what the command ends with then."""


def terms(plan: ExecutablePlan, options: ApplyOptions) -> LockRequest:
    """Return how the lock for an executable plan is asked for."""
    configuration = plan.document["configuration"]
    purpose = {"apply": "applies", "undo": f"undoes {plan.document['undoes']} of", "revert": "reverts drift of"}
    reason = f"{purpose[plan.document['purpose']]} {configuration['file']}"
    if promotion := plan.document["promotion"]:
        reason = f"promotes {promotion['receipt']} of {promotion['from']['environment']}"
    if configuration["commit"]:
        reason += f" at commit {configuration['commit']}"
    return LockRequest(holder(), reason[:500], options.lock_ttl, options.lock_wait)


def holder() -> str:
    """Return who runs this, for whoever finds the lock or reads the receipt."""
    known = (os.environ.get(name) for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN"))
    try:
        user = next((name for name in known if name), None) or getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"[:200]
