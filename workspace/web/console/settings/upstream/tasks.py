"""A person's tasks at the vendor, one a page: note, confirm, abandon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import abort, request
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from workspace.core.errors import Problem
from workspace.core.texts import _, counted
from workspace.database.tables import tags
from workspace.web import context
from workspace.web.console import api, shell
from workspace.web.console.rules import choices
from workspace.web.console.rules.choices import COMPARISONS
from workspace.web.console.settings import form
from workspace.web.console.settings.form import Outcome
from workspace.web.console.settings.upstream import noting
from workspace.web.console.shell import Notice, blueprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Response

    from workspace.web.console.rules.choices import Choices
    from workspace.web.console.settings.upstream.noting import NoteField

STATES = {"open": "warn", "done": "good", "contradicted": "bad", "abandoned": "plain"}
_MOST_TAGS = 500
_GAINS: Mapping[str, Callable[[int], str]] = {
    "gained": lambda count: counted(count, "%(num)s person gains access", "%(num)s people gain access"),
    "lost": lambda count: counted(count, "%(num)s person loses it", "%(num)s people lose it"),
    "sees_more": lambda count: counted(count, "%(num)s person sees more tickets", "%(num)s people see more tickets"),
    "sees_less": lambda count: counted(count, "%(num)s person sees fewer", "%(num)s people see fewer"),
}
_EMPTY: MultiDict[str, str] = MultiDict()
_NOTHING = Outcome(done=False, problems=[Problem("value_invalid", _("Choose, or write down, what is there now."))])


@blueprint.get("/hc/<name:help_center>/tasks")
def list_tasks(help_center: str) -> Response:
    """List the tasks, open ones first."""
    _only_behind_a_vendor()
    data = api.get("/tasks")["data"]
    waits = [value for value in data if value["state"] == "open"]
    ended = [value for value in data if value["state"] != "open"]
    return shell.page("tasks.html", "tasks", help_center, waits=waits, ended=ended, colours=STATES)


@blueprint.get("/hc/<name:help_center>/tasks/<name:task>")
def show_task(help_center: str, task: str) -> Response:
    """Show one task: the screen, the values to enter, the reason, the previous value, and the read-back."""
    _only_behind_a_vendor()
    return _page(help_center, task, form.NOTHING, None)


@blueprint.post("/hc/<name:help_center>/tasks/<name:task>/before")
def note_before(help_center: str, task: str) -> Response:
    """Store a person's note of the previous value."""
    _only_behind_a_vendor()
    document = api.get(f"/tasks/{task}")
    words = _typed("text")
    body = noting.body(document, noting.note_fields(document, request.form), words, _known(help_center))
    outcome = form.attempt("POST", f"/tasks/{task}/before", body) if body else _NOTHING
    notice = Notice(
        _("Noted. An undo leads back to it.") if "values" in body else _("Noted, for people: no undo reads it.")
    )
    return _page(help_center, task, outcome, notice)


@blueprint.post("/hc/<name:help_center>/tasks/<name:task>/before/edit")
@shell.only_reads
def edit_before(help_center: str, task: str) -> Response:
    """Show the page with the rule before edited; nothing is noted."""
    _only_behind_a_vendor()
    return _page(help_center, task, form.NOTHING, None)


@blueprint.post("/hc/<name:help_center>/tasks/<name:task>/done")
def confirm_task(help_center: str, task: str) -> Response:
    """Confirm a task: read the vendor again, then compare the read-back."""
    _only_behind_a_vendor()
    fields = {name: text for name in ("read_back", "note") if (text := _typed(name))}
    outcome = form.attempt("POST", f"/tasks/{task}/confirm", fields)
    return _page(help_center, task, outcome, _came_of(outcome.document) if outcome.done else None)


@blueprint.post("/hc/<name:help_center>/tasks/<name:task>/abandon")
def abandon_task(help_center: str, task: str) -> Response:
    """Abandon a task, and release the hold of its apply."""
    _only_behind_a_vendor()
    why = _typed("why")
    outcome = form.attempt("POST", f"/tasks/{task}/abandon", {"why": why} if why else {})
    return _page(
        help_center,
        task,
        outcome,
        Notice(_("%(task)s is given up. Its apply holds nothing any more.") % {"task": task}),
    )


def _only_behind_a_vendor() -> None:
    if context.running().upstream is None:
        abort(404)


def _typed(name: str) -> str:
    return request.form.get(name, "").strip().replace("\r\n", "\n")


def _came_of(task: Mapping[str, Any]) -> Notice:
    match task["state"]:
        case "done":
            return Notice(_("%(task)s is done.") % {"task": task["id"]} + _goes_on(task))
        case "contradicted":
            message = _("%(task)s is contradicted: %(why)s. Nothing is marked done.")
            return Notice(message % {"task": task["id"], "why": task["why"]}, "bad")
    left = task["policy"]["people"] - len(task["confirmations"])
    return Notice(
        _("Your word is kept. %(left)s more has to confirm %(task)s.") % {"left": left, "task": task["id"]}, "plain"
    )


def _goes_on(task: Mapping[str, Any]) -> str:
    if not task["receipt"]:
        return ""
    return " " + _("portal apply goes on with %(receipt)s.") % {"receipt": task["receipt"]}


def _page(help_center: str, name: str, outcome: Outcome, notice: Notice | None) -> Response:
    task = api.get(f"/tasks/{name}")
    receipt = None if task["receipt"] is None else api.get(f"/receipts/{task['receipt']}")
    known = _known(help_center)
    # A form that was taken is empty again.
    sent = request.form if request.method == "POST" and not outcome.done else _EMPTY
    fields: Sequence[NoteField] = noting.note_fields(task, sent)
    if action := sent.get("edit"):
        fields = noting.edited(fields, action, known)
    return shell.page(
        "task.html",
        "tasks",
        help_center,
        status=outcome.status,
        notice=outcome.notice("") if outcome.problems else notice if outcome.done else None,
        task=task,
        colours=STATES,
        numbers=_numbers(task["reason"]),
        before=_shown(task["before"]),
        left=None if receipt is None else _left(receipt),
        fields=fields,
        sent=sent,
        known=known,
        comparisons=COMPARISONS,
        widget=choices.widget,
    )


def _known(help_center: str) -> Choices:
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    with context.reading() as connection:
        names = list(connection.execute(select(tags.c.name).order_by(tags.c.name).limit(_MOST_TAGS)).scalars())
    return choices.choices(configuration, names)


def _numbers(reason: Mapping[str, Any] | None) -> str:
    """Describe the impact of the change on people; empty without one."""
    if reason is None:
        return ""
    counts = [say(reason[name]) for name, say in _GAINS.items() if reason[name]]
    whole = _("complete") if reason["complete"] else _("incomplete")
    moment = shell.moment(reason["as_of"])
    mirror = _("mirror of %(moment)s, %(whole)s") % {"moment": moment, "whole": whole}
    seen = mirror if reason["as_of"] else _("nobody is mirrored")
    return f"{', '.join(counts) or _('Nobody gains or loses access')} ({seen})."


def _shown(before: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the values before: noted ones, else known ones, else none."""
    noted = before["noted"]
    values = (noted["values"] or {}) if noted else before["values"] if before["known"] else {}
    return [(name, json.dumps(value, ensure_ascii=False)) for name, value in values.items()]


def _left(receipt: Mapping[str, Any]) -> dict[str, Any]:
    done = {step["step"] for step in receipt["steps"]}
    changes = receipt["plan"]["changes"]
    whole = [
        change
        for change in changes
        if {f"{change['id']}.{number + 1}" for number in range(len(change["operations"]))} <= done
    ]
    return {"id": receipt["id"], "made": len(whole), "of": len(changes), "running": receipt["outcome"] == "running"}
