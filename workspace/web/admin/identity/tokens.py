"""/tokens: admin tokens. A token is shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from workspace.core.errors import WorkspaceError, invalid_value, not_found
from workspace.identity import tokens
from workspace.web.admin import base
from workspace.web.context import reading
from workspace.web.http import answer
from workspace.writes.audit_log import Entry

if TYPE_CHECKING:
    from workspace.identity.tokens import TokenEntry
    from workspace.writes.admin_write import AdminWrite

blueprint = Blueprint("tokens", __name__)
_DAY = 24 * 3600


@blueprint.get("/tokens")
def index() -> Response:
    """List the tokens."""
    with reading() as connection:
        entries = tokens.entries(connection)
    return answer({"type": "list", "data": [entry.document() for entry in entries]})


@blueprint.post("/tokens")
def create() -> Response:
    """Make a token."""
    desired = base.body("NewToken")
    name, scope, days = desired["name"], desired["scope"], desired.get("days")

    def do(write: AdminWrite) -> Response:
        expires_at = None if days is None else write.at + int(days) * _DAY
        try:
            token = tokens.create(write.connection, name, scope, now=write.at, expires_at=expires_at)
        except WorkspaceError as problem:
            raise invalid_value(problem.summary, "name") from problem
        entry = _entry(write, name)
        after = entry.document()
        write.log(Entry(_address(name), f"Created the token {name}, which may {scope}", {}, after, 1))
        return answer({**after, "token": token}, status=201)

    return base.write(do, takes_step=False)


@blueprint.delete("/tokens/<token>")
def revoke(token: str) -> Response:
    """End a token at once."""

    def do(write: AdminWrite) -> Response:
        before = _entry(write, token)
        if before.revoked_at is not None:
            raise not_found()
        tokens.revoke(write.connection, token, now=write.at)
        after = _entry(write, token).document()
        write.log(Entry(_address(token), f"Revoked the token {token}", before.document(), after, 2))
        return Response(status=204)

    return base.write(do, takes_step=False)


def _entry(write: AdminWrite, name: str) -> TokenEntry:
    token_entry = next((entry for entry in tokens.entries(write.connection) if entry.name == name), None)
    if token_entry is None:
        raise not_found()
    return token_entry


def _address(name: str) -> str:
    # Addresses are shorter than names may be.
    return f"token/{name}"[:200]
