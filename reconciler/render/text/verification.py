"""A verification's document: the people and the findings."""

from __future__ import annotations

from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING

from click import style

from reconciler.render.plain import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.result import Check, VerifyDocument

_CHECKED = {"passed": style("✓", fg="green"), "failed": style("✗", fg="red"), "skipped": style("–", dim=True)}
_KNOWN = {"evaluated": "evaluated: what the workspace says", "observed": "observed: what its pages show"}
_WIDTH = 100


def text(document: VerifyDocument) -> str:
    """Render a verification."""
    return "\n".join(_lines(harmless(document))) + "\n"


def _lines(document: VerifyDocument) -> Iterator[str]:
    for person, checks in groupby(document["checks"], key=lambda check: check["person"]):
        yield style(person or "Nobody signed in", bold=True)
        for known, group in groupby(checks, key=lambda check: check["known"]):
            yield style(f"  {_KNOWN[known]}", dim=True)
            for check in group:
                yield from _check(check)
        yield ""
    yield _summary(document)


def _check(check: Check) -> Iterator[str]:
    step = check["step"].replace("_", " ")
    first, *rest = wrap(check["said"], _WIDTH, break_long_words=False, break_on_hyphens=False)
    yield f"  {_CHECKED[check['outcome']]} {step:<10} {first}"
    yield from (f"{'':<15}{line}" for line in rest)


def _summary(document: VerifyDocument) -> str:
    counts = document["counts"]
    people = len({check["person"] for check in document["checks"] if check["person"]})
    observed = sum(check["known"] == "observed" and check["outcome"] != "skipped" for check in document["checks"])
    failed = f"{counts['failed']} failed"
    return (
        f"Verified {people} {'person' if people == 1 else 'people'}: {counts['passed']} passed, "
        + (style(failed, fg="red", bold=True) if counts["failed"] else failed)
        + (f", {counts['skipped']} skipped" if counts["skipped"] else "")
        + (f". {observed} were observed end to end." if observed else ". Nothing was observed end to end.")
    )
