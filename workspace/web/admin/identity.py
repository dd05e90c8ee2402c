"""/identity: how end users prove who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response

ADDRESS = "identity"
blueprint = Blueprint("identity", __name__)


@blueprint.get("/identity")
def get() -> Response:
    """Answer the mode."""
    return base.show(ADDRESS)


@blueprint.patch("/identity")
def patch() -> Response:
    """Change the mode."""
    return base.change(ADDRESS, "how end users prove who they are")
