"""GET /whoami."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.web import context, http

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("whoami", __name__)


@blueprint.get("/whoami")
def get() -> Response:
    """Answer the caller's token and scopes."""
    caller = context.caller()
    return http.answer({"name": caller.name, "scopes": list(caller.scopes)})
