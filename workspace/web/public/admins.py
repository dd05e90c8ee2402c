"""/me and /admins: the token's holder, and the teammates of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import or_, select

from workspace.core.errors import ApiError, Problem
from workspace.database import store
from workspace.database.tables import admins
from workspace.settings.kinds import identity as identity_kind
from workspace.web.context import caller
from workspace.web.public.http import base

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection, Row

blueprint = Blueprint("rest_admins", __name__)


@blueprint.get("/me")
def me() -> Response:
    """Answer whose token it is, and the workspace."""
    with base.reading() as connection:
        workspace = base.workspace_of(connection)
        identity = store.load(connection, identity_kind.KIND.address())
        named = by_name(connection, caller().name)
    app = {
        "type": "app",
        "id_code": workspace.id,
        "name": workspace.name,
        "timezone": "UTC",
        "identity_verification": identity is not None and identity.document["mode"] != "off",
    }
    # A token may be named after a teammate; any other is its own.
    holder = document(named) if named else {"type": "admin", "id": caller().name, "name": caller().name, "email": ""}
    return base.answer({**holder, "app": app})


@blueprint.get("/admins")
def listed() -> Response:
    """Answer all teammates by name."""
    with base.reading() as connection:
        rows = connection.execute(select(admins).order_by(admins.c.name))
        return base.answer({"type": "admin.list", "admins": [document(row) for row in rows]})


@blueprint.get("/admins/<admin_id>")
def get(admin_id: str) -> Response:
    """Answer a teammate."""
    with base.reading() as connection:
        row = find(connection, admin_id)
    if row is None:
        raise ApiError(404, Problem("admin_not_found", "Admin not found"))
    return base.answer(document(row))


@blueprint.get("/teams")
def teams() -> Response:
    """Answer all teams: teammates of this workspace are in none."""
    return base.answer({"type": "team.list", "teams": []})


@blueprint.get("/teams/<team_id>")
def team(team_id: str) -> Response:
    """Answer a team, of which there is none."""
    raise ApiError(404, Problem("team_not_found", f"Team not found: {team_id}"))


def find(connection: Connection, admin_id: str) -> Row[Any] | None:
    """Return a teammate by id, or None."""
    # They are few. An id of the workspace's own is known too.
    rows = connection.execute(select(admins)).all()
    return next((row for row in rows if admin_id in {row.id, public_id(row.id)}), None)


def public_id(admin_id: str) -> str:
    """Return a teammate's id as the API has it: decimal digits, which typed clients read as a number."""
    return admin_id if admin_id.isascii() and admin_id.isdecimal() else str(base.number_of(f"admin/{admin_id}"))


def by_name(connection: Connection, name: str) -> Row[Any] | None:
    """Return the teammate whose name or email is the given one, or None."""
    return connection.execute(select(admins).where(or_(admins.c.name == name, admins.c.email == name))).first()


def document(row: Row[Any]) -> dict[str, Any]:
    """Return a teammate as it stands in an answer."""
    return {"type": "admin", "id": public_id(row.id), "name": row.name, "email": row.email, "team_ids": []}
