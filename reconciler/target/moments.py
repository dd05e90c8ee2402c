"""Moments of a workspace, in the order of its answers."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.core.diagnostics import error
from reconciler.core.errors import LookOutdated

HEADER = "Portal-Moment"


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a workspace: the lineage of its database, its revision, and the workspace's text for it."""

    lineage: str
    revision: int
    text: str


def parse(text: str | None) -> Moment | None:
    """Parse the moment of an answer; `None` where there is none that can be read."""
    lineage, slash, rest = (text or "").partition("/")
    revision, dash, _ = rest.partition("-")
    if not (slash and dash and revision.isascii() and revision.isdecimal()):
        return None
    return Moment(lineage, int(revision), text or "")


def refuse_backwards(workspace: str, known: Moment, moment: Moment) -> None:
    """Refuse an answer from another workspace, or from before the moment known at the request; raise LookOutdated."""
    if moment.lineage != known.lineage:
        raise another(workspace)
    if moment.revision < known.revision:
        raise behind(workspace, known.revision, moment.revision)


def another(workspace: str) -> LookOutdated:
    """Build the error for an address that leads to another workspace than before."""
    return LookOutdated(
        error(
            "workspace-another",
            f"{workspace} is another workspace than before, although its name may be the same",
            remedy="Check the address and the workspace behind it, or make a plan for this one.",
        )
    )


def behind(workspace: str, known: int = 0, revision: int | None = None) -> LookOutdated:
    """Build the error for an answer from before the known moment."""
    numbers = f": it answered with revision {revision} after revision {known}" if revision is not None else ""
    return LookOutdated(
        error(
            "workspace-went-back",
            f"{workspace} answers with what it was earlier{numbers}",
            remedy="A cache or a lagging replica answered, or the workspace was restored from a backup. "
            "Bypass the cache, then run portal plan again.",
        )
    )


def restored(workspace: str) -> LookOutdated:
    """Build the error for a workspace that was restored from a copy in between."""
    return LookOutdated(
        error(
            "workspace-restored",
            f"{workspace} was restored from a backup after it was looked at: its history is another one now",
            remedy="Run portal plan again and review the new plan.",
        )
    )
