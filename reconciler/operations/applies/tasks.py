"""Tasks for a person: list, answer, abandon, as documents."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.apply import lock, next_steps, receipts, run
from reconciler.apply.lock import LockRequest
from reconciler.config import desired, validate
from reconciler.config.yaml import document as source
from reconciler.core import documents
from reconciler.core.diagnostics import Severity
from reconciler.core.errors import ConfigurationInvalid, NotFound
from reconciler.kinds.registry import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.target.protocol import Target

EXITS = {"open": 8, "done": 0, "contradicted": 3, "abandoned": 0}
"""The exit code of `portal task`, by the task's state."""


def going_on(target: Target, task: Mapping[str, Any]) -> str:
    """Return the words of the command that goes on after a task."""
    if task["receipt"] is None:
        return "apply"
    receipt = target.receipt(task["receipt"])
    return " ".join(next_steps.again(receipt["action"], receipt["undoes"]))


def task_document(task: Mapping[str, Any], remarks: Sequence[Diagnostic] = ()) -> dict[str, Any]:
    """Build the document of one task."""
    diagnostics = [documents.diagnostic(remark) for remark in remarks]
    return {**documents.head("task", task["state"]), "task": dict(task), "diagnostics": diagnostics}


def tasks_document(config: Config, target: Target, query: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Build the document of a workspace's tasks with the wanted values, by key; none without a vendor."""
    try:
        tasks = target.tasks(**query)
    except NotFound:
        tasks = ()
    waits = any(task["state"] == "open" for task in tasks)
    return {
        **documents.head("tasks", "waiting" if waits else "nothing_to_do"),
        "created_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "configuration": config.name,
        "environment": config.environment,
        "workspace": target.name,
        "tasks": [dict(task) for task in tasks],
        "diagnostics": [],
    }


def abandon(target: Target, task: str, why: str | None) -> tuple[Mapping[str, Any], Sequence[Diagnostic]]:
    """Abandon a task and the apply that waits for it; return what is half done; raise Locked while it runs."""
    entry = target.task(task)
    receipt = None if entry["receipt"] is None else target.receipt(entry["receipt"])
    if receipt is None or receipt["outcome"] != "running":
        return target.answer_task(task, "abandon", {"why": why} if why else {}), ()
    lock_request = LockRequest(holder=run.holder(), reason=f"gives up {task}")
    lease = lock.take(target, receipt["configuration"], lock_request)
    try:
        ended = target.answer_task(task, "abandon", {"why": why} if why else {})
        left = receipts.close_unfinished(target, receipt, lease.mark)
    finally:
        lease.release()
    remedy = f"portal undo {receipt['id']} undoes what was made. portal apply starts a new one."
    return ended, (replace(left, code="apply-abandoned", summary=_given_up(receipt), remedy=remedy),)


def _given_up(receipt: Mapping[str, Any]) -> str:
    left_behind = receipts.left_behind(receipt)
    made = sum(text == "applied" for text in left_behind.values())
    return (
        f"{receipt['id']} is given up: {made} of its {len(left_behind)} changes {'was' if made == 1 else 'were'} made"
    )


def values_before(task: Mapping[str, Any], text: str, config: Config) -> dict[str, Any]:
    """Read a noted former value into a request's body: `values` by field where an undo can write it, else `text`."""
    if len(task["fields"]) == 1:
        (field,) = task["fields"]
        try:
            return {"values": {field: _declared(task["address"], field, text, config)}}
        except (ConfigurationInvalid, ValueError):
            pass
    return {"text": text}


def _declared(address: str, field: str, text: str, config: Config) -> Any:
    """Read a value as a file would have it, in declared form."""
    settings: dict[str, Any] = {"version": 1, "name": config.name, "help_center": {"identifier": config.help_center}}
    if attributes := config.settings.get("data_attributes"):
        settings["data_attributes"] = attributes
    *path, last = kind_of(address).source(address, field)
    place = settings
    for step in path:
        place = place.setdefault(str(step), {})
    place[str(last)] = _MARK
    written = json.dumps(settings, indent=1).replace(json.dumps(_MARK), text)
    document = source.parse(written, "the value before")
    problems = tuple(diagnostic for diagnostic in validate.validate(document) if diagnostic.severity is Severity.ERROR)
    if problems:
        raise ConfigurationInvalid(problems)
    declared = dict(kind_of(address).declared(desired.build(document)))
    if field not in declared.get(address, {}):
        raise ValueError(text)
    return declared[address][field]


_MARK = "the value before"
