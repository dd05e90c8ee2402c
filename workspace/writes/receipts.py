"""Receipts: the plan and the outcome of each apply, made before the first write and finished after the last.

A running one without a live lease was interrupted; the next holder of the lease finishes it.
"""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from workspace.core.clock import iso
from workspace.core.errors import ApiError, Problem, invalid_value, not_found
from workspace.database.prepared import Prepared
from workspace.database.store import same
from workspace.database.tables import receipts
from workspace.database.tables.applies import IS_RUNNING
from workspace.writes import lease_rules, leases, steps

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection, Row

    from workspace.writes.admin_write import AdminWrite
    from workspace.writes.steps import ReceiptName

RUNNING, APPLIED = "running", "applied"
OUTCOMES = (RUNNING, APPLIED, "applied_in_part", "failed", "interrupted")
CHANGE_OUTCOMES = ("applied", "failed", "not_attempted", "unknown")
MAX_LISTED = 100
_OPTIONAL = ("promotes",)
_MOST_PHRASE = 200
_GIVEN = (
    "configuration",
    "help_center",
    "action",
    "environment",
    "plan_digest",
    "configuration_digest",
    "commit",
    "holder",
    "generator",
    "plan",
    "record_before",
)
_LONG = {"plan", "record_before", "changes", "diagnostics"}
_OTHER = receipts.alias()
_SUMMED = [
    *(column for column in receipts.c if column.name not in _LONG),
    *(
        select(_OTHER.c.id).where(_OTHER.c.number == receipts.c[name]).scalar_subquery().label(f"{name}_id")
        for name in ("undoes", "undone_by")
    ),
]
_SUMMARY = select(*_SUMMED)
_BY_NUMBER = receipts.c.number == bindparam("number")
_ONE = Prepared(_SUMMARY.where(_BY_NUMBER), "number")
_MINE = Prepared(
    _SUMMARY.where(
        receipts.c.configuration == bindparam("configuration"), receipts.c.fence == bindparam("fence")
    ).limit(1),
    *("configuration", "fence"),
)
_NEWEST = Prepared(select(func.max(receipts.c.number)))
_INSERT = insert(receipts)
_UPDATE = update(receipts).where(receipts.c.number == bindparam("its_number"))
_RESULT = select(receipts.c.outcome, receipts.c.changes, receipts.c.diagnostics)
_WHOLE = Prepared(select(*_SUMMED, *(receipts.c[name] for name in sorted(_LONG))).where(_BY_NUMBER), "number")
_UNFINISHED = _SUMMARY.where(receipts.c.configuration.in_(bindparam("names", expanding=True)), IS_RUNNING).order_by(
    receipts.c.number
)


def start(write: AdminWrite, desired: Mapping[str, Any], request_digest: str) -> tuple[dict[str, Any], bool]:
    """Make the receipt of a new apply; return its summary, and True if new: one lease makes one receipt.

    ApiError 423 or 428 without the lease, 409 if it made another, 422 for an unknown Help Center or receipt to undo.
    """
    name = desired["configuration"]
    claim = lease_rules.require(write, name)
    before = _MINE.first(write.connection, configuration=name, fence=claim.fence)
    if before is not None:
        if before.request_digest != request_digest:
            message = f"the lease {claim.fence} of {name} has made the receipt {before.id} from another request"
            raise ApiError(409, Problem("step_reused", message, leases.HEADER))
        return summary(before), False
    write.check_help_center(desired["help_center"])
    newest = _NEWEST.scalar(write.connection) or 0
    row = {
        "number": newest + 1,
        "id": f"r{newest + 1}-{secrets.token_hex(3)}",
        **{field: desired[field] for field in _GIVEN},
        **{field: desired.get(field) for field in _OPTIONAL},
        "message": desired.get("message") or _phrase(desired["plan"]),
        "undoes": _undone(write.connection, desired),
        "by_name": write.caller.name,
        "outcome": RUNNING,
        "started_at": write.at,
        "fence": claim.fence,
        "counts": _counted([]),
        "steps_done": 0,
        "request_digest": request_digest,
        "changes": [],
        "diagnostics": [],
    }
    write.connection.execute(_INSERT, row)
    return summary(_row(write.connection, newest + 1)), True


def finish(write: AdminWrite, receipt: ReceiptName, result: Mapping[str, Any]) -> dict[str, Any]:
    """Record `outcome`, `changes` and `diagnostics` of an apply, and return the receipt's summary.

    Raises ApiError 404 for an unknown receipt, 423 or 428 without the lease, 409 if it has another outcome already.
    """
    row = _named(write.connection, receipt)
    if row is None:
        raise not_found()
    lease_rules.require(write, row.configuration)
    if row.outcome != RUNNING:
        before = write.connection.execute(_RESULT.where(receipts.c.number == row.number)).one()
        if not same({name: before._mapping[name] for name in result}, result):
            message = f"the receipt {row.id} is finished: {row.outcome}"
            raise ApiError(409, Problem("receipt_finished", message))
        return summary(row)
    values = {**result, "finished_at": write.at, "counts": _counted(result["changes"])}
    write.connection.execute(_UPDATE, {"its_number": row.number, **values})
    if row.undoes is not None and result["outcome"] == APPLIED:
        write.connection.execute(_UPDATE, {"its_number": row.undoes, "undone_by": row.number})
    return summary(_row(write.connection, row.number))


def listed(
    connection: Connection, desired: Mapping[str, str], *, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    """Return summaries by field and below a number, newest first, and True if there are more."""
    query = _SUMMARY.where(*(receipts.c[field] == value for field, value in desired.items()))
    if before is not None:
        query = query.where(receipts.c.number < before)
    rows = connection.execute(query.order_by(receipts.c.number.desc()).limit(limit + 1)).all()
    return [summary(row) for row in rows[:limit]], len(rows) > limit


def document(connection: Connection, receipt: ReceiptName) -> dict[str, Any] | None:
    """Return everything about a receipt, or None."""
    row = _named(connection, receipt, _WHOLE)
    if row is None:
        return None
    long = {field: getattr(row, field) for field in sorted(_LONG)}
    return {**summary(row), **long, "steps": steps.documents(connection, receipt.number)}


def unfinished(connection: Connection, names: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the newest running receipt of each of these configurations, by name; at most one query."""
    rows = connection.execute(_UNFINISHED, {"names": list(names)}) if names else ()
    # The newest comes last, and stays.
    return {row.configuration: summary(row) for row in rows}


def summary(row: Row[Any]) -> dict[str, Any]:
    """Return the summary of a receipt for lists."""
    return {
        "id": row.id,
        "configuration": row.configuration,
        "help_center": row.help_center,
        "action": row.action,
        "environment": row.environment,
        "plan_digest": row.plan_digest,
        "configuration_digest": row.configuration_digest,
        "commit": row.commit,
        "holder": row.holder,
        "by": row.by_name,
        "generator": row.generator,
        "undoes": row.undoes_id,
        "undone_by": row.undone_by_id,
        "promotes": row.promotes,
        "message": row.message,
        "outcome": row.outcome,
        "started_at": iso(row.started_at),
        "finished_at": None if row.finished_at is None else iso(row.finished_at),
        "counts": row.counts,
        "steps_done": row.steps_done,
        "fence": row.fence,
    }


def _phrase(plan: Mapping[str, Any]) -> str | None:
    changes = plan.get("changes")
    titles = (
        [change.get("title") for change in changes if isinstance(change, dict)] if isinstance(changes, list) else []
    )
    message = ", ".join(dict.fromkeys(title for title in titles if isinstance(title, str)))
    return message[:_MOST_PHRASE] or None


def _named(connection: Connection, receipt: ReceiptName, statement: Prepared = _ONE) -> Row[Any] | None:
    # A plan may be long: it is read only for whoever wants to see it.
    row = statement.first(connection, number=receipt.number)
    return row if receipt.is_of(row) else None


def _row(connection: Connection, receipt: int) -> Row[Any]:
    row: Row[Any] = _ONE.first(connection, number=receipt)
    return row


def _counted(changes: list[dict[str, Any]]) -> dict[str, int]:
    counted = Counter(change["outcome"] for change in changes)
    return {outcome: counted[outcome] for outcome in CHANGE_OUTCOMES}


def _undone(connection: Connection, desired: Mapping[str, Any]) -> int | None:
    if desired["undoes"] is None:
        return None
    receipt = steps.receipt_name(desired["undoes"])
    row = None if receipt is None else _named(connection, receipt)
    if row is None or row.configuration != desired["configuration"]:
        raise invalid_value(f"{desired['configuration']} has no receipt {desired['undoes']}", "undoes")
    return int(row.number)
