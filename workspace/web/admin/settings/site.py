"""/site: facts about the customer's own site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.core.errors import not_found
from workspace.database import store
from workspace.settings.kinds.site import FROM_PEOPLE, KIND
from workspace.settings.observed import companies_in_use
from workspace.web import context
from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

    from workspace.database.store import Stored
    from workspace.writes.admin_write import AdminWrite

blueprint = Blueprint("site", __name__)


@blueprint.get("/site")
def get() -> Response:
    """Answer the facts."""
    with context.reading() as connection:
        stored = store.load(connection, KIND.address())
        if stored is None:
            raise not_found()
        shown = {"revision": stored.revision, "values": _values(connection, stored)}
        return base.resource(connection, stored.address, shown)


@blueprint.patch("/site")
def patch() -> Response:
    """Store the findings of a detector."""
    expected = base.expected_revision()
    values = base.body(KIND.schema)

    def do(write: AdminWrite) -> Response:
        after = KIND.change(write, KIND.address(), values, expected)
        shown = _values(write.connection, after)
        return base.resource(write, after.address, {"revision": after.revision, "values": shown, "also": {}})

    return base.write(do)


def _values(connection: Connection, stored: Stored) -> dict[str, object]:
    return {**KIND.shown(stored), FROM_PEOPLE: companies_in_use(connection)}
