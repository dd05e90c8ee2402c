"""/help_center/help_centers: the Help Centers of the workspace; their settings are changed elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import select

from workspace.core.errors import not_found
from workspace.database import store
from workspace.database.tables import help_centers
from workspace.settings.kinds.help_center import KIND
from workspace.settings.observed import help_center_url
from workspace.web.public.http import base, paging

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

blueprint = Blueprint("rest_help_centers", __name__)

_PER_PAGE = 150


@blueprint.get("/help_center/help_centers")
def listed() -> Response:
    """Answer all Help Centers; a page past the first is empty, for clients that go on until one is."""
    page, _ = paging.numbered(_PER_PAGE)
    with base.reading() as connection:
        documents = _documents(connection)
    first = (page.number - 1) * page.per_page
    return base.answer({"type": "list", "data": documents[first : first + page.per_page]})


@blueprint.get("/help_center/help_centers/<help_center_id>")
def get(help_center_id: str) -> Response:
    """Answer a Help Center."""
    with base.reading() as connection:
        documents = [document for document in _documents(connection) if document["id"] == help_center_id]
    if not documents:
        raise not_found()
    return base.answer(documents[0])


def _documents(connection: Connection) -> list[dict[str, Any]]:
    rows = connection.execute(select(help_centers).order_by(help_centers.c.identifier)).all()
    settings = store.load_settings(connection, [KIND.address(row.identifier) for row in rows])
    workspace = base.workspace_of(connection).id
    return [
        {
            "id": str(base.number_of(f"help_center/{row.identifier}")),
            "workspace_id": workspace,
            "identifier": row.identifier,
            "display_name": row.display_name,
            "website_turned_on": settings[KIND.address(row.identifier)].document["live"],
            "custom_domain": settings[KIND.address(row.identifier)].document["custom_domain"],
            "url": help_center_url(row.identifier, settings[KIND.address(row.identifier)].document),
            "default": number == 0,
            "locales": ["en"],
        }
        for number, row in enumerate(rows)
    ]
