"""Evidence of a promotion, from the receipts and the state of its source environment. Reads only."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from reconciler.apply import postcheck
from reconciler.config.desired import digest, ignores
from reconciler.core.diagnostics import error
from reconciler.core.errors import Blocked, NotFound, WorkspaceUnusable
from reconciler.kinds.registry import kind_of
from reconciler.operations.promote.conditions import Evidence
from reconciler.plan.compare.diff import same
from reconciler.plan.document import executable
from reconciler.plan.model import Attribution, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from reconciler.config.desired import Ignore
    from reconciler.kinds.state import Record, State
    from reconciler.target.protocol import Target

_PAGE = "100"


def find(target: Target, name: str, environment: str, today: date) -> Evidence:
    """Collect the evidence from an environment on a day in UTC; raise Blocked where nothing can be promoted."""
    receipts = _done(target, name)
    newest = next(receipts, None)
    if newest is None:
        raise _nothing(target, name, environment)
    state = _observe(target, newest["help_center"], name)
    record = _whole(state.record, newest, environment)
    if state.unfinished:
        raise _refused(
            "promotion-unfinished",
            f"an apply in {environment} was begun by {state.unfinished['holder']} and has not ended "
            f"({state.unfinished['id']})",
            f"Wait until it has ended, or run portal apply -e {environment} again where it died.",
        )
    proven = _that_applied(record, chain((newest,), receipts), environment)
    receipt = target.receipt(proven["id"])
    return Evidence(
        environment=environment,
        target=target.name,
        state=state,
        receipt=receipt,
        since=newest["finished_at"],
        drifted=tuple(_drifted(target, state, record, today)),
        verdicts=postcheck.expectations_under(executable.of(receipt["plan"]), target, None),
    )


def _done(target: Target, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the receipts of applies with an effect, newest first."""
    query = {"configuration": name, "limit": _PAGE}
    while True:
        page = target.receipts(**query)
        yield from (value for value in page["data"] if value["steps_done"] and value["finished_at"])
        if not page["more"]:
            return
        query["before"] = page["data"][-1]["id"]


def _observe(target: Target, help_center: str, name: str) -> State:
    try:
        return target.observe(help_center, name)
    except NotFound as missing:
        raise WorkspaceUnusable(missing.diagnostics) from missing


def _nothing(target: Target, name: str, environment: str) -> Blocked:
    others = sorted({value["configuration"] for value in target.receipts(limit=_PAGE)["data"]} - {name})
    instead = f"; what was applied there is {', '.join(others)}" if others else ""
    return _refused(
        "promotion-nothing-applied",
        f"nothing of {name} was applied in {environment}{instead}",
        f"Apply it there first: portal apply -e {environment}.",
    )


def _whole(record: Record | None, newest: Mapping[str, Any], environment: str) -> Record:
    """Return the record; refuse one without the whole configuration."""
    if record is not None and record.base is not None and record.digest:
        if digest(record.base["document"]) == record.base["digest"]:
            return record
        raise _refused(
            "promotion-record-broken",
            f"the record in {environment} was edited: the digest of its configuration does not match",
            f"Apply once more: portal apply -e {environment}.",
        )
    again = f"Apply once more: portal apply -e {environment}."
    if newest["action"] == Purpose.UNDO:
        what = f"the apply in {environment} was undone by {newest['id']}"
        raise _refused("promotion-taken-back", what, again)
    if record is None or not record.digest:
        what = f"the last apply in {environment} was done in part ({newest['id']})"
        raise _refused("promotion-not-whole", what, again)
    what = f"an older version made the record in {environment}, without the applied configuration"
    raise _refused("promotion-older-record", what, again)


def _that_applied(record: Record, receipts: Iterable[Mapping[str, Any]], environment: str) -> Mapping[str, Any]:
    """Find the receipt of the apply that made the record."""
    for receipt in receipts:
        fits = receipt["configuration_digest"] == record.digest and receipt["outcome"] == "applied"
        if receipt["action"] == Purpose.APPLY and fits and not receipt["undone_by"]:
            return receipt
    raise _refused(
        "promotion-taken-back",
        f"no apply in {environment} matches its record",
        f"Apply once more: portal apply -e {environment}.",
    )


def _drifted(target: Target, state: State, record: Record, today: date) -> Iterator[str]:
    """Describe the drift since the record with its authors, one field an entry."""
    ignored = _ignored(record, today)
    for address, fields in record.values.items():
        resource, kind = state.resources.get(address), kind_of(address)
        changed = [
            field
            for field, value in fields.items()
            if not any(rule.covers(address, field) for rule in ignored)
            and (resource is None or not same(kind.observed(field, value, resource), value))
        ]
        log = target.activity(address, 0) if changed else ()
        for field in changed:
            by = Attribution.of(log, kind.wire_fields(field))
            yield f"{address} {field}, changed by {by or 'somebody the log no longer names'}"
    if state.portal.values["enabled"] and not state.portal.facts["effective"]:
        yield "the portal is enabled, and admits nobody because a required setting is not met"


def _ignored(record: Record, today: date) -> Sequence[Ignore]:
    rules = ignores(record.base["document"]) if record.base else ()
    return [rule for rule in rules if rule.until >= today]


def _refused(code: str, summary: str, remedy: str) -> Blocked:
    return Blocked(error(code, summary, remedy=remedy))
