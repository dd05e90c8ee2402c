"""Chat messages about blocked plans, applies and drift. In Slack's marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import unstyle

from reconciler.core.wording import people
from reconciler.render.plain import harmless, short
from reconciler.render.risks import drifted_open, opened_by_hand
from reconciler.render.text import fleet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MOST = 300
_SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "~": "∼", "`": "ˋ"}
"""The signs with a meaning in a message, and their replacements."""
_MOST_LINES = 5
_HEADS = {
    "applied": "✅ *Applied*",
    "applied_in_part": "🟥 *Applied in part*",
    "failed": "🟥 *Not applied*",
    "interrupted": "🟥 *Interrupted*",
    "waiting": "✋ *Waiting for a person*",
    "blocked": "⛔ *Blocked*",
}


def message(document: Mapping[str, Any]) -> str:
    """Write the message about a plan, an apply or drift, its values escaped; empty where there is nothing to report."""
    about = {"plan": _blocked, "apply": _applied, "drift": _drifted, "fleet": _of_fleet}[document["kind"]]
    lines = about(harmless(document))
    return "\n".join(lines)


def _blocked(document: Mapping[str, Any]) -> Iterator[str]:
    if document["outcome"] == "blocked":
        yield f"{_HEADS['blocked']}: the plan for {_where(document)}"
        if opened := opened_by_hand(document):  # type: ignore[arg-type]  # a plan's document
            yield f"❗ {_value(opened)}"
        yield from _errors(document["diagnostics"])


def _applied(document: Mapping[str, Any]) -> Iterator[str]:
    plan, outcome = document["plan"], document["outcome"]
    if outcome not in _HEADS:
        return
    made = [change["title"] for change in document["changes"] if change["outcome"] == "applied"]
    receipt = f", receipt {document['receipt']}" if document["receipt"] else ""
    yield f"{_HEADS[outcome]}: {len(made)} of {len(document['changes'])} changes to {_where(plan)}{receipt}"
    if made:
        yield f"• {_value(', '.join(dict.fromkeys(made)))}"
    if (access := plan["access"]) and made:
        gained, lost = access["gained"]["count"], access["lost"]["count"]
        yield f"• {people(access['after']['count'])} can open the portal (+{gained:,} −{lost:,})"
    yield from _errors(document["diagnostics"])


def _drifted(document: Mapping[str, Any]) -> Iterator[str]:
    findings = document["findings"]
    if document["outcome"] == "look_again":
        yield f"👀 *Look again*: somebody's word about {_where(document)} has ended, or something speaks against it"
    if document["outcome"] != "drift":
        return
    yield f"🔎 *Drift* in {_where(document)}: {len(findings)} changed by somebody else"
    if opened := drifted_open(document):  # type: ignore[arg-type]  # a drift document
        yield f"❗ {_value(opened)}"
    for finding in findings[:_MOST_LINES]:
        by = f", {finding['by']['by']} at {finding['by']['at']}" if finding["by"] else ""
        yield f"• {_value(finding['address'] + ' ' + finding['field'] + by)}"
    if len(findings) > _MOST_LINES:
        yield f"• and {len(findings) - _MOST_LINES} more"
    yield from _errors(document["degraded"])


_NO_NEWS = ("no_changes", "changes", "no_drift", "never_applied", "nothing_to_do", "declined")


def _of_fleet(document: Mapping[str, Any]) -> Iterator[str]:
    news = [portal for portal in document["portals"] if portal["outcome"] not in _NO_NEWS]
    if not news:
        return
    verb = document["verb"]
    yield f"*portal {verb}*: {_value(unstyle(fleet.summary(document)))}"  # type: ignore[arg-type]  # a fleet's document
    for portal in news[:_MOST_LINES]:
        name = portal["name"] or f"{portal['file']}:{portal['line']}"
        yield f"• {_value(name)}: {fleet.outcome_words(verb, portal['outcome'])}"
    if len(news) > _MOST_LINES:
        yield f"• and {len(news) - _MOST_LINES:,} more"


def _where(document: Mapping[str, Any]) -> str:
    workspace, environment = document["workspace"], document["environment"]
    name = f"{workspace['name']}, Help Center {workspace['help_center']}"
    return _value(f"{name} ({environment})" if environment else name)


def _errors(diagnostics: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    errors = [diagnostic for diagnostic in diagnostics if diagnostic["severity"] == "error"]
    yield from (f"• {_value(error['summary'])}" for error in errors[:_MOST_LINES])
    if len(errors) > _MOST_LINES:
        yield f"• and {len(errors) - _MOST_LINES} more"


def _value(text: str) -> str:
    """Remove Slack's mentions, links and marks from a text."""
    return "".join(_SIGNS.get(name, name) for name in short(text, _MOST))
