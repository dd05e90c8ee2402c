"""/records/NAME: the values last applied, kept in the workspace they were applied to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, request

from workspace.core.errors import ApiError, Problem, invalid_parameter, invalid_value, not_found
from workspace.database import store
from workspace.settings import observed as configuration
from workspace.web import context, http
from workspace.web.admin import base
from workspace.web.admin.configurations import RECORD_NAME
from workspace.writes import lease_rules, verifications

if TYPE_CHECKING:
    from flask import Response

    from workspace.writes.admin_write import AdminWrite

blueprint = Blueprint("records", __name__)
MAX_BODY = 4 * 1024 * 1024
"""The most bytes of a record, which holds a configuration twice: as written, and resolved."""


@blueprint.get("/records/<name>")
def get(name: str) -> Response:
    """Answer a record."""
    with context.reading() as connection:
        document = configuration.record_document(connection, name)
        if document is None:
            raise not_found()
        return base.resource(connection, f"{store.RECORD}{name}", document)


@blueprint.put("/records/<name>")
@http.takes(MAX_BODY)
def put(name: str) -> Response:
    """Store the values last applied."""
    expected = _expected()
    if not RECORD_NAME.fullmatch(name):
        raise invalid_value("a name is letters, digits, dots, hyphens and underscores, at most 200", "name")
    values = {"base": None, **base.body("NewRecord")}
    address = f"{store.RECORD}{name}"

    def do(write: AdminWrite) -> Response:
        lease_rules.respect(write, name)
        before = write.absent(address) if expected is None else write.load(address, expected)
        write.check_help_center(values["help_center"])
        if before.revision and store.same(values, {field: before.document[field] for field in values}):
            return base.resource(write, address, configuration.record_state(write.connection, before))
        document: dict[str, Any] = {**values, "applied_at": write.at, "applied_by": write.caller.name}
        after = write.replace(before, document, f"Recorded what {name} applied to {values['help_center']}")
        kept = configuration.record_state(write.connection, after)
        return base.resource(write, address, kept, status=201 if expected is None else 200)

    return base.write(do)


@blueprint.put("/records/<name>/verification")
def verify(name: str) -> Response:
    """Store the result of a verification."""
    expected = base.expected_revision()
    entry = base.body("NewVerification")

    def do(write: AdminWrite) -> Response:
        lease_rules.respect(write, name)
        record = write.load(f"{store.RECORD}{name}", expected)
        noted = verifications.note(write, record, name, entry)
        return base.resource(write, f"{verifications.ADDRESS}{name}", noted)

    return base.write(do, takes_step=False)


def _expected() -> int | None:
    creates = base.creates()
    if creates and "If-Match" in request.headers:
        raise invalid_parameter("If-Match and If-None-Match exclude each other", "If-Match")
    if not creates and "If-Match" not in request.headers:
        message = 'a write needs If-Match: "REVISION", or If-None-Match: * for the first one'
        raise ApiError(428, Problem("precondition_required", message, "If-Match"))
    return None if creates else base.expected_revision()
