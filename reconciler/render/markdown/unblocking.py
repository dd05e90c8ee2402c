"""A reviewer's steps to unblock a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.escape import code
from reconciler.render.risks import guarded, labels, unsolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.plan import FailedPlan, PlanDocument

_AGAIN = {"gitlab": ", and runs its pipeline again", "": ", and it is planned again"}


def lines(document: PlanDocument | FailedPlan, forge: str) -> Iterator[str]:
    """Yield the steps on a forge, `github` or `gitlab` where known; nothing where nothing blocks the plan."""
    if document["outcome"] not in ("blocked", "failed"):
        return
    advice = [] if document["outcome"] == "failed" else [*_allowing(document, forge)]
    if others := unsolved(document):
        which = "the error" if others == 1 else f"the {others} errors"
        more = f" that no {'label' if advice else 'permission'} helps against" if advice else ""
        advice.append(f"{'Then s' if advice else 's'}olve {which}{more}, marked ⛔ below.")
    if advice:
        yield from ("", f"**To let it through:** {' '.join(advice)}")


def _allowing(document: PlanDocument, forge: str) -> Iterator[str]:
    if not (risks := guarded(document)):
        return
    if document["purpose"] != "apply" or document["promotion"]:
        # No pull request leads to these.
        yield f"if you want that, plan it again with {' '.join(code(f'--allow {risk}') for risk in risks)}."
        return
    who = "somebody" if document.get("approvals") == "anyone" else "somebody other than its author"
    named = labels(document)
    what = f"the label {code(named[0])}" if len(named) == 1 else f"the labels {' and '.join(map(code, named))}"
    where = "merge request" if forge == "gitlab" else "pull request"
    yield f"if you want that, {who} adds {what} to this {where}{_AGAIN.get(forge, _AGAIN[''])}."
