"""/help_centers/…/ticket_visibility: which people see only the tickets they created."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from workspace.api import base
from workspace.api.rules import check_rule

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

    from workspace.store import Stored

blueprint = Blueprint("ticket_visibility", __name__)


@blueprint.get("/help_centers/<help_center>/ticket_visibility")
def get(help_center: str) -> Response:
    """Answer which people see only the tickets they created."""
    return base.show(f"ticket_visibility/{help_center}")


@blueprint.patch("/help_centers/<help_center>/ticket_visibility")
def patch(help_center: str) -> Response:
    """Change which people see only the tickets they created."""
    return base.change(
        f"ticket_visibility/{help_center}",
        "TicketVisibilitySettings",
        f"the ticket visibility of {help_center}",
        _combine,
    )


def _combine(connection: Connection, before: Stored, values: dict[str, Any]) -> dict[str, Any]:
    if values.get("conditions") is not None:
        check_rule(connection, values["conditions"], "conditions")
    return {**before.document, **values}
