"""/site: what is known about the customer's own site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.core.errors import not_found
from workspace.database import store
from workspace.settings import kinds
from workspace.settings.observed import companies_in_use
from workspace.web import context
from workspace.web.admin import base
from workspace.writes import audit_log

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

    from workspace.database.store import Stored
    from workspace.writes.admin_write import AdminWrite

ADDRESS = "site"
blueprint = Blueprint("site", __name__)


@blueprint.get("/site")
def get() -> Response:
    """Answer the facts."""
    with context.reading() as connection:
        stored = store.load(connection, ADDRESS)
        if stored is None:
            raise not_found()
        return base.resource({"revision": stored.revision, "values": _values(connection, stored)})


@blueprint.patch("/site")
def patch() -> Response:
    """Take what a detector found."""
    expected = base.expected_revision()
    values = base.body(kinds.SCHEMAS[ADDRESS])

    def do(write: AdminWrite) -> Response:
        before = write.load(ADDRESS, expected)
        document = kinds.combine(write.connection, ADDRESS, before.document, values)
        after = write.replace(
            before, document, audit_log.described("what is known of the site", before.document, document)
        )
        shown = _values(write.connection, after)
        return base.resource({"revision": after.revision, "values": shown, "also": {}})

    return base.write(do)


def _values(connection: Connection, stored: Stored) -> dict[str, object]:
    return {**stored.document, "companies_in_use": companies_in_use(connection)}
