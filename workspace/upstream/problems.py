"""Complaints about a vendor, in the one shape of every answer. The status is one that no client repeats by itself."""

from __future__ import annotations

from workspace.core.errors import ApiError, Problem

FAILED = 424
"""Failed Dependency: the vendor is at fault, or its token; this workspace is well and has changed nothing."""


class UpstreamError(ApiError):
    """A call of the vendor without a usable answer, with a stable code and a remedy."""

    def __init__(self, code: str, message: str, remedy: str, *, status: int = FAILED) -> None:
        super().__init__(status, Problem(code, message, data={"remedy": remedy}))
        self.code, self.remedy = code, remedy


class NotFoundUpstream(UpstreamError):
    """Something unknown to the vendor; `reason` is the vendor's own code, if given."""

    def __init__(self, code: str, message: str, remedy: str, *, reason: str = "") -> None:
        super().__init__(code, message, remedy)
        self.reason = reason


class GoneUpstream(NotFoundUpstream):
    """A person merged into another; `into` is the path of that one, if given."""

    def __init__(self, message: str, into: str | None) -> None:
        super().__init__("upstream_gone", message, "Refresh the mirror: portal mirror refresh.")
        self.into = into


class Uncertain(UpstreamError):
    """A write that may have been made."""


def conflict(message: str) -> ApiError:
    """Return the refusal of a write whose field has changed at the vendor meanwhile."""
    return ApiError(412, Problem("upstream_conflict", message))
