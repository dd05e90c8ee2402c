"""Approvals: risks permitted by the labels of a pull request, judged by who set them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from reconciler.core.diagnostics import warning
from reconciler.core.wording import listed
from reconciler.plan.checks.guards import LABEL

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.forge.protocol import Forge, Label, PullRequest

ANYONE = "anyone"
"""The value of `guards.approvals` by which the author's own labels count, too."""


@dataclass(frozen=True, slots=True)
class Approvals:
    """The approvals of a pull request: permitted risks, and remarks about labels that do not count."""

    risks: tuple[str, ...]
    remarks: tuple[Diagnostic, ...]


def approvals(forge: Forge, request: PullRequest, known: Collection[str], *, whose: str) -> Approvals:
    """Read the approvals of a pull request by `guards.approvals`; asks for authors only for labels of ours."""
    ours = [label for label in request.labels if label.startswith(LABEL)]
    if not ours:
        return Approvals((), ())
    setters = {label.name: label for label in forge.labels(request)}
    allowed: list[str] = []
    remarks: list[Diagnostic] = []
    for name in ours:
        risk = name.removeprefix(LABEL)
        if risk not in known:
            remarks.append(_unknown(name, known))
        elif why := "" if whose == ANYONE else _not_counted(request, setters.get(name)):
            remarks.append(_of_nobody_else(name, why))
        else:
            allowed.append(risk)
    return Approvals(tuple(text for text in known if text in allowed), tuple(remarks))


def _not_counted(request: PullRequest, label: Label | None) -> str:
    """Return why a label is no approval; empty where it is one."""
    if label is None or not label.by:
        return "nobody knows who set it"
    if label.by == request.author:
        return f"{label.by} set it, who wrote pull request {request.number}"
    return "" if label.person else f"a program set it ({label.by})"


def _of_nobody_else(name: str, why: str) -> Diagnostic:
    remedy = (
        "Have somebody else take the label away and set it again. Where one person may do both, the file says so: "
        "guards.approvals: anyone."
    )
    return warning("label-not-counted", f"the label {name} does not count: {why}", remedy=remedy)


def _unknown(name: str, known: Collection[str]) -> Diagnostic:
    close = get_close_matches(name, [f"{LABEL}{text}" for text in known], n=1, cutoff=0.6)
    meant = f"Did you mean {close[0]}? " if close else ""
    remedy = f"{meant}There are {listed([f'{LABEL}{text}' for text in known], 'and')}."
    return warning("label-unknown", f"the label {name} names no risk", remedy=remedy)
