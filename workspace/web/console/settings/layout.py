"""Styling › Layout and sections: the draft of the homepage, and setting it live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from workspace.core.errors import Problem
from workspace.core.texts import _
from workspace.web.console import api, managed, session, shell
from workspace.web.console.as_yaml import configuration_text
from workspace.web.console.settings import form
from workspace.web.console.settings.form import Outcome
from workspace.web.console.settings.section_fields import TITLES, fields_of, settings_of
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response


@blueprint.get("/hc/<name:help_center>/layout")
def layout(help_center: str) -> Response:
    """Show the sections of the draft."""
    return _page(help_center, form.NOTHING)


@blueprint.post("/hc/<name:help_center>/layout")
def save_layout(help_center: str) -> Response:
    """Save the draft, and preview it or set it live, as the button says."""
    action = request.form.get("do", "save")
    path = f"/help_centers/{help_center}/homepage"
    if action == "discard":
        live = api.get(f"{path}/draft")["live"]
        return _page(help_center, form.send("PATCH", f"{path}/draft", {"sections": live}), _("Discarded the draft."))
    try:
        sections = _typed(_saved(help_center))
    except ValueError as problem:
        wrong = Outcome(done=False, problems=[Problem("value_invalid", str(problem))])
        return _page(help_center, wrong)
    outcome = form.send("PATCH", f"{path}/draft", {"sections": sections})
    if outcome.done and action == "live":
        outcome = form.attempt("POST", f"{path}/publish", {}, revision=outcome.document["revision"])
        return _page(help_center, outcome, _("Saved and set live."))
    if outcome.done and action.startswith("preview"):
        link = api.send("POST", f"{path}/preview")
        return session.see(f"{link['path']}{'?as=anybody' if action.endswith('anybody') else ''}")
    return _page(help_center, outcome, _("Saved the draft. It is not live yet."))


@blueprint.post("/hc/<name:help_center>/layout/move")
@shell.only_reads
def move_section(help_center: str) -> Response:
    """Show the page with a section moved; nothing is saved."""
    return _page(help_center, form.NOTHING)


def _saved(help_center: str) -> Sequence[Mapping[str, Any]]:
    draft: Sequence[Mapping[str, Any]] = api.get(f"/help_centers/{help_center}/homepage/draft")["draft"]
    return draft


def _typed(saved: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the sections of the form; unknown ones stay as saved. ValueError for an unreadable setting."""
    before = {entry["type"]: entry for entry in saved}
    order = list(dict.fromkeys(request.form.getlist("section")))
    kinds = [*order, *(kind for kind in before if kind not in order)]
    sections = []
    for kind in kinds:
        known = before.get(kind, {"type": kind, "enabled": False, "settings": {}})
        if kind in order:
            enabled = form.checked(f"{kind}.enabled")
            known = {"type": kind, "enabled": enabled, "settings": settings_of(kind, known["settings"], request.form)}
        elif kind not in before:
            continue
        sections.append(dict(known))
    new = {kind for kind in TITLES if kind not in before}
    # A section that was never there, and is not switched on, has no need to be.
    return [section for section in sections if section["type"] not in new or section["enabled"]]


def _moved(sections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    where, _, kind = request.form.get("move", "").partition(":")
    kinds = [section["type"] for section in sections]
    if kind not in kinds:
        return sections
    place = kinds.index(kind)
    other = place - 1 if where == "up" else place + 1
    if 0 <= other < len(sections):
        sections[place], sections[other] = sections[other], sections[place]
    return sections


def _shown(saved: Sequence[Mapping[str, Any]], *, posted: bool) -> list[dict[str, Any]]:
    sections = [dict(entry) for entry in saved]
    if posted:
        try:
            sections = _moved(_typed(saved))
        except ValueError:
            # What cannot be read is shown as it was saved; the complaint says what it was.
            sections = [dict(entry) for entry in saved]
    there = {section["type"] for section in sections}
    return [*sections, *({"type": kind, "enabled": False, "settings": {}} for kind in TITLES if kind not in there)]


def _page(help_center: str, outcome: Outcome, done: str = "") -> Response:
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    page = configuration["homepage"]
    posted = request.method == "POST" and not outcome.done
    sections = _shown(page["draft"], posted=posted)
    return shell.page(
        "layout.html",
        "layout",
        help_center,
        **outcome.shown(done),
        revision=page["revision"],
        sections=[
            {
                **section,
                "title": TITLES.get(section["type"], section["type"]),
                "fields": fields_of(section["type"], section["settings"]),
            }
            for section in sections
        ],
        edited=page["draft_edited"],
        differs=page["draft"] != page["live"],
        foreign=page["draft_edited"] is not None and page["draft_edited"]["by"] != session.administrator().name,
        marks=managed.marks(configuration, f"homepage/{help_center}"),
        yaml=configuration_text(configuration, "homepage"),
    )
