"""The page: risks first, then people, the homepage, the changes, the parts around them, and next steps."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.plan.effect.prerequisites import HOLDING
from reconciler.render import known
from reconciler.render.html import changes, circumstances, homepage, people, promotion
from reconciler.render.html.elements import Html, code, el, joined
from reconciler.render.markdown import plan as markdown
from reconciler.render.plain import harmless, line
from reconciler.render.risks import drifted_open, labels, risks
from reconciler.render.text import plan as text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.plan import Change, Diagnostic, FailedPlan, PlanDocument
    from reconciler.core.document_types.result import Doubt, DriftDocument
    from reconciler.plan.effect.homepage_preview import RenderedHomepage

_STYLE = Path(__file__).parent / "style.css"
_OUTCOME = {
    "failed": ("bad", "No plan could be made"),
    "blocked": ("bad", "Blocked"),
    "changes": ("open", "Changes"),
    "no_changes": ("good", "No changes"),
}
_PURPOSE = {
    "apply": "Plan",
    "revert": "Plan to revert changes by others",
    "undo": "Plan to undo one apply",
}
_NAMED = 12
"""The most changes named on one line."""


def plan(document: PlanDocument | FailedPlan, drawn: RenderedHomepage | str | None = None) -> str:
    """Render the HTML page of a plan document, failed ones too, with the drawn homepage, or the reason why not."""
    style = _style(document)
    shown = [style] if drawn is None or isinstance(drawn, str) else [style, drawn.style]
    body = _failed(document) if document["outcome"] == "failed" else _whole(document, drawn)
    purpose = "Plan" if document["outcome"] == "failed" else _PURPOSE[document["purpose"]]
    return shell(purpose + _of(document), body, shown)


def drift(document: DriftDocument) -> str:
    """Render the HTML page of a drift document."""
    document = harmless(document)
    count, workspace = len(document["findings"]), document["workspace"]
    title = el("h1", workspace["name"], " ", el("span", f"Help Center {workspace['help_center']}"))
    outcome = {"drift": ("bad", "Drift"), "no_drift": ("good", "No drift"), "look_again": ("bad", "Look again")}
    kind, message = outcome.get(document["outcome"], ("open", "Never applied"))
    badge = el("p", el("span", message, class_=f"badge {kind}"), class_="outcome")
    about = el("p", code(document["configuration"]["file"]), " → ", code(workspace["target"]), class_="about")
    counts = [el("div", el("dt", "Fields changed by others"), el("dd", str(count)))]
    head = el("div", el("div", el("p", "Drift", class_="purpose"), title, about), badge, class_="top")
    opened = drifted_open(document)
    urgent = [el("li", el("p", el("strong", opened)), class_="risk everyone")] if opened else []
    urgent += [_doubt(doubt) for doubt in document.get("doubts", [])]
    urgent += [_diagnostic(diagnostic) for diagnostic in (*document["degraded"], *document["diagnostics"])]
    first = el("section", el("h2", "Look at this first"), el("ul", *urgent, class_="urgent")) if urgent else None
    parts = (first, people.section(document.get("access"), "--drift"), changes.drift(document["findings"]))
    seen = f"{known.seen(document['upstream'])}. " if "upstream" in document else ""
    made = el("footer", el("p", f"{seen}Made by {document['generator']}"))
    whole = joined((el("header", head, el("dl", *counts, class_="counts")), el("main", *parts), made))
    return shell(f"Drift: {workspace['name']}, Help Center {workspace['help_center']}", whole, [_sheet()])


def _doubt(doubt: Doubt) -> Html:
    message = f"{doubt['address']} {doubt['field']} {doubt['doubt']}"
    return el("li", el("p", el("strong", message), f": {doubt['why']}"), class_="risk")


def shell(title: str, body: Html, styles: list[str]) -> str:
    """Render a whole page; the first style is its own, others belong to its content."""
    style, shown = styles[0], styles
    head = el(
        "head",
        el("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_policy(shown)}">'),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", title),
        Html(f"<style>{style}</style>"),
    )
    return f"<!doctype html>\n{el('html', head, el('body', body), lang='en')}\n"


def _policy(styles: list[str]) -> str:
    """Return the page's content security policy: these styles, and nothing else."""
    hashes = (base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles)
    allowed = " ".join(f"'sha256-{hash_}'" for hash_ in hashes)
    return f"default-src 'none'; style-src {allowed}; base-uri 'none'; form-action 'none'"


def _style(document: PlanDocument | FailedPlan) -> str:
    pages = None if document["outcome"] == "failed" else document["pages"]
    tall = f":root {{ --tall: {homepage.height(pages)}px; }}\n" if pages else ""
    return tall + _sheet()


@cache
def _sheet() -> str:
    return _STYLE.read_text(encoding="utf-8")


def _of(document: PlanDocument | FailedPlan) -> str:
    if document["outcome"] == "failed":
        return ""
    return f": {document['workspace']['name']}, Help Center {document['workspace']['help_center']}"


def _failed(document: FailedPlan) -> Html:
    about = [code(text) for text in (document["file"], document["environment"]) if text]
    return joined(
        (
            _header(document, el("h1", "Plan"), el("p", *about, class_="about") if about else None),
            el("main", _urgent(document)),
            el("footer", el("p", f"Made by {document['generator']} at ", el("time", document["created_at"]))),
        )
    )


def _whole(document: PlanDocument, drawn: RenderedHomepage | str | None) -> Html:
    document, given = harmless(document), document
    workspace = document["workspace"]
    about = joined(
        (
            code(document["configuration"]["file"]),
            *((" for ", code(document["environment"])) if document["environment"] else ()),
            " → ",
            code(workspace["target"]),
        )
    )
    title = el("h1", workspace["name"], " ", el("span", f"Help Center {workspace['help_center']}"))
    parts = (
        _urgent(document),
        promotion.section(given.get("promotion"), document["environment"]),
        people.section(document["access"]),
        homepage.section(document.get("pages"), drawn) if document["changes"] else None,
        changes.section(document["changes"]),
        changes.drift(document["drift"]),
        *circumstances.sections(document),
        _remarks(document),
        _next(given),
    )
    return joined((_header(document, title, el("p", about, class_="about")), el("main", *parts), _footer(document)))


def _header(document: PlanDocument | FailedPlan, title: Html, about: Html | None) -> Html:
    kind, outcome = _OUTCOME[document["outcome"]]
    badge = el("p", el("span", outcome, class_=f"badge {kind}"), class_="outcome")
    purpose = el("p", _PURPOSE["apply" if document["outcome"] == "failed" else document["purpose"]], class_="purpose")
    return el("header", el("div", el("div", purpose, title, about), badge, class_="top"), _counts(document))


def _counts(document: PlanDocument | FailedPlan) -> Html | None:
    if document["outcome"] == "failed":
        return None
    counts = [*_counted(document)]
    return el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in counts), class_="counts")


def _counted(document: PlanDocument) -> Iterator[tuple[str, Html | str]]:
    yield "Changes", text.counted(document) or "none"
    if access := document["access"]:
        before, after = access["before"]["count"], access["after"]["count"]
        gained, lost = access["gained"]["count"], access["lost"]["count"]
        by = el("span", f"+{people.number(gained)} −{people.number(lost)}", class_="quiet")
        yield "Can open the portal", joined((f"{people.number(before)} → {people.number(after)} ", by))
    required = [prerequisite for prerequisite in document["prerequisites"] if prerequisite["required"]]
    if required and document["portal"]["enabled"]:
        met = sum(item["status"] in HOLDING for item in required)
        yield "Required settings met", f"{met} of {len(required)}"
    if verdicts := document["expectations"]:
        yield "Expectations that hold", f"{sum(verdict['holds'] for verdict in verdicts)} of {len(verdicts)}"
    if drift := document["drift"]:
        yield "Changed by others", str(len(drift))


def _urgent(document: PlanDocument | FailedPlan) -> Html | None:
    """Render the urgent part: errors, risks to people, warnings."""
    rows = [
        *_diagnostics(document, "error"),
        *promotion.waived(None if document["outcome"] == "failed" else document["promotion"]),
        *(_risk(risk.name, risk.title, risk.people, risk.changes) for risk in risks(document)),
        *_diagnostics(document, "warning"),
    ]
    if not rows:
        return None
    return el(
        "section", el("h2", "Look at this first", id="first"), el("ul", *rows, class_="urgent"), aria_labelledby="first"
    )


def _risk(name: str, title: str, touched: int | None, changes: tuple[Change, ...]) -> Html:
    names = el(
        "ul",
        *(el("li", el("span", item["id"], class_="step"), " ", code(item["address"])) for item in changes[:_NAMED]),
        class_="names",
    )
    more = el("p", f"and {len(changes) - _NAMED} more", class_="quiet") if len(changes) > _NAMED else None
    whom = (
        None
        if touched is None
        else el("span", "1 person" if touched == 1 else f"{people.number(touched)} people", class_="count")
    )
    return el("li", el("p", el("strong", title), " ", whom), names, more, class_=f"risk {name}")


def _diagnostics(document: PlanDocument | FailedPlan, severity: str) -> Iterator[Html]:
    for diagnostic in document["diagnostics"]:
        if diagnostic["severity"] == severity:
            yield _diagnostic(diagnostic)


def _diagnostic(diagnostic: Diagnostic) -> Html:
    head = el(
        "p",
        el("strong", diagnostic["severity"]),
        " ",
        code(diagnostic["code"]),
        " ",
        changes.place(diagnostic["source"]),
    )
    remedy = el("p", diagnostic["remedy"], class_="remedy") if diagnostic["remedy"] else None
    return el("li", head, el("p", diagnostic["summary"]), remedy, class_=diagnostic["severity"])


def _remarks(document: PlanDocument) -> Html | None:
    rows = [*_diagnostics(document, "info")]
    if not rows:
        return None
    heading = el("summary", el("h2", "Remarks"), " ", el("span", str(len(rows)), class_="count"))
    return el("section", el("details", heading, el("ul", *rows, class_="urgent")))


def _next(document: PlanDocument) -> Html:
    heading = el("h2", "How to go on", id="next")
    if document["outcome"] == "blocked":
        named = joined(tuple(part for label in labels(document) for part in (" ", code(label))))
        html = joined(
            (
                el("p", "This plan is blocked. The top of this page says why."),
                el("p", "If you want that, a label on the pull request allows it:", named)
                if named and document["purpose"] == "apply" and not document["promotion"]
                else None,
            )
        )
    elif not document["changes"]:
        html = el("p", "There is nothing to do.")
    else:
        command = markdown.command(document)
        # A command that cannot be shown as it is, is not shown.
        shown = el("pre", command, class_="request") if line(command) == command else None
        html = joined(
            (
                el("p", "A plan that was saved is applied exactly, or refused: ", code("portal apply plan.json"), ".")
                if document["purpose"] == "apply"
                else None,
                el("p", "To make a fresh plan and apply it:") if shown else None,
                shown,
            )
        )
    return el("section", heading, html, aria_labelledby="next")


def _footer(document: PlanDocument) -> Html:
    commit = document["configuration"]["commit"]
    return el(
        "footer",
        el("p", *(("Commit ", code(commit)) if commit else ("No commit",))),
        el("p", "Plan ", code(document["digest"])),
        el("p", f"Made by {document['generator']} at ", el("time", document["created_at"])),
    )
