"""The parts around the changes: required settings, expectations, guards, simulation, ignore rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.plan.effect.prerequisites import HOLDING
from reconciler.render import known
from reconciler.render.html.changes import WORDS, place
from reconciler.render.html.checks import check
from reconciler.render.html.elements import Html, code, el, joined
from reconciler.render.html.people import number
from reconciler.render.text import plan as text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.plan import Expectation, Guard, IgnoreRule, PlanDocument, Prerequisite

_STATUS = {
    "met": ("good", "met"),
    "met_by_plan": ("good", "met by this plan"),
    "met_by_fleet": ("good", "met by another configuration of this fleet"),
    "unmet": ("bad", "not met"),
    "broken_by_plan": ("bad", "broken by this plan"),
    "broken_by_fleet": ("bad", "broken by another configuration of this fleet"),
    "unknown": ("open", "not known"),
}


def sections(document: PlanDocument) -> Iterator[Html | None]:
    """Yield the parts, most of them folded; nothing for an empty one."""
    yield _making(document)
    yield _upstream(document)
    yield _settings(document)
    yield _expectations(document["expectations"])
    yield _guards(document["guards"])
    yield _trial(document)
    yield _ignored(document)


def _folded(title: str, summary: str, rows: list[Html], *, opened: bool, note: str = "") -> Html | None:
    """Render a folded part, opened where something in it is wrong."""
    if not rows:
        return None
    heading = el("summary", el("h2", title), " ", el("span", summary, class_="count"))
    html = el("p", note, class_="quiet") if note else None
    return el("section", el("details", heading, html, el("ul", *rows, class_="checks"), open=opened))


def _upstream(document: PlanDocument) -> Html | None:
    upstream = document.get("upstream")
    if upstream is None:
        return None
    rows = [el("li", person) for person in known.people(upstream)]
    for item in upstream["fields"]["not_observed"]:
        how = item["how"].replace("unknown", "not known") + (f" until {item['until']}" if item["until"] else "")
        rows.append(el("li", code(f"{item['address']} {item['field']}"), f" {how}"))
    return _folded("What is known", known.seen(upstream), rows, opened=not upstream["mirror"]["complete"])


def _making(document: PlanDocument) -> Html | None:
    """Render the ways of the changes: by machine, by a person, or by a person without confirmation."""
    making = list(known.making(document["changes"]))
    if not making:
        return None
    parts = [el("div", el("h3", title), el("ul", *(el("li", text) for text in texts))) for title, texts in making]
    return el("section", el("h2", "Who does what", id="making"), *parts, aria_labelledby="making")


def _settings(document: PlanDocument) -> Html | None:
    settings = document["prerequisites"]
    required = [setting for setting in settings if setting["required"]]
    met = sum(item["status"] in HOLDING for item in required)
    counts = bool(document["portal"]["enabled"])
    return _folded(
        "Required settings",
        f"{met} of {len(required)} met",
        [_setting(setting) for setting in settings],
        opened=counts and met < len(required),
        note="" if counts else "They count where the portal is enabled; this plan leaves it disabled.",
    )


def _setting(prerequisite: Prerequisite) -> Html:
    kind, words = _STATUS[prerequisite["status"]]
    remedy = None if kind == "good" else el("p", prerequisite["remedy"], class_="remedy")
    facts = f"{prerequisite['found']} ({prerequisite['known']})" + (
        "" if prerequisite["required"] else ", not required"
    )
    return check(kind, el("p", prerequisite["title"]), el("p", facts, class_="quiet"), remedy, state=words)


def _expectations(verdicts: list[Expectation]) -> Html | None:
    held = sum(verdict["holds"] for verdict in verdicts)
    rows = [_expectation(verdict) for verdict in verdicts]
    return _folded("Expectations", f"{held} of {len(verdicts)} hold", rows, opened=held < len(verdicts))


def _expectation(expectation: Expectation) -> Html:
    desired = "can" if expectation["wanted"] else "cannot"
    html = el("p", code(expectation["person"]), f" {desired} {expectation['ability'].replace('_', ' ')}")
    reason = el("p", expectation["reason"], class_="remedy") if expectation["reason"] else None
    return check(
        "good" if expectation["holds"] else "bad",
        html,
        reason,
        state="holds" if expectation["holds"] else "does not hold",
    )


def _guards(guards: list[Guard]) -> Html | None:
    blocking = sum(guard["blocks"] for guard in guards)
    summary = f"{blocking} of {len(guards)} in the way" if blocking else "nothing in the way"
    return _folded("Guards", summary, [_guard(guard) for guard in guards], opened=bool(blocking))


def _guard(guard: Guard) -> Html:
    allowed = not guard["holds"] and not guard["blocks"]
    state = "holds" if guard["holds"] else "allowed" if allowed else "blocks this plan"
    about = joined((code(guard["name"]), f" against a change that {WORDS[guard['risk']]}"))
    kind = "good" if guard["holds"] else "open" if allowed else "bad"
    return check(kind, el("p", guard["summary"]), el("p", about, class_="quiet"), state=state)


def _trial(document: PlanDocument) -> Html | None:
    simulation = document["simulation"]
    if simulation is None:
        return None
    addresses = {change["id"]: change["address"] for change in document["changes"]}
    rows = [
        check(
            "good" if moment["outcome"] == "applied" else "bad",
            el("p", el("span", moment["id"], class_="step"), " ", code(addresses[moment["id"]])),
            state=f"{number(moment['can_open'])} can open the portal",
        )
        for moment in simulation["moments"]
    ]
    note = "Applied to a sandbox of the workspace in memory; nothing else was changed."
    return _folded("Tried on a sandbox", simulation["outcome"].replace("_", " "), rows, opened=False, note=note)


def _ignored(document: PlanDocument) -> Html | None:
    rows = [_ignore(item) for item in document["ignored"]]
    count = "1 rule" if len(rows) == 1 else f"{len(rows)} rules"
    return _folded("Ignored", count, rows, opened=False, note=text.covered(document["coverage"]))


def _ignore(rule: IgnoreRule) -> Html:
    what = el("p", code(rule["address"]), " ", rule["field"] or "all fields", " ", place(rule["source"]))
    why = el("p", f"until {rule['until']}, {rule['owner']}: {rule['reason']}", class_="quiet")
    hides = {0: "no difference", 1: "1 difference"}.get(rule["differences"], f"{rule['differences']} differences")
    return check("open", what, why, state=hides)
