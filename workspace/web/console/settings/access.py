"""Articles › Settings › Access conditions: the audience of the portal, and its ticket visibility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, render_template, request
from sqlalchemy import select

from workspace.core.texts import _
from workspace.database.tables import tags
from workspace.web import context
from workspace.web.console import api, managed, session, shell
from workspace.web.console.as_yaml import configuration_text
from workspace.web.console.rules import choices, tree
from workspace.web.console.rules.choices import COMPARISONS
from workspace.web.console.rules.preview import Preview, preview
from workspace.web.console.settings import form
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.web.console.rules.choices import Choices
    from workspace.web.console.rules.tree import Group
    from workspace.web.console.settings.form import Outcome

_MOST_TAGS = 500
_MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class Typed:
    """The settings of access on the page, live or being typed: `rule` for the audience, kept in every mode.

    `mode` is `everyone`, `nobody` or `rule`; `visibility` is `company`, `own` or `rule`, by `conditions`.
    """

    mode: str
    rule: Group
    visibility: str
    conditions: Group

    def audience(self, known: Choices) -> dict[str, Any]:
        """Return the audience as the API takes it."""
        return {"mode": self.mode, "rule": tree.document(self.rule, known) if self.mode == "rule" else None}

    def ticket_visibility(self, known: Choices) -> dict[str, Any]:
        """Return the ticket visibility as the API takes it."""
        by_rule = self.visibility == "rule"
        conditions = tree.document(self.conditions, known) if by_rule else None
        return {"restricted": self.visibility != "company", "conditions": conditions}


@blueprint.get("/hc/<name:help_center>/access")
def access(help_center: str) -> Response:
    """Show the audience and the ticket visibility."""
    return _page(help_center, form.NOTHING)


@blueprint.post("/hc/<name:help_center>/access")
def save_audience(help_center: str) -> Response:
    """Save the audience."""
    configuration = _configuration(help_center)
    typed, known = _typed(configuration), _known(configuration)
    outcome = form.send("PATCH", f"/help_centers/{help_center}/audience", typed.audience(known))
    return _page(help_center, outcome, _("Saved who may open the portal."))


@blueprint.post("/hc/<name:help_center>/visibility")
def save_visibility(help_center: str) -> Response:
    """Save which tickets they see."""
    configuration = _configuration(help_center)
    values = _typed(configuration).ticket_visibility(_known(configuration))
    if values["conditions"] is None and not values["restricted"]:
        # Switched off, the restriction keeps its conditions for later.
        del values["conditions"]
    outcome = form.send("PATCH", f"/help_centers/{help_center}/ticket_visibility", values)
    return _page(help_center, outcome, _("Saved which tickets they see."))


@blueprint.post("/hc/<name:help_center>/access/edit")
@shell.only_reads
def edit_rule(help_center: str) -> Response:
    """Show the page with a rule edited; nothing is saved."""
    return _page(help_center, form.NOTHING)


@blueprint.post("/hc/<name:help_center>/access/preview")
@shell.only_reads
def preview_access(help_center: str) -> Response:
    """Show the preview alone, for the page to put in its place."""
    configuration = _configuration(help_center)
    known = _known(configuration)
    people = _preview(configuration, _typed(configuration), known)
    values = {**shell.look(), "preview": people, "root": f"{session.ROOT}/hc/{help_center}"}
    return Response(render_template("console/preview.html", **values), mimetype="text/html")


def _configuration(help_center: str) -> Any:
    return api.get(f"/help_centers/{help_center}/configuration")


def _known(configuration: Mapping[str, Any]) -> Choices:
    with context.reading() as connection:
        names = list(connection.execute(select(tags.c.name).order_by(tags.c.name).limit(_MOST_TAGS)).scalars())
    return choices.choices(configuration, names)


def _live(configuration: Mapping[str, Any]) -> Typed:
    audience = configuration["audience"]["values"]
    visibility = configuration["ticket_visibility"]["values"]
    conditions = visibility["conditions"]
    by_rule = "rule" if conditions is not None else "own"
    return Typed(
        audience["mode"],
        tree.of_document(audience["rule"]),
        by_rule if visibility["restricted"] else "company",
        tree.of_document(conditions),
    )


def _typed(configuration: Mapping[str, Any]) -> Typed:
    """Return the submitted form's values, and the live ones of the other form."""
    live, sent = _live(configuration), request.form
    lists = dict(sent.lists())
    if sent.get("form") == "visibility":
        conditions = tree.of_form(sent, lists, "conditions")
        return Typed(live.mode, live.rule, sent.get("visibility", ""), conditions)
    return Typed(sent.get("mode", ""), tree.of_form(sent, lists, "rule"), live.visibility, live.conditions)


def _preview(configuration: Mapping[str, Any], typed: Typed, known: Choices) -> Preview:
    page = request.form.get("page", "1")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < len(str(_MOST_PAGES)) else 1
    return preview(configuration, typed.audience(known), typed.ticket_visibility(known), known, max(number, 1))


def _page(help_center: str, outcome: Outcome, done: str = "") -> Response:
    configuration = _configuration(help_center)
    known = _known(configuration)
    posted = request.method == "POST" and not outcome.done
    typed = _typed(configuration) if posted else _live(configuration)
    action = request.form.get("edit", "")
    about_visibility = request.form.get("form") == "visibility"
    if posted and action and about_visibility:
        typed = Typed(typed.mode, typed.rule, "rule", tree.edited(typed.conditions, action, known))
    elif posted and action:
        rule = tree.edited(typed.rule, action, known)
        # Whoever adds a condition means a rule.
        mode = "rule" if action.startswith(("add", "group")) else typed.mode
        typed = Typed(mode, rule, typed.visibility, typed.conditions)
    return shell.page(
        "access.html",
        "access",
        help_center,
        **outcome.shown(done),
        about_visibility=about_visibility,
        audience=configuration["audience"],
        visibility=configuration["ticket_visibility"],
        typed=typed,
        known=known,
        comparisons=COMPARISONS,
        widget=choices.widget,
        complaints={
            "rule": tree.complaints(typed.rule, outcome.problems, "rule"),
            "conditions": tree.complaints(typed.conditions, outcome.problems, "conditions"),
        },
        preview=_preview(configuration, typed, known),
        marks=managed.marks(configuration, f"audience/{help_center}"),
        visibility_marks=managed.marks(configuration, f"ticket_visibility/{help_center}"),
        yaml=configuration_text(configuration, "portal", "audience"),
    )
