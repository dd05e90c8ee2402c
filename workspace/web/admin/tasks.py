"""/tasks and /attestations: a person's tasks at the vendor, and named people's attestations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from workspace.core import validation
from workspace.core.errors import ApiError, Problem, not_found
from workspace.settings import kinds
from workspace.upstream import observing, tasks
from workspace.web import context, http
from workspace.web.admin import base
from workspace.writes import admin_write as writes
from workspace.writes.steps import receipt_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from workspace.upstream.protocol import Upstream
    from workspace.upstream.tasks import Task
    from workspace.writes.admin_write import AdminWrite
    from workspace.writes.steps import ReceiptName

blueprint = Blueprint("tasks", __name__)
_LONGEST = 200


@blueprint.get("/tasks")
def index() -> Response:
    """Answer the newest tasks, newest first."""
    _upstream()
    query = http.query({"state": _state, "receipt": _receipt, "address": _text})
    receipt = query.pop("receipt", None)
    with context.reading() as connection:
        data = [task.document() for task in tasks.listed(connection, query, receipt)]
    return http.answer({"type": "list", "data": data})


@blueprint.get("/tasks/<task>")
def get(task: str) -> Response:
    """Answer one task."""
    _upstream()
    with context.reading() as connection:
        row = tasks.find(connection, _number(task))
    if row is None:
        raise not_found()
    return http.answer(row.document())


@blueprint.post("/tasks/<task>/before")
def before(task: str) -> Response:
    """Store a person's note of the previous value."""
    body = base.body("TaskBefore")
    return _write(task, lambda write, which: tasks.note(write, which, body.get("values"), body.get("text")))


@blueprint.post("/tasks/<task>/confirm")
def confirm(task: str) -> Response:
    """Confirm a task: read the vendor again, then compare the read-back."""
    body = base.body("TaskConfirmation")
    upstream = _upstream()
    which = _number(task)
    observing.look_now(context.running().engine, upstream)
    with context.reading() as connection:
        row = tasks.find(connection, which)
    if row is not None and row.state is tasks.State.DONE:
        # It was seen to be so, or this request is sent again.
        return http.answer(row.document())
    return _write(task, lambda write, which: tasks.confirm(write, which, body, upstream.vendor))


@blueprint.post("/tasks/<task>/abandon")
def abandon(task: str) -> Response:
    """Abandon a task, and release the hold of its apply."""
    body = base.body("TaskAbandonment")
    return _write(task, lambda write, which: tasks.abandon(write, which, body.get("why")))


@blueprint.get("/attestations")
def attestations() -> Response:
    """Answer the attestations, newest first."""
    _upstream()
    query = http.query({"address": _text, "field": _text})
    with context.reading() as connection:
        data = tasks.attestations(connection, query)
    return http.answer({"type": "list", "data": data})


@blueprint.post("/attestations")
def attest() -> Response:
    """Store a named person's attestation of values that no program can read."""
    body = base.body("NewAttestation")
    upstream, address = _upstream(), str(body["address"])
    try:
        kind = kinds.kind_of(address)
    except KeyError:
        raise not_found() from None
    validation.check(kind.schema, body["values"])
    with writes.admin_write(context.running().engine, context.caller(), context.now()) as made:
        tasks.attest(made, address, body["values"], body, upstream.vendor)
    with context.reading() as connection:
        data = tasks.attestations(connection, {"address": address})
    return http.answer({"type": "list", "data": data})


def _write(task: str, do: Callable[[AdminWrite, int], Task]) -> Response:
    _upstream()
    with writes.admin_write(context.running().engine, context.caller(), context.now()) as made:
        written = do(made, _number(task))
    return http.answer(written.document())


def _number(text: str) -> int:
    number = tasks.number(text)
    if number is None:
        raise not_found()
    return number


def _upstream() -> Upstream:
    upstream = context.running().upstream
    if upstream is None:
        raise ApiError(404, Problem("no_upstream", "the settings of this workspace live here: it has no tasks"))
    return upstream


def _state(text: str) -> Any:
    if text not in tasks.STATES:
        raise ValueError(f"is one of {', '.join(tasks.STATES)}")
    return text


def _receipt(text: str) -> ReceiptName:
    name = receipt_name(text)
    if name is None:
        raise ValueError("is the id of a receipt, such as r12-3f9a0c")
    return name


def _text(text: str) -> str:
    if not 0 < len(text) <= _LONGEST or "\0" in text:
        raise ValueError(f"has 1 to {_LONGEST} characters")
    return text
