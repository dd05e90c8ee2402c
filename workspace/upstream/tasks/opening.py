"""A write that only a person can make becomes a task: one screen, with the values to enter and the reason."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workspace.database import store
from workspace.database.tables import receipts, settings
from workspace.upstream import capabilities, knowledge
from workspace.upstream.protocol import How
from workspace.upstream.tasks import counting, rows
from workspace.upstream.tasks.holding import require_free

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from workspace.upstream.protocol import Instruction, Upstream, Write
    from workspace.writes.admin_write import AdminWrite


def open_task(
    write: AdminWrite, upstream: Upstream, change: Write, fields: tuple[str, ...], step: tuple[int, str] | None
) -> rows.Task:
    """Open the task of a change for these fields, or return the open one; `step` is the receipt and the step's name.

    ApiError 423 if another apply holds the resource; 422 for a value that cannot be entered there.
    """
    connection = write.connection
    receipt = None if step is None else step[0]
    require_free(connection, change.address, receipt)
    instruction = upstream.instruct(change, fields, _settings(connection))
    desired = change.after or {}
    after = {**change.before, **{name: desired.get(name) for name in instruction.fields}}
    there = rows.open_at(connection, change.address)
    if there is not None and there.receipt == receipt:
        if store.same(dict(there.after), after) and there.fields == instruction.fields:
            return there
        # Somebody wants another value by now: what was asked for is asked no longer.
        rows.change(
            connection,
            there,
            state=rows.State.ABANDONED.value,
            ended_at=write.at,
            ended_by=write.caller.name,
            ended_why="another value is wanted by now",
        )
    plan, by = _plan(connection, receipt)
    return rows.add(
        connection,
        {
            "receipt": receipt,
            "step": None if step is None else step[1],
            "address": change.address,
            "fields": list(instruction.fields),
            "before": dict(change.before),
            "after": after,
            "before_known": _is_known(connection, change.address, instruction.fields, write.at),
            "state": rows.State.OPEN.value,
            "opened_at": write.at,
            "opened_by": write.caller.name,
            "screen": _screen(instruction, plan, step, counting.expected(connection, instruction, after, write.at)),
            "reason": _reason(plan, change.address),
            "policy": asdict(_policy(plan, by, change.address)),
            "noted": None,
            "confirmations": [],
        },
    )


def _settings(connection: Connection) -> dict[str, Mapping[str, Any]]:
    documents = {row.address: row.document for row in connection.execute(select(settings))}
    return documents | {stored.address: stored.document for stored, _ in store.load_attributes(connection)}


def _is_known(connection: Connection, address: str, names: tuple[str, ...], moment: int) -> bool:
    known = knowledge.load(connection)
    fields = {capabilities.field_of(address, name) for name in names} - {None}
    knowns = [knowledge.now(known.get((address, str(field)), knowledge.NOTHING), moment) for field in fields]
    return all(item.how is not How.UNKNOWN for item in knowns)


def _plan(connection: Connection, receipt: int | None) -> tuple[Mapping[str, Any], str | None]:
    """Return the plan of an apply, and with which token it was begun."""
    row = connection.execute(select(receipts.c.plan, receipts.c.by_name).where(receipts.c.number == receipt)).first()
    return ({}, None) if row is None else (row.plan, row.by_name)


def _screen(
    instruction: Instruction, plan: Mapping[str, Any], step: tuple[int, str] | None, expected: Mapping[str, Any] | None
) -> dict[str, Any]:
    return {
        "place": {
            "path": list(instruction.place.path),
            "dated": instruction.place.dated,
            "older": list(instruction.place.older),
            "older_dated": instruction.place.older_dated,
        },
        "enter": list(instruction.enter),
        "save": instruction.save,
        "read_back": {
            "kind": instruction.read_back,
            "question": instruction.question,
            "expects": list(instruction.expects),
            "count": expected,
        },
        "minutes": instruction.minutes,
        "place_in_order": _place(plan, step),
        "change_reason": _change_reason(plan, step),
    }


def _place(plan: Mapping[str, Any], step: tuple[int, str] | None) -> dict[str, int] | None:
    """Return the place of a change among those that a person makes, with their number."""
    changes = [change["id"] for change in plan.get("changes", ()) if change.get("via") == "person"]
    mine = "" if step is None else step[1].partition(".")[0]
    return {"number": changes.index(mine) + 1, "of": len(changes)} if mine in changes else None


def _change_reason(plan: Mapping[str, Any], step: tuple[int, str] | None) -> str:
    mine = "" if step is None else step[1].partition(".")[0]
    return next((str(change.get("reason", "")) for change in plan.get("changes", ()) if change["id"] == mine), "")


def _reason(plan: Mapping[str, Any], address: str) -> dict[str, Any] | None:
    """Return the plan's impact on people, for a change of access or of visible tickets."""
    access = plan.get("access")
    if not access or address.partition("/")[0] not in {"audience", "ticket_visibility", "portal"}:
        return None
    mirror = (plan.get("upstream") or {}).get("mirror") or {}
    return {
        **{name: access[name]["count"] for name in ("gained", "lost", "sees_more", "sees_less")},
        "as_of": mirror.get("as_of"),
        "complete": bool(mirror.get("complete")),
    }


def _policy(plan: Mapping[str, Any], by: str | None, address: str) -> rows.Policy:
    """Return the policy of confirmation by the plan's environment; the author is the owner of the apply's token."""
    policy = plan.get("attestations") or {}
    usual = rows.Policy()
    twice = address.partition("/")[0] in policy.get("two_people_for", ())
    return rows.Policy(
        days=int(policy.get("valid_for", usual.days)),
        people=2 if twice else 1,
        author=by if policy.get("not_the_author") else None,
    )
