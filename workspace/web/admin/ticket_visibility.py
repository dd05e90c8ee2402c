"""/help_centers/…/ticket_visibility: which people see only the tickets they created."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("ticket_visibility", __name__)


@blueprint.get("/help_centers/<help_center>/ticket_visibility")
def get(help_center: str) -> Response:
    """Answer which people see only the tickets they created."""
    return base.show(f"ticket_visibility/{help_center}")


@blueprint.patch("/help_centers/<help_center>/ticket_visibility")
def patch(help_center: str) -> Response:
    """Change which people see only the tickets they created."""
    return base.change(f"ticket_visibility/{help_center}", f"the ticket visibility of {help_center}")
