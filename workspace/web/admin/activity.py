"""GET /activity: the log of changes and their authors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.web import context, http
from workspace.writes import audit_log, chain

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("activity", __name__)
_DEFAULT_LIMIT = 50
_LARGEST = 2**31 - 1
_LONGEST_ADDRESS = 300


@blueprint.get("/activity")
def get() -> Response:
    """Answer entries, newest first."""
    query = http.query({"resource": _address, "after_revision": _revision, "limit": _limit})
    with context.reading() as connection:
        data = audit_log.entries(
            connection,
            resource=query.get("resource"),
            after_revision=query.get("after_revision"),
            limit=query.get("limit", _DEFAULT_LIMIT),
        )
    return http.answer({"type": "activity.list", "data": data})


@blueprint.get("/activity/check")
def check() -> Response:
    """Answer a check of the chain of all entries."""
    with context.reading() as connection:
        return http.answer(chain.check(connection))


def _address(text: str) -> str:
    if not 0 < len(text) <= _LONGEST_ADDRESS or "\0" in text:
        raise ValueError("is the address of a resource, such as audience/acme")
    return text


def _revision(text: str) -> int:
    return http.whole_number(text, 0, _LARGEST)


def _limit(text: str) -> int:
    return http.whole_number(text, 1, audit_log.MAX_LISTED)
