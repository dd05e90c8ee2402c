"""/help_centers/…/audience: who may open the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from workspace.api import base
from workspace.api.rules import check_rule
from workspace.errors import invalid_value

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

    from workspace.store import Stored

blueprint = Blueprint("audience", __name__)


@blueprint.get("/help_centers/<help_center>/audience")
def get(help_center: str) -> Response:
    """Answer who may open the portal."""
    return base.show(f"audience/{help_center}")


@blueprint.patch("/help_centers/<help_center>/audience")
def patch(help_center: str) -> Response:
    """Change who may open the portal."""
    return base.change(f"audience/{help_center}", "AudienceSettings", f"the audience of {help_center}", _combine)


def _combine(connection: Connection, before: Stored, values: dict[str, Any]) -> dict[str, Any]:
    mode = values.get("mode", before.document["mode"])
    if mode != "rule":
        if values.get("rule") is not None:
            raise invalid_value(f"the mode {mode} takes no rule", "rule")
        return {"mode": mode, "rule": None}
    rule = values.get("rule", before.document["rule"])
    if rule is None:
        raise invalid_value("the mode rule needs a rule", "rule")
    check_rule(connection, rule, "rule")
    return {"mode": mode, "rule": rule}
