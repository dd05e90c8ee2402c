"""/help_centers: those of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy import select

from workspace.database import store
from workspace.database.tables import help_centers
from workspace.settings.kinds.help_center import KIND
from workspace.settings.observed import help_center_url
from workspace.web import context, http

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("help_centers", __name__)


@blueprint.get("/help_centers")
def get_all() -> Response:
    """Answer the Help Centers of the workspace."""
    with context.reading() as connection:
        rows = connection.execute(select(help_centers).order_by(help_centers.c.identifier)).all()
        settings = store.load_settings(connection, [KIND.address(row.identifier) for row in rows])
    data = [
        {
            "identifier": row.identifier,
            "display_name": row.display_name,
            "url": help_center_url(row.identifier, settings[KIND.address(row.identifier)].document),
        }
        for row in rows
    ]
    return http.answer({"type": "list", "data": data})
