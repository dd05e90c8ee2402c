"""A plan document as Markdown for a comment on a pull request: risks first, details folded."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING
from urllib.parse import quote

from click import unstyle

from reconciler.core import wording
from reconciler.plan.effect.prerequisites import HOLDING
from reconciler.render import known
from reconciler.render.escape import code, escaped, fence, fitted, folded, length, prose
from reconciler.render.markdown import promotion as markdown_promotion
from reconciler.render.markdown import unblocking
from reconciler.render.plain import harmless, line
from reconciler.render.risks import opened_by_hand, place, risks, sample
from reconciler.render.text import plan as text
from reconciler.render.text import promotion
from reconciler.render.text.values import field_lines, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.core.document_types.plan import Access, Change, ChangedField, FailedPlan, PlanDocument, Source

MOST = 65_536
"""The most characters of a comment on GitHub."""

_SYMBOL = {"create": "➕", "update": "✏️", "delete": "➖"}
_SEVERITY = {"error": "⛔", "warning": "⚠️"}
_OUTCOME = {
    "failed": "⛔ No plan could be made",
    "blocked": "⛔ Blocked",
    "changes": "📝 Changes",
    "no_changes": "✅ No changes",
}
_NAMED = 8
"""The most changes named on one line."""

_MOST_NAME = 300
_MOST_REASON = 600
_MOST_COMMAND = 400
_LEFT_OUT = "{} more left out here; the whole plan is in its document"


def plan(document: PlanDocument | FailedPlan, note: str = "", *, forge: str = "", build: str = "") -> str:
    """Write the Markdown of a plan document, failed ones too: at most `MOST` characters.

    `note` comes first; `forge` is `github`, `gitlab` or empty; `build` is the address of the build.
    """
    mark, *rest = _head(document)
    rest += unblocking.lines(document, forge)
    head, foot = "\n".join((mark, *([note, ""] if note else []), *rest)), "\n".join(_foot(document))
    urgent, rows, details = [*_urgent(document)], [*_rows(document)], [*_details(harmless(document))]
    access = [*_access(harmless(document), build)]
    # The rest is for the headings of the parts.
    room = MOST - len(head) - len(foot) - 400
    if length((*urgent, *access, *rows, *details)) > room:
        # What is urgent, who gets in and the table may each take half of what is left; the details take the rest.
        urgent = fitted(urgent, room // 2, f"- … {_LEFT_OUT}")
        room -= length(urgent)
        access = fitted(access, room // 2, f"\n… {_LEFT_OUT}")
        room -= length(access)
        rows = fitted(rows, room // 2, f"| … | {_LEFT_OUT} | | |")
        details = fitted(details, room - length(rows), f"\n… {_LEFT_OUT}")
    return "\n".join(_assembled(head, foot, urgent=urgent, access=access, rows=rows, details=details)) + "\n"


def marker(file: str | None, environment: str | None) -> str:
    """Return the hidden line that identifies the comment about a file in an environment."""
    named = {"file": file, "environment": environment}
    words = [f"{name}={_quoted(value)}" for name, value in named.items() if value is not None]
    return f"<!-- {' '.join(('portal plan', *words))} -->"


def _quoted(value: str) -> str:
    return quote(value.encode("utf-8", "replace"), safe="/")[:_MOST_NAME].replace("--", "-%2D")


def _assembled(
    head: str, foot: str, *, urgent: list[str], access: list[str], rows: list[str], details: list[str]
) -> Iterator[str]:
    yield head
    if urgent:
        yield from ("", "#### Look at this first", "", *urgent)
    yield from access
    if rows:
        yield from ("", "| | change | what | risks |", "|---|---|---|---|", *rows)
    yield from details
    yield from ("", foot)


def _head(document: PlanDocument | FailedPlan) -> Iterator[str]:
    file = document["file"] if document["outcome"] == "failed" else document["configuration"]["file"]
    yield marker(file, document["environment"])
    environment = f" — {code(document['environment'])}" if document["environment"] else ""
    if document["outcome"] == "failed":
        yield f"### portal plan{environment}"
        yield from ("", f"**{_OUTCOME['failed']}.**")
        return
    workspace = document["workspace"]
    yield f"### portal plan: {code(workspace['name'])}, Help Center {code(workspace['help_center'])}{environment}"
    if opened := opened_by_hand(document):
        yield from ("", f"**⚠️ {prose(opened)}**")
    counts = [f"**{_OUTCOME[document['outcome']]}**", text.counted(document), *_counts(document)]
    if document["promotion"]:
        counts.insert(1, promotion.summary(document["promotion"]))
    yield from ("", " · ".join(count for count in counts if count))


def _counts(document: PlanDocument) -> Iterator[str]:
    if access := document["access"]:
        before, after, people = access["before"]["count"], access["after"]["count"], access["people"]
        gained, lost = access["gained"]["count"], access["lost"]["count"]
        yield f"can open the portal: {before:,} → {after:,} of {people:,} people (+{gained:,} −{lost:,})"
    required = [prerequisite for prerequisite in document["prerequisites"] if prerequisite["required"]]
    if required and document["portal"]["enabled"]:
        met = sum(item["status"] in HOLDING for item in required)
        yield f"required settings: {met} of {len(required)}"
    if (upstream := document.get("upstream")) is not None:
        yield f"as far as can be seen: {known.seen(upstream)}"
        yield next(known.people(upstream))
    if verdicts := document["expectations"]:
        yield f"expectations: {sum(verdict['holds'] for verdict in verdicts)} of {len(verdicts)}"


def _urgent(document: PlanDocument | FailedPlan) -> Iterator[str]:
    yield from _diagnostics(document, "error")
    if document["outcome"] != "failed" and (part := document["promotion"]):
        yield from promotion.waived(part)
    for risk in risks(document):
        names = ", ".join(f"{code(change['id'])} {code(change['address'])}" for change in risk.changes[:_NAMED])
        more = f" and {len(risk.changes) - _NAMED} more" if len(risk.changes) > _NAMED else ""
        people = "" if risk.people is None else f" ({wording.people(risk.people)})"
        yield f"- ❗ **{risk.title}**{people}: {names}{more}"
    yield from _diagnostics(document, "warning")


def _diagnostics(document: PlanDocument | FailedPlan, severity: str) -> Iterator[str]:
    for diagnostic in document["diagnostics"]:
        if diagnostic["severity"] == severity:
            source = diagnostic["source"]
            where = f" at {code(_spot(source), _MOST_NAME)}" if source else ""
            remedy = f" → {prose(diagnostic['remedy'])}" if diagnostic["remedy"] else ""
            named = f"**{severity}** {code(diagnostic['code'])}{where}"
            yield f"- {_SEVERITY[severity]} {named}: {prose(diagnostic['summary'])}{remedy}"


def _spot(source: Source) -> str:
    return f"{source['file']}:{source['line']}"


def _rows(document: PlanDocument | FailedPlan) -> Iterator[str]:
    return map(_row, document["changes"])


def _row(change: Change) -> str:
    fields = [_cell(field) for field in change["fields"][:_NAMED]]
    if len(change["fields"]) > _NAMED:
        fields.append(f"and {len(change['fields']) - _NAMED} more")
    risks = ", ".join(escaped(risk.replace("_", " ")) for risk in change["risks"] if risk != "none")
    what = "<br>".join(fields) or escaped(change["action"])
    return f"| {code(change['id'])} {_SYMBOL[change['action']]} | {code(change['address'])} | {what} | {risks} |"


def _cell(field: ChangedField) -> str:
    name = code(field["field"])
    if any(isinstance(field.get(side), (list, dict)) for side in ("before", "after")):
        return f"{name} changes: see its lines"
    before, after = (code(shown(field[side])) if side in field else None for side in ("before", "after"))
    return f"{name}: {' → '.join(value for value in (before, after) if value)}"


_DECIDING = ("audience", "ticket_visibility")


def _decides(change: Change) -> bool:
    return change["address"].partition("/")[0] in _DECIDING


def _access(document: PlanDocument | FailedPlan, build: str) -> Iterator[str]:
    """Yield the parts never folded: changes of rules, and companies whose tickets become visible."""
    if document["outcome"] == "failed":
        return
    for change in filter(_decides, document["changes"]):
        lines = (part for field in change["fields"] for part in field_lines(field))
        yield from (
            "",
            f"**{escaped(change['title'])}** {code(change['address'])}",
            "",
            fence([*_marked(lines)], "diff"),
        )
    if (access := document["access"]) is not None and (samples := [*_samples(access)]):
        yield "\n" + "\n".join(samples)
    yield from _making(document, build)


def _making(document: PlanDocument, build: str) -> Iterator[str]:
    """Yield the way of each change. Boxes are no evidence: whoever may write may tick them."""
    link = f" · [planned by this build]({build})" if build else ""
    for title, texts in known.making(document["changes"]):
        box = "" if title == known.MACHINE else "[ ] "
        yield f"\n**{title}**{link}\n\n" + "\n".join(f"- {box}{prose(text)}" for text in texts)
        if box and title == known.PERSON:
            yield "\nA box is no evidence: `portal tasks` says what is open, `portal task done` confirms it."


def _samples(access: Access) -> Iterator[str]:
    for name, title in (
        ("gained", "Gain access"),
        ("lost", "Lose access"),
        ("companies_gained", "Companies whose tickets become visible"),
        ("companies_lost", "Companies whose tickets are no longer visible"),
    ):
        group = sample(access, name)
        if group["count"]:
            names = ", ".join(code(text) for text in group["sample"])
            rest = group["count"] - len(group["sample"])
            more = f" and {rest:,} more" if rest else ""
            yield f"- **{title}:** {group['count']:,} ({names}{more})"


def _details(document: PlanDocument | FailedPlan) -> Iterator[str]:
    if document["outcome"] == "failed":
        return
    if document["promotion"]:
        title = "Promotion: conditions, and every field in both environments"
        yield folded(title, markdown_promotion.markdown(document["promotion"], document["environment"]))
    for change in document["changes"]:
        if _decides(change):
            continue
        title = f"{code(change['id'])} {escaped(change['title'])} {code(change['address'])}"
        source = place(change)
        where = f" at {code(_spot(source), _MOST_NAME)}" if source else ""
        reason = f": only {code(change['reason'], _MOST_REASON)}" if change["reason"] else ""
        lines = (part for field in change["fields"] for part in field_lines(field))
        yield folded(f"{title}{where}{reason}", fence([*_marked(lines)], "diff"))
    for title, details in (
        ("Changed by somebody else since the last apply", [*text.drift_lines(document["drift"])][2:]),
        ("Required settings, access, expectations", [*text.circumstances(document)][1:]),
    ):
        if details:
            yield folded(title, fence([*_marked(details)], "diff"))


def _marked(lines: Iterable[str]) -> Iterator[str]:
    """Move the marks of added and removed lines to their beginning, as in a difference."""
    for name in map(unstyle, lines):
        bare = name.lstrip(" ")
        mark = bare[0] if bare.startswith(("+ ", "- ")) else " "
        yield name if mark == " " else f"{mark}{name[: len(name) - len(bare)]}{bare[1:]}"


def _foot(document: PlanDocument | FailedPlan) -> Iterator[str]:
    made = f"made by {code(document['generator'])} at {code(document['created_at'])}"
    yield "---"
    if document["outcome"] == "failed":
        yield made
        return
    commit = document["configuration"]["commit"]
    parts = [f"commit {code(commit)}" if commit else "no commit", f"plan {code(document['digest'])}"]
    yield " · ".join((*parts, made))
    if document["outcome"] == "blocked":
        yield from ("", "This plan is blocked. The lines marked ⛔ above say why.")
    elif document["changes"]:
        message = command(document)
        if len(message) <= _MOST_COMMAND and line(message) == message:
            yield from ("", "To apply it:", "", fence([message], "sh"))


def command(document: PlanDocument) -> str:
    """Return the command that makes and applies a fresh plan."""
    if part := document["promotion"]:
        return shlex.join(promotion.command(document, part))
    verbs = {"apply": ["apply"], "revert": ["drift", "--revert"], "undo": ["undo", document["undoes"] or ""]}
    words = ["portal", *verbs[document["purpose"]], "--file", document["configuration"]["file"]]
    target = document["workspace"]["target"]
    if document["environment"]:
        words += ["--env", document["environment"]]
    elif target.startswith(("https://", "http://")):
        words += ["--workspace", target]
    allowed = sorted({guard["risk"] for guard in document["guards"] if guard["allowed"] and not guard["holds"]})
    for risk in allowed:
        words += ["--allow", risk]
    return shlex.join(words)
