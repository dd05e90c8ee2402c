"""Holds: an apply that waits for a person keeps others from changing its addresses, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workspace.core.clock import iso
from workspace.core.errors import ApiError, Problem
from workspace.database.tables import receipts, tasks
from workspace.database.tables.applies import IS_RUNNING
from workspace.upstream.tasks import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


def waiting(connection: Connection) -> list[dict[str, Any]]:
    """Return the applies that wait, each with its newest task and its addresses; one that goes on still holds them."""
    return [entry for _, entry in _waiting(connection)]


def require_free(connection: Connection, address: str, receipt: int | None) -> None:
    """Refuse a change of an address that another apply or an open task holds, with ApiError 423: who, when, which."""
    for number, entry in _waiting(connection):
        if number != receipt and address in entry["addresses"]:
            raise held(entry)
    task = rows.open_at(connection, address)
    if task is not None and task.receipt != receipt:
        raise held(_alone(task))


def held(entry: dict[str, Any]) -> ApiError:
    """Return the refusal of a change of a held address."""
    message = (
        f"{entry['holder']} waits for {entry['task']} since {entry['since']}, and holds {', '.join(entry['addresses'])}"
    )
    return ApiError(423, Problem("task_held", message, data=entry))


def _waiting(connection: Connection) -> Iterator[tuple[int, dict[str, Any]]]:
    columns = (
        receipts.c.number,
        receipts.c.id,
        receipts.c.configuration,
        receipts.c.environment,
        receipts.c.configuration_digest,
        receipts.c.plan_digest,
        receipts.c.action,
        receipts.c.holder,
        receipts.c.by_name,
        receipts.c.started_at,
        receipts.c.plan,
    )
    with_tasks = select(tasks.c.receipt).where(tasks.c.released_at.is_(None), tasks.c.receipt.is_not(None))
    query = select(*columns).where(IS_RUNNING, receipts.c.number.in_(with_tasks)).order_by(receipts.c.number)
    for row in connection.execute(query):
        newest = rows.newest_of(connection, row.number)
        if newest is None or newest.released_at is not None:
            continue
        entry = {
            "receipt": row.id,
            "configuration": row.configuration,
            "environment": row.environment,
            "configuration_digest": row.configuration_digest,
            "plan_digest": row.plan_digest,
            "action": row.action,
            "holder": row.holder,
            "by": row.by_name,
            "since": iso(newest.opened_at),
            "task": newest.name,
            "state": newest.state.value,
            "addresses": sorted({str(change.get("address")) for change in row.plan.get("changes", ())}),
        }
        yield row.number, entry


def _alone(task: rows.Task) -> dict[str, Any]:
    return {
        "receipt": task.receipt_id,
        "configuration": None,
        "environment": None,
        "configuration_digest": None,
        "plan_digest": None,
        "action": None,
        "holder": task.opened_by,
        "by": task.opened_by,
        "since": iso(task.opened_at),
        "task": task.name,
        "state": task.state.value,
        "addresses": [task.address],
    }
