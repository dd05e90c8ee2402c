"""Applies: configurations with their records, receipts, and live leases."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from workspace.core.errors import ApiError
from workspace.web.console import api, shell
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from flask import Response


@blueprint.get("/hc/<name:help_center>/applies")
def list_applies(help_center: str) -> Response:
    """List configurations and their applies."""
    records = api.get(f"/help_centers/{help_center}/configuration")["others"]
    receipts = api.get("/receipts", limit="50")
    names = dict.fromkeys(
        [*(record["name"] for record in records), *(value["configuration"] for value in receipts["data"])]
    )
    return shell.page(
        "applies.html",
        "applies",
        help_center,
        records=records,
        receipts=receipts["data"],
        more=receipts["more"],
        locks=[lock for name in names if (lock := _lock(name))],
    )


@blueprint.get("/hc/<name:help_center>/applies/<name:receipt>")
def show_receipt(help_center: str, receipt: str) -> Response:
    """Show a receipt."""
    document = api.get(f"/receipts/{receipt}")
    changes = {change.get("id"): change for change in document["plan"].get("changes", ()) if isinstance(change, dict)}
    return shell.page(
        "receipt.html",
        "applies",
        help_center,
        receipt=document,
        changes=[{**changes.get(change["id"], {}), **change} for change in document["changes"]],
    )


def _lock(name: str) -> Any:
    try:
        return api.get(f"/leases/{name}")
    except ApiError as problem:
        if problem.status != HTTPStatus.NOT_FOUND:
            raise
        # Nobody works on it, nor ever did.
        return None
