"""/messenger_spaces: which spaces the Messenger shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response

ADDRESS = "messenger_spaces"
blueprint = Blueprint("messenger_spaces", __name__)


@blueprint.get("/messenger_spaces")
def get() -> Response:
    """Answer the spaces."""
    return base.show(ADDRESS)


@blueprint.patch("/messenger_spaces")
def patch() -> Response:
    """Turn spaces on or off."""
    return base.change(ADDRESS, "the Messenger's spaces")
