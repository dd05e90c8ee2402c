"""/help_centers/…/audience: who may open the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("audience", __name__)


@blueprint.get("/help_centers/<help_center>/audience")
def get(help_center: str) -> Response:
    """Answer who may open the portal."""
    return base.show(f"audience/{help_center}")


@blueprint.patch("/help_centers/<help_center>/audience")
def patch(help_center: str) -> Response:
    """Change who may open the portal."""
    return base.change(f"audience/{help_center}", f"the audience of {help_center}")
