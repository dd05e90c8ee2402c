"""The end of a task: observed, read back, attested; or contradicted, or abandoned.

In this order: what the vendor gives, what only that screen shows, a person's word. A mismatch contradicts the task.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from workspace.core.clock import iso
from workspace.core.errors import ApiError, Problem, invalid_value, not_found
from workspace.database import store
from workspace.database.tables import attestations
from workspace.upstream import capabilities, knowledge
from workspace.upstream.protocol import How, Known
from workspace.upstream.tasks import rows
from workspace.upstream.tasks.reading_back import complaint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from workspace.upstream.knowledge import Field
    from workspace.upstream.tasks.rows import Task
    from workspace.writes.admin_write import AdminWrite

WORD = "word"


def confirm(write: AdminWrite, which: int, evidence: Mapping[str, Any], vendor: str) -> Task:
    """Confirm a task by the best evidence available, right after an observation; the caller of the write is the person.

    ApiError 404; 409 if it ended, or this person's word does not count; 422 without a read-back that the screen shows.
    """
    task = _open(write.connection, which)
    _check_who(task, write.caller.name)
    wrong = _seen_otherwise(write.connection, task, vendor)
    wrong = wrong or complaint(write.connection, task, evidence.get("read_back"), write.at)
    if wrong is not None:
        # What was said of it before is not so any more, either.
        for name in task.names:
            knowledge.doubted(write.connection, task.address, name, f"{task.name} was contradicted: {wrong}")
        return _end(write, task, rows.State.CONTRADICTED, why=wrong)
    confirmation = {
        "by": write.caller.name,
        "at": iso(write.at),
        "method": _method(task),
        "read_back": evidence.get("read_back"),
        "note": evidence.get("note"),
    }
    task = rows.change(write.connection, task, confirmations=[*task.confirmations, confirmation])
    if len(task.confirmations) < task.policy.people:
        return task
    _keep(write, task)
    return _end(write, task, rows.State.DONE)


def settle(write: AdminWrite) -> None:
    """Mark the open tasks done of which the vendor itself tells that they are."""
    known = knowledge.load(write.connection)
    for task in rows.listed(write.connection, {"state": rows.State.OPEN.value}):
        stored = store.load(write.connection, task.address)
        knowns = [known.get((task.address, name), knowledge.NOTHING) for name in task.names]
        seen = bool(knowns) and all(item.how is How.OBSERVED and not item.one_of for item in knowns)
        if seen and stored is not None and _holds(stored.document, task):
            _end(write, task, rows.State.DONE)


def abandon(write: AdminWrite, which: int, why: str | None) -> Task:
    """Abandon a task, unless it ended, and release its apply's hold; ApiError 404, 409 if that has a later task."""
    task = _find(write.connection, which)
    if task.receipt is not None:
        newest = rows.newest_of(write.connection, task.receipt)
        if newest is not None and newest.number != task.number:
            raise _ended(task, f"its apply went on with {newest.name}")
    task = rows.change(write.connection, task, released_at=write.at)
    return task if task.state is not rows.State.OPEN else _end(write, task, rows.State.ABANDONED, why=why)


def note(write: AdminWrite, which: int, values: Mapping[str, Any] | None, text: str | None) -> Task:
    """Store a person's note of the previous values, in a file's form, which an undo needs."""
    task = _open(write.connection, which)
    unknown = set(values or {}) - set(task.names)
    if unknown:
        raise invalid_value(f"{task.name} is about {', '.join(task.names)}", "values")
    noted = {"by": write.caller.name, "at": iso(write.at), "values": values, "text": text}
    return rows.change(write.connection, task, noted=noted)


def attest(write: AdminWrite, address: str, values: Mapping[str, Any], word: Mapping[str, Any], vendor: str) -> None:
    """Store values, in the resource's form, on the attestation of the write's caller, for as long as it counts.

    `word` has `read_back`, `note` and `days`. Raises ApiError 404; 409 for a value that the vendor gives itself.
    """
    stored = store.load(write.connection, address)
    if stored is None or not capabilities.has(vendor, address):
        raise not_found()
    if address.startswith("homepage/"):
        # Whoever says what a page shows says it of the page that is live, and of nothing else in its draft.
        values = dict.fromkeys(("draft", "live"), values["sections"])
    names = {capabilities.field_of(address, name) for name in values} - {None}
    known = knowledge.load(write.connection)
    for name in names:
        item = known.get((address, str(name)), knowledge.NOTHING)
        if item.how is How.OBSERVED and not item.one_of:
            raise ApiError(409, Problem("attestation_observed", f"{vendor} itself tells {name} of {address}", address))
    write.replace(stored, {**stored.document, **values}, f"{write.caller.name} says how {address} is")
    until = write.at + int(word.get("days", rows.Policy().days)) * rows.DAY
    evidence = {"by": [write.caller.name], "method": WORD, "until": until, **{k: word.get(k) for k in _EVIDENCE}}
    _attested(write, address, {str(name): _of(address, str(name), values) for name in names}, evidence, None)


_EVIDENCE = ("read_back", "note")


def digest(value: Any) -> str:
    """Return the digest of a value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _find(connection: Connection, which: int) -> Task:
    task = rows.find(connection, which)
    if task is None:
        raise not_found()
    return task


def _open(connection: Connection, which: int) -> Task:
    task = _find(connection, which)
    if task.state is not rows.State.OPEN:
        raise _ended(task, f"it is {task.state.value}")
    return task


def _ended(task: Task, why: str) -> ApiError:
    return ApiError(409, Problem("task_ended", f"{task.name} cannot be changed: {why}", data=task.document()))


def _check_who(task: Task, name: str) -> None:
    """Refuse a person whose word does not count: by the identity of the token, not by a typed name."""
    if name == task.policy.author:
        message = f"{name} began this apply: somebody else has to confirm {task.name}"
    elif any(confirmation["by"] == name for confirmation in task.confirmations):
        message = f"{name} has confirmed {task.name} already: a second person has to"
    else:
        return
    raise ApiError(409, Problem("task_needs_another", message, data=task.document()))


def _seen_otherwise(connection: Connection, task: Task, vendor: str) -> str | None:
    """Return the vendor's contradicting value of a task's field; None without a contradiction."""
    stored = store.load(connection, task.address)
    known = knowledge.load(connection)
    for name in task.fields:
        field = capabilities.field_of(task.address, name)
        item = known.get((task.address, str(field)), knowledge.NOTHING)
        if item.how is not How.OBSERVED or stored is None:
            continue
        desired = task.after.get(name)
        possible = item.one_of or (stored.document.get(name),)
        if not any(store.same(value, desired) for value in possible):
            message = " or ".join(json.dumps(value) for value in possible)
            return f"{vendor.capitalize()} still tells {message} for {field}, not {json.dumps(desired)}"
    return None


def _holds(document: Mapping[str, Any], task: Task) -> bool:
    return all(store.same(document.get(name), task.after.get(name)) for name in task.fields)


def _method(task: Task) -> str:
    kind = str(task.screen["read_back"]["kind"])
    return WORD if kind == "none" else kind


def _keep(write: AdminWrite, task: Task) -> None:
    """Write the values of a confirmed task, with their evidence."""
    stored = store.load(write.connection, task.address)
    if stored is None:
        raise not_found()
    values = {name: task.after.get(name) for name in task.fields}
    write.replace(stored, {**stored.document, **values}, f"{task.name}: {write.caller.name} changed {task.address}")
    last = task.confirmations[-1]
    evidence = {
        "by": [confirmation["by"] for confirmation in task.confirmations],
        "method": last["method"],
        "until": write.at + task.policy.days * rows.DAY,
        **{name: last[name] for name in _EVIDENCE},
    }
    _attested(write, task.address, {name: _of(task.address, name, values) for name in task.names}, evidence, task)


def _of(address: str, field: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if capabilities.field_of(address, name) == field}


def _attested(
    write: AdminWrite, address: str, values: Mapping[str, Any], evidence: Mapping[str, Any], task: Task | None
) -> None:
    known: dict[Field, Known] = {}
    newest = write.connection.execute(select(func.max(attestations.c.number))).scalar() or 0
    for place, (field, value) in enumerate(values.items(), start=1):
        by = " and ".join(evidence["by"])
        known[address, field] = Known(How.ATTESTED, write.at, by, evidence["until"], _in_a_line(evidence, task))
        write.connection.execute(
            insert(attestations).values(
                number=newest + place,
                task=None if task is None else task.number,
                address=address,
                field=field,
                value_digest=digest(value),
                method=evidence["method"],
                by_names=list(evidence["by"]),
                at=write.at,
                until=evidence["until"],
                read_back=evidence["read_back"],
                note=evidence["note"],
            )
        )
    knowledge.keep(write.connection, known)


def _in_a_line(evidence: Mapping[str, Any], task: Task | None) -> str:
    what = "said so" if evidence["read_back"] is None else f"read back {evidence['read_back']}"
    return what if task is None else f"{task.name}: {what}"


def _end(write: AdminWrite, task: Task, state: rows.State, *, why: str | None = None) -> Task:
    by = write.caller.name
    return rows.change(write.connection, task, state=state.value, ended_at=write.at, ended_by=by, ended_why=why)
