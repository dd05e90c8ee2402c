"""/granted_companies: people's grants of companies, and the switch of grants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from workspace.core.errors import invalid_value, not_found
from workspace.database import store
from workspace.portal import granting
from workspace.settings.granted import granted
from workspace.settings.kinds.granted_companies import KIND, PEOPLE
from workspace.web import context
from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

    from workspace.database.store import Stored
    from workspace.writes.admin_write import AdminWrite

blueprint = Blueprint("granted_companies", __name__)


@blueprint.get("/granted_companies")
def get() -> Response:
    """Answer all grants."""
    with context.reading() as connection:
        stored = store.load(connection, KIND.address())
        if stored is None:
            raise not_found()
        return base.resource(connection, stored.address, _shown(connection, stored))


@blueprint.patch("/granted_companies")
def patch() -> Response:
    """Grant people companies, or switch grants on or off."""
    expected = base.expected_revision()
    query = base.body(KIND.schema)

    def do(write: AdminWrite) -> Response:
        after = write.load(KIND.address(), expected)
        if "enabled" in query:
            after = _switch(write, after, on=query["enabled"])
        if PEOPLE in query:
            after = granting.grant_by_name(write, query[PEOPLE], after)
        return base.resource(write, after.address, {**_shown(write.connection, after), "also": {}})

    return base.write(do)


def _switch(write: AdminWrite, before: Stored, *, on: bool) -> Stored:
    if not on and granted(write.connection):
        # What nobody can read must not count, and what counts must be read.
        raise invalid_value("somebody is granted a company; take all grants away first", "enabled")
    document = {**before.document, "enabled": on}
    return write.replace(before, document, KIND.described(before.address, before.document, document))


def _shown(connection: Connection, stored: Stored) -> dict[str, Any]:
    return {**KIND.shown(stored), PEOPLE: [item.document() for item in granted(connection)]}
