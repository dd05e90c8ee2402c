"""GET /whoami."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("whoami", __name__)


@blueprint.get("/whoami")
def get() -> Response:
    """Answer who the token belongs to."""
    caller = base.caller()
    return base.answer({"name": caller.name, "scopes": list(caller.scopes)})
