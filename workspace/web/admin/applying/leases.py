"""/leases/NAME: the lock of a configuration. A lease is no change: the workspace's revision stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from workspace.core.errors import invalid_value, not_found
from workspace.web import context, http
from workspace.web.admin import base
from workspace.web.admin.configurations import RECORD_NAME
from workspace.writes import lease_rules, leases
from workspace.writes.leases import Claim

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from workspace.writes.admin_write import AdminWrite

blueprint = Blueprint("leases", __name__)
_RELEASED = {"released": True}


@blueprint.get("/leases/<name>")
def get(name: str) -> Response:
    """Answer the lease that is live."""
    with context.reading() as connection:
        lease = leases.live(connection, name, context.now())
    if lease is None:
        raise not_found()
    return http.answer(lease.document())


@blueprint.post("/leases/<name>")
def acquire(name: str) -> Response:
    """Acquire the lease."""
    if not RECORD_NAME.fullmatch(name):
        raise invalid_value("a name is letters, digits, dots, hyphens and underscores, at most 200", "name")
    desired = base.body("NewLease")
    with base.taking_turns() as connection:
        lease, made = leases.acquire(connection, name, desired, by=context.caller().name, now=context.now())
    return http.answer(lease.document(), status=201 if made else 200)


@blueprint.post("/leases/<name>/renew")
def renew(name: str) -> Response:
    """Let the lease last longer."""
    desired = base.body("LeaseRenewal")
    with base.taking_turns() as connection:
        lease = leases.renew(connection, _claim(name, desired), int(desired["ttl"]), context.now())
    return http.answer(lease.document())


@blueprint.post("/leases/<name>/release")
def release(name: str) -> Response:
    """Release the lease."""
    claim = _claim(name, base.body("LeaseFence"))
    with base.taking_turns() as connection:
        leases.release(connection, claim, context.now())
    return http.answer(_RELEASED)


@blueprint.post("/leases/<name>/break")
def break_live(name: str) -> Response:
    """Break somebody else's lease."""
    claim = _claim(name, base.body("LeaseFence"))

    def do(write: AdminWrite) -> Response:
        lease_rules.break_live(write, claim)
        return http.answer(_RELEASED)

    return base.write(do, takes_step=False)


def _claim(name: str, body: Mapping[str, Any]) -> Claim:
    return Claim(name, int(body["fence"]), body.get("id"))
