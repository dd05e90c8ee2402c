"""Activity: who changed what, through which channel, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from workspace.web.console import api, shell
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from flask import Response

_LIMIT = 500
_SHOWN = 100
VIAS = ("portal", "console", "api")


@blueprint.get("/hc/<name:help_center>/activity")
def list_activity(help_center: str) -> Response:
    """List what was changed, newest first."""
    wanted = {name: request.args.get(name, "").strip() for name in ("by", "via", "resource")}
    query = {"limit": str(_LIMIT)}
    if wanted["resource"] and "\0" not in wanted["resource"]:
        query["resource"] = wanted["resource"][:200]
    entries = api.get("/activity", **query)["data"]
    names = sorted({one["by"]["name"] for one in entries})
    found = [
        one
        for one in entries
        if (not wanted["by"] or one["by"]["name"] == wanted["by"])
        and (not wanted["via"] or one["via"] == wanted["via"])
    ]
    return shell.page(
        "activity.html",
        "activity",
        help_center,
        entries=found[:_SHOWN],
        more=len(found) > _SHOWN,
        wanted=wanted,
        names=names,
        vias=VIAS,
    )
