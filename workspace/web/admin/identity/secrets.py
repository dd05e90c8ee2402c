"""/identity/secrets: the signing secrets of a customer's application. A value is shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from workspace.identity import secrets as identity_secrets
from workspace.web import context, http
from workspace.web.admin import base

if TYPE_CHECKING:
    from workspace.identity.secrets import SecretEntry
    from workspace.writes.admin_write import AdminWrite

blueprint = Blueprint("identity_secrets", __name__)


@blueprint.get("/identity/secrets")
def index() -> Response:
    """List the secrets without their values."""
    with context.reading() as connection:
        entries = identity_secrets.entries(connection)
    return http.answer({"type": "list", "data": [entry.document() for entry in entries]})


@blueprint.post("/identity/secrets")
def create() -> Response:
    """Make a secret."""
    desired = base.body("NewIdentitySecret")
    return base.write(
        lambda write: _made(*identity_secrets.create(write, desired["kind"], desired["name"])), takes_step=False
    )


@blueprint.post("/identity/secrets/<secret>/rotate")
def rotate(secret: str) -> Response:
    """Make the successor of a secret."""
    desired = base.body("IdentitySecretRotation")
    return base.write(
        lambda write: _made(*identity_secrets.rotate(write, secret, desired["overlap_seconds"])), takes_step=False
    )


@blueprint.delete("/identity/secrets/<secret>")
def revoke(secret: str) -> Response:
    """End a secret at once."""

    def do(write: AdminWrite) -> Response:
        identity_secrets.revoke(write, secret)
        return Response(status=204)

    return base.write(do)


def _made(entry: SecretEntry, value: str) -> Response:
    return http.answer({**entry.document(), "value": value}, status=201)
