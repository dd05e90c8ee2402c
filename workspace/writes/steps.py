"""The steps of applies that were done: a write that names its step is done once, however often it is sent.

What a step changed and what was answered are kept in the transaction of the write itself. So whoever
lost an answer, or took over from somebody who was killed, sends the step again and is told the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from workspace.core.clock import iso
from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.database.prepared import Prepared
from workspace.database.tables import receipt_steps, receipts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from workspace.writes.admin_write import AdminWrite, Effect
    from workspace.writes.leases import Claim
    from workspace.writes.together import Together

HEADER = "Portal-Step"
_STEP = re.compile(r"\s*r([1-9][0-9]{0,8})/([A-Za-z0-9._-]{1,40})\s*", re.ASCII)

# Asked with every step of an apply.
_DONE = Prepared(
    select(receipt_steps).where(
        receipt_steps.c.receipt == bindparam("receipt"), receipt_steps.c.step == bindparam("step")
    ),
    *("receipt", "step"),
)
_RECEIPT = Prepared(
    select(receipts.c.configuration, receipts.c.outcome, receipts.c.steps_done).where(
        receipts.c.number == bindparam("number")
    ),
    "number",
)
_SEVERAL = select(receipt_steps).where(
    receipt_steps.c.receipt == bindparam("number"), receipt_steps.c.step.in_(bindparam("steps", expanding=True))
)
_STEP_DONE = update(receipts).where(receipts.c.number == bindparam("receipt_number"))


@dataclass(frozen=True, slots=True)
class Step:
    """Which step of an apply a write is.

    Attributes:
        receipt: The number of the apply's receipt.
        name: What the apply calls the step.
        request_digest: Of the request; one step is one request.
    """

    receipt: int
    name: str
    request_digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write was answered.

    Attributes:
        status: The HTTP status.
        body: The body.
        etag: The `ETag` header, where there was one.
    """

    status: int
    body: str
    etag: str | None


def step(text: str | None, request_digest: Callable[[], str]) -> Step | None:
    """Return what a `Portal-Step` header says, or None where there is none.

    Args:
        request_digest: Returns what tells the request from another one; a plan is long, and most writes are no step.

    Raises:
        ApiError: 400 where it says nothing that can be read.
    """
    if text is None:
        return None
    match = _STEP.fullmatch(text)
    if match is None:
        raise invalid_parameter(f"{HEADER} is a receipt and the name of a step: r12/3", HEADER)
    return Step(int(match[1]), match[2], request_digest())


def digest(method: str, path: str, body: object) -> str:
    """Return what tells a request from another one; how its JSON is written does not matter."""
    text = json.dumps([method, path, body], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def kept(write: AdminWrite, step: Step) -> Answer | None:
    """Return what the step was answered when it was done, or None where it was not done yet.

    Raises:
        ApiError: 409 where its receipt is not one of the lease's configuration that is running, and where
            the step was another request.
    """
    _check_receipt(write.connection, write.lease, step.receipt)
    row = _DONE.first(write.connection, receipt=step.receipt, step=step.name)
    if row is None:
        return None
    if row.request_digest != step.request_digest:
        message = f"the step {step.name} of r{step.receipt} was another request, about {row.resource}"
        raise ApiError(409, Problem("step_reused", message, HEADER))
    return Answer(row.status, row.body, row.etag)


def keep(write: AdminWrite, step: Step, answer: Answer) -> None:
    """Keep that a step was done, and what it was answered."""
    keep_all(write.connection, write.at, [(step, write.effect(), answer)])


def keep_all(connection: Connection, at: int, done: Sequence[tuple[Step, Effect, Answer]]) -> None:
    """Keep that steps of one receipt were done at a moment, with what each did and was answered."""
    receipt = done[0][0].receipt
    before: int = _RECEIPT.first(connection, number=receipt).steps_done
    rows = [
        {
            "receipt": receipt,
            "step": step.name,
            "position": position,
            "at": at,
            "resource": effect.address,
            "before_revision": effect.before,
            "revision": effect.after,
            "request_digest": step.request_digest,
            "status": answer.status,
            "etag": answer.etag,
            "body": answer.body,
        }
        for position, (step, effect, answer) in enumerate(done, start=before + 1)
    ]
    # Given beside the statement, so that it is compiled once.
    connection.execute(insert(receipt_steps), rows)
    connection.execute(_STEP_DONE, {"receipt_number": receipt, "steps_done": before + len(rows)})


def all_kept(write: Together, steps: Sequence[Step]) -> list[Answer]:
    """Return what steps of one receipt were answered when they were done together; nothing where none was done yet.

    Raises:
        ApiError: 409 where their receipt is not one of the lease's configuration that is running, and where they were
            done otherwise.
    """
    receipt = steps[0].receipt
    _check_receipt(write.connection, write.lease, receipt)
    rows = write.connection.execute(_SEVERAL, {"number": receipt, "steps": [step.name for step in steps]}).all()
    found = {row.step: row for row in rows}
    if not found:
        return []
    for item in steps:
        row = found.get(item.name)
        if row is None or row.request_digest != item.request_digest:
            message = f"some of these steps of r{receipt} were done already, and {item.name} not or otherwise"
            raise ApiError(409, Problem("step_reused", message, HEADER))
    return [Answer(row.status, row.body, row.etag) for row in (found[step.name] for step in steps)]


def documents(connection: Connection, receipt: int) -> list[dict[str, Any]]:
    """Return the steps of a receipt as they stand in an answer, in the order in which they were done."""
    rows = connection.execute(
        select(receipt_steps).where(receipt_steps.c.receipt == receipt).order_by(receipt_steps.c.position)
    )
    return [
        {
            "step": row.step,
            "at": iso(row.at),
            "resource": row.resource,
            "before_revision": row.before_revision,
            "revision": row.revision,
        }
        for row in rows
    ]


def _check_receipt(connection: Connection, lease: Claim | None, number: int) -> None:
    row = _RECEIPT.first(connection, number=number)
    if row is None:
        message = f"there is no receipt r{number}"
    elif lease is None or row.configuration != lease.name:
        message = f"the receipt r{number} is about {row.configuration}, the lease is of something else"
    elif row.outcome != "running":
        message = f"the receipt r{number} is finished: {row.outcome}"
    else:
        return
    raise ApiError(409, Problem("receipt_finished", message, HEADER))
