"""/help_centers: which there are, and the settings of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy import select

from workspace.database import store
from workspace.database.tables import help_centers
from workspace.settings import observed as configuration
from workspace.web import context, http
from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("help_centers", __name__)


@blueprint.get("/help_centers")
def get_all() -> Response:
    """Answer the Help Centers of the workspace."""
    with context.reading() as connection:
        rows = connection.execute(select(help_centers).order_by(help_centers.c.identifier)).all()
        settings = store.load_settings(connection, [f"help_center/{row.identifier}" for row in rows])
    data = [
        {
            "identifier": row.identifier,
            "display_name": row.display_name,
            "url": configuration.help_center_url(row.identifier, settings[f"help_center/{row.identifier}"].document),
        }
        for row in rows
    ]
    return http.answer({"type": "list", "data": data})


@blueprint.get("/help_centers/<help_center>")
def get(help_center: str) -> Response:
    """Answer the settings of one Help Center."""
    return base.show(f"help_center/{help_center}")


@blueprint.patch("/help_centers/<help_center>")
def patch(help_center: str) -> Response:
    """Change settings of one Help Center."""
    return base.change(f"help_center/{help_center}", f"the Help Center {help_center}")
