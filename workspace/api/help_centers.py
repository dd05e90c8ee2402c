"""/help_centers: which there are, the settings of each, and everything about one in a single read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Blueprint, request
from sqlalchemy import select

from workspace import configuration, store
from workspace.api import base
from workspace.errors import not_found
from workspace.tables import help_centers

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("help_centers", __name__)
RECORD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


@blueprint.get("/help_centers")
def get_all() -> Response:
    """Answer the Help Centers of the workspace."""
    with base.reading() as connection:
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
    return base.answer({"type": "list", "data": data})


@blueprint.get("/help_centers/<help_center>")
def get(help_center: str) -> Response:
    """Answer the settings of one Help Center."""
    return base.show(f"help_center/{help_center}")


@blueprint.patch("/help_centers/<help_center>")
def patch(help_center: str) -> Response:
    """Change settings of one Help Center."""
    return base.change(f"help_center/{help_center}", f"the Help Center {help_center}")


@blueprint.get("/help_centers/<help_center>/configuration")
def get_configuration(help_center: str) -> Response:
    """Answer everything about one Help Center, or that nothing changed."""
    record = base.query({"record": record_name}).get("record")
    with base.reading() as connection:
        applies = configuration.applies(connection, record, base.now())
        tag = configuration.tag(connection, base.today(), applies)
        headers = {"ETag": f'"{tag}"'}
        if store.load(connection, f"help_center/{help_center}") is None:
            raise not_found()
        if request.if_none_match.contains_weak(tag):
            return base.answer(None, status=304, headers=headers)
        document = configuration.configuration(connection, help_center, record, base.today())
    return base.answer(document and {**document, **applies}, headers=headers)


def record_name(text: str) -> str:
    """Return the name of a configuration that a query parameter is."""
    if not RECORD_NAME.fullmatch(text):
        raise ValueError("a record's name is letters, digits, dots, hyphens and underscores, at most 200")
    return text
