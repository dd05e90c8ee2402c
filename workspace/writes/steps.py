"""Steps of applies: the workspace makes each step once, however often it is sent.

Effect and answer are kept in one transaction: after a lost answer, or by a successor, the same step gets the same one.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from sqlalchemy import bindparam, insert, select, update

from workspace.core.clock import iso
from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.database.prepared import Prepared
from workspace.database.tables import receipt_steps, receipts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Row

    from workspace.writes.admin_write import AdminWrite, Effect
    from workspace.writes.leases import Claim
    from workspace.writes.together import Together

HEADER = "Portal-Step"
_STEP = re.compile(r"\s*([^/\s]{1,20})/([A-Za-z0-9._-]{1,40})\s*", re.ASCII)
_sorted = json.JSONEncoder(sort_keys=True, check_circular=False).encode
_NAME = re.compile(r"r([1-9][0-9]{0,8})(?:-[0-9a-f]{6})?", re.ASCII)

# Asked with every step of an apply.
_DONE = Prepared(
    select(receipt_steps).where(
        receipt_steps.c.receipt == bindparam("receipt"), receipt_steps.c.step == bindparam("step")
    ),
    *("receipt", "step"),
)
_RECEIPT = Prepared(
    select(receipts.c.id, receipts.c.configuration, receipts.c.outcome, receipts.c.steps_done).where(
        receipts.c.number == bindparam("number")
    ),
    "number",
)
_SEVERAL = select(receipt_steps).where(
    receipt_steps.c.receipt == bindparam("number"), receipt_steps.c.step.in_(bindparam("steps", expanding=True))
)
_INSERT = insert(receipt_steps)
_STEP_DONE = update(receipts).where(receipts.c.number == bindparam("receipt_number"))


@dataclass(frozen=True, slots=True)
class ReceiptName:
    """A receipt as a caller names it: its number, and its id, if named, which a restored workspace never repeats."""

    number: int
    id: str | None = None

    def __str__(self) -> str:
        return self.id or f"r{self.number}"

    def is_of(self, row: Row[Any] | None) -> TypeGuard[Row[Any]]:
        """Return True for the name of this receipt."""
        return row is not None and self.id in (None, row.id)


@dataclass(frozen=True, slots=True)
class Step:
    """The step of an apply that a write is: receipt, name, and digest, as one step is one request."""

    of: ReceiptName
    name: str
    request_digest: str

    @property
    def receipt(self) -> int:
        """The number of its receipt."""
        return self.of.number


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a write: HTTP status, body, and `ETag` header if any."""

    status: int
    body: str
    etag: str | None


def receipt_name(text: str) -> ReceiptName | None:
    """Parse the name of a receipt, such as `r12-3f9a0c` or `r12`; None for another text."""
    match = _NAME.fullmatch(text)
    return ReceiptName(int(match[1]), text if "-" in text else None) if match else None


def step(text: str | None, request_digest: Callable[[], str]) -> Step | None:
    """Parse a `Portal-Step` header, None if absent; ApiError 400 if malformed. Only a step has its digest computed."""
    if text is None:
        return None
    match = _STEP.fullmatch(text)
    of = receipt_name(match[1]) if match else None
    if match is None or of is None:
        raise invalid_parameter(f"{HEADER} is a receipt and the name of a step: r12-3f9a0c/3", HEADER)
    return Step(of, match[2], request_digest())


def digest(method: str, path: str, body: object) -> str:
    """Return the digest of a request; the layout of its JSON does not count."""
    return hashlib.sha256(_sorted([method, path, body]).encode()).hexdigest()


def kept(write: AdminWrite, step: Step) -> Answer | None:
    """Return a step's kept answer, or None; ApiError 409 for another request, or no running receipt of the lease."""
    _check_receipt(write.connection, write.lease, step.of)
    row = _DONE.first(write.connection, receipt=step.receipt, step=step.name)
    if row is None:
        return None
    if row.request_digest != step.request_digest:
        message = f"the step {step.name} of {step.of} was another request, about {row.resource}"
        raise ApiError(409, Problem("step_reused", message, HEADER))
    return Answer(row.status, row.body, row.etag)


def keep(write: AdminWrite, step: Step, answer: Answer) -> None:
    """Keep the effect and the answer of a step."""
    keep_all(write.connection, write.at, [(step, write.effect(), answer)])


def keep_all(connection: Connection, at: int, done: Sequence[tuple[Step, Effect, Answer]]) -> None:
    """Keep the effects and the answers of several steps of one receipt."""
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
    connection.execute(_INSERT, rows)
    connection.execute(_STEP_DONE, {"receipt_number": receipt, "steps_done": before + len(rows)})


def all_kept(write: Together, steps: Sequence[Step]) -> list[Answer]:
    """Return the kept answers of steps made together, empty if none was made; ApiError 409 for some, as in `kept`."""
    receipt = steps[0].of
    _check_receipt(write.connection, write.lease, receipt)
    rows = write.connection.execute(_SEVERAL, {"number": receipt.number, "steps": [step.name for step in steps]}).all()
    by_step = {row.step: row for row in rows}
    if not by_step:
        return []
    for item in steps:
        row = by_step.get(item.name)
        if row is None or row.request_digest != item.request_digest:
            message = f"some of these steps of {receipt} were done already, and {item.name} not or otherwise"
            raise ApiError(409, Problem("step_reused", message, HEADER))
    return [Answer(row.status, row.body, row.etag) for row in (by_step[step.name] for step in steps)]


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


def _check_receipt(connection: Connection, lease: Claim | None, receipt: ReceiptName) -> None:
    row = _RECEIPT.first(connection, number=receipt.number)
    if not receipt.is_of(row):
        message = f"there is no receipt {receipt}"
    elif lease is None or row.configuration != lease.name:
        message = f"the receipt {receipt} is about {row.configuration}, the lease is of something else"
    elif row.outcome != "running":
        message = f"the receipt {receipt} is finished: {row.outcome}"
    else:
        return
    raise ApiError(409, Problem("receipt_finished", message, HEADER))
