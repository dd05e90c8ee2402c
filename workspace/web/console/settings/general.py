"""Articles › Settings › General: the switch of the tickets portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from workspace.core.texts import _
from workspace.web.console import api, managed, shell
from workspace.web.console.as_yaml import configuration_text
from workspace.web.console.settings import form, places
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from flask import Response

    from workspace.web.console.settings.form import Outcome


@blueprint.get("/hc/<name:help_center>/general")
def general(help_center: str) -> Response:
    """Show the switch and the required settings."""
    return _page(help_center, form.NOTHING)


@blueprint.post("/hc/<name:help_center>/general")
def switch(help_center: str) -> Response:
    """Enable or disable the portal."""
    enabled = form.checked("enabled")
    outcome = form.send("PATCH", f"/help_centers/{help_center}/portal", {"enabled": enabled})
    return _page(
        help_center, outcome, _("The tickets portal is enabled.") if enabled else _("The tickets portal is off.")
    )


def _page(help_center: str, outcome: Outcome, done: str = "") -> Response:
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    unmet = [problem for problem in outcome.problems if problem.code == "required_setting_unmet"]
    return shell.page(
        "general.html",
        "general",
        help_center,
        status=outcome.status,
        notice=None if unmet else outcome.notice(done),
        unmet=unmet,
        conflict=outcome.conflict,
        reason="" if outcome.done else request.form.get("reason", ""),
        portal=configuration["portal"],
        required=configuration["required_settings"],
        marks=managed.marks(configuration, f"portal/{help_center}"),
        place_of=places.place_of,
        yaml=configuration_text(configuration, "portal"),
    )
