"""/receipts: the plan and the outcome of each apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.core.errors import not_found
from workspace.web import context, http
from workspace.web.admin import base
from workspace.web.admin.configurations import record_name
from workspace.writes import receipts, steps

if TYPE_CHECKING:
    from flask import Response

    from workspace.writes.admin_write import AdminWrite

blueprint = Blueprint("receipts", __name__)
MAX_BODY = 8 * 1024 * 1024
"""The most bytes of a request with a whole plan."""

_DEFAULT_LIMIT = 20
_LONGEST = 100


@blueprint.get("/receipts")
def index() -> Response:
    """Answer summaries, newest first."""
    query = http.query(
        {
            "configuration": record_name,
            "help_center": _text,
            "plan_digest": _text,
            "outcome": _outcome,
            "limit": _limit,
            "before": _receipt,
        }
    )
    limit, before = query.pop("limit", _DEFAULT_LIMIT), query.pop("before", None)
    with context.reading() as connection:
        data, more = receipts.listed(connection, query, before=before, limit=limit)
    return http.answer({"type": "list", "data": data, "more": more})


@blueprint.post("/receipts")
@http.takes(MAX_BODY)
def start() -> Response:
    """Make the receipt of an apply that begins."""
    desired = base.body("NewReceipt")

    def do(write: AdminWrite) -> Response:
        document, made = receipts.start(write, desired, base.request_digest())
        return http.answer(document, status=201 if made else 200)

    return base.write(do, takes_step=False)


@blueprint.get("/receipts/<receipt>")
def get(receipt: str) -> Response:
    """Answer everything about one."""
    name = steps.receipt_name(receipt)
    with context.reading() as connection:
        document = receipts.document(connection, name) if name is not None else None
    if document is None:
        raise not_found()
    return http.answer(document)


@blueprint.post("/receipts/<receipt>/finish")
def finish(receipt: str) -> Response:
    """Record the outcome of an apply."""
    result = base.body("ReceiptResult")
    name = steps.receipt_name(receipt)
    if name is None:
        raise not_found()
    return base.write(lambda write: http.answer(receipts.finish(write, name, result)), takes_step=False)


def _text(text: str) -> str:
    if not 0 < len(text) <= _LONGEST or "\0" in text:
        raise ValueError(f"has 1 to {_LONGEST} characters")
    return text


def _outcome(text: str) -> str:
    if text not in receipts.OUTCOMES:
        raise ValueError(f"is one of {', '.join(receipts.OUTCOMES)}")
    return text


def _limit(text: str) -> int:
    return http.whole_number(text, 1, receipts.MAX_LISTED)


def _receipt(text: str) -> int:
    # A place in the list, whatever receipt is there by now.
    name = steps.receipt_name(text)
    if name is None:
        raise ValueError("is the id of a receipt, such as r12-3f9a0c")
    return name.number
