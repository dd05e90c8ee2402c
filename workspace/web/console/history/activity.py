"""Activity: changes with author, channel and reason."""

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
    """List changes, newest first."""
    desired = {name: request.args.get(name, "").strip() for name in ("by", "via", "resource")}
    query = {"limit": str(_LIMIT)}
    if desired["resource"] and "\0" not in desired["resource"]:
        query["resource"] = desired["resource"][:200]
    entries = api.get("/activity", **query)["data"]
    names = sorted({entry["by"]["name"] for entry in entries})
    results = [
        entry
        for entry in entries
        if (not desired["by"] or entry["by"]["name"] == desired["by"])
        and (not desired["via"] or entry["via"] == desired["via"])
    ]
    return shell.page(
        "activity.html",
        "activity",
        help_center,
        entries=results[:_SHOWN],
        more=len(results) > _SHOWN,
        wanted=desired,
        names=names,
        vias=VIAS,
    )
