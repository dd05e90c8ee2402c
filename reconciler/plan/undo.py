"""Undo one apply: from its receipt to the differences that restore everything."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import error
from reconciler.core.errors import Blocked, PortalError, Stale
from reconciler.kinds import homepage, portal
from reconciler.kinds.base import MISSING
from reconciler.kinds.registry import kind_of
from reconciler.plan.compare.diff import Difference, FieldChange, Origin, same
from reconciler.plan.document.executable import operation
from reconciler.plan.model import Attribution, RecordedState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.state import Resource, State


def check(receipt: Mapping[str, Any], config: Config) -> None:
    """Refuse a receipt of another configuration, or one with nothing to undo; raise PortalError."""
    if (receipt["configuration"], receipt["help_center"]) != (config.name, config.help_center):
        raise PortalError(
            error(
                "receipt-of-another",
                f"{receipt['id']} is of {receipt['configuration']} in the Help Center {receipt['help_center']}, "
                f"not of {config.name} in {config.help_center}",
                remedy="Name the file of that configuration with -f.",
            )
        )
    if receipt["outcome"] == "running":
        raise PortalError(
            error(
                "receipt-unfinished",
                f"{receipt['id']} was begun at {receipt['started_at']} and has not ended",
                remedy="Run portal apply first: it finishes what was begun, or says who is at it.",
            )
        )
    if receipt["undone_by"]:
        raise PortalError(
            error(
                "receipt-undone",
                f"{receipt['id']} was taken back already, by {receipt['undone_by']}",
                remedy=f"To take that back in turn: portal undo {receipt['undone_by']}.",
            )
        )


def with_noted(receipt: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]], config: Config) -> Mapping[str, Any]:
    """Complete a receipt's rollbacks with the former values noted in its tasks; raise Blocked for those not noted."""
    reached = {change["address"] for change in receipt["changes"] if change["outcome"] != "not_attempted"}
    noted: dict[str, dict[str, Any]] = {}
    for task in tasks:
        values = (task["before"]["noted"] or {}).get("values") or {}
        noted.setdefault(task["address"], {}).update(values)
    unseen = {
        (change["address"], field["field"]): field["declared"]
        for change in receipt["plan"]["changes"]
        for field in change["fields"]
        if change["address"] in reached and not change["reason"] and _nobody_knew(field)
    }
    missing = [place for place in unseen if _field_noted(*place) not in noted.get(place[0], {})]
    if missing:
        raise Blocked([_before_unknown(receipt, *place) for place in missing])
    entries = [_led_to(entry, unseen, noted, config) for entry in receipt["plan"]["way_back"]]
    return {**receipt, "plan": {**receipt["plan"], "way_back": entries}}


def _field_noted(address: str, field: str) -> str:
    """Return the field to note: the sections of a page tell its live state, too."""
    return "sections" if address.startswith(f"{homepage.KIND.name}/") else field


def _nobody_knew(field: Mapping[str, Any]) -> bool:
    return bool((field.get("known") or {}).get("how") == "unknown")


def _led_to(
    entry: Mapping[str, Any],
    unseen: Mapping[tuple[str, str], Any],
    noted: Mapping[str, Mapping[str, Any]],
    config: Config,
) -> Mapping[str, Any]:
    """Complete the rollback of a resource with its noted values."""
    address = entry["address"]
    names = [field for at, field in unseen if at == address]
    if entry["aside"] or not names:
        return entry
    kind = kind_of(address)
    if kind is homepage.KIND:
        before, operations = homepage.put_back(entry, noted[address]["sections"]["rows"], config.help_center)
        return {**entry, "before": before, "operations": [asdict(operation) for operation in operations]}
    after = {**entry["after"], **{name: unseen[address, name] for name in names}}
    before = {**entry["before"], **{name: noted[address][name] for name in names}}
    operations = kind.operations(address, None, before, config)
    return {**entry, "before": before, "after": after, "operations": [asdict(operation) for operation in operations]}


def _before_unknown(receipt: Mapping[str, Any], address: str, field: str) -> Diagnostic:
    return error(
        "before-unknown",
        f"nobody knows what {field} of {address} was before {receipt['id']}: no API tells it, and nobody noted it",
        remedy="Put it back by changing the file. Next time portal task before TASK VALUE keeps it.",
        address=address,
    )


def differences(receipt: Mapping[str, Any], state: State) -> tuple[Difference, ...]:
    """Build the differences that undo the apply of a receipt; its resources are unchanged since."""
    entries = (_difference(entry, state.resources.get(entry["address"])) for entry in _touched(receipt))
    back = tuple(difference for difference in entries if difference is not None)
    return (*back, *_without_card(back, state))


def _without_card(back: Sequence[Difference], state: State) -> Iterator[Difference]:
    """Yield a draft's rollback without the portal's card, which enabling the portal will add."""
    enables = any(
        difference.address == state.portal.address and difference.outcome.get("enabled") is True for difference in back
    )
    page = homepage.KIND.of(state)
    draft, with_card = page.facts["draft"], homepage.with_card(page).facts["draft"]
    if enables and draft != with_card and all(difference.address != page.address for difference in back):
        operations = (homepage.draft(state.help_center, draft),)
        yield Difference(page.address, page, (_change("sections", with_card, draft),), operations, {"draft": draft})


def record(receipt: Mapping[str, Any]) -> RecordedState:
    """Return the record before the apply."""
    before = receipt["record_before"]
    if before is None:
        return RecordedState()
    # A receipt of a version that did not keep the configuration says nothing of it.
    return RecordedState(before["digest"], before["values"], before.get("base"), before["commit"])


def refuse_changed(
    receipt: Mapping[str, Any], state: State, log: Callable[[str, int], Sequence[Mapping[str, Any]]]
) -> None:
    """Refuse an undo over later changes, by the `log` after a revision: raise Stale with each field and its author."""
    diagnostics = tuple(
        _conflict(receipt, entry["address"], part, log(entry["address"], receipt["plan"]["workspace"]["revision"]))
        for entry in _touched(receipt)
        for part in _changed_since(receipt, entry, state.resources.get(entry["address"]))
    )
    if diagnostics:
        raise Stale(diagnostics)


def _touched(receipt: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the rollback of each resource that the apply reached, or may have reached."""
    reached = {change["address"] for change in receipt["changes"] if change["outcome"] != "not_attempted"}
    switched = portal.KIND.address(receipt["help_center"]) in reached
    for entry in receipt["plan"]["way_back"]:
        if entry["address"] in reached or (entry["aside"] and switched):
            yield entry


def _changed_since(receipt: Mapping[str, Any], entry: Mapping[str, Any], resource: Resource | None) -> Iterator[str]:
    """Yield the parts of a resource that match neither the state after the apply nor the one before."""
    if entry["before"] is None or entry["after"] is None:
        left = entry["after"] if entry["before"] is None else entry["before"]
        if resource is not None:
            whole = kind_of(entry["address"]).whole(resource)
            yield from (part for part in left if not same(whole[part], left[part]))
        return
    if resource is None:
        yield from entry["after"]
        return
    whole = kind_of(entry["address"]).whole(resource)
    for part, after in entry["after"].items():
        known = [after, entry["before"][part], *_passed_through(receipt, entry["address"], part)]
        if not any(same(whole[part], value) for value in known):
            yield part


def _passed_through(receipt: Mapping[str, Any], address: str, part: str) -> Iterator[Any]:
    """Yield the interim values of a part that the apply changed several times."""
    for change in receipt["plan"]["changes"]:
        if change["address"] == address:
            yield from (field["after"] for field in change["fields"] if field["field"] == part)


def _conflict(receipt: Mapping[str, Any], address: str, part: str, log: Sequence[Mapping[str, Any]]) -> Diagnostic:
    who = Attribution.of(log, kind_of(address).wire_fields(part) | {part}) or "somebody whom the log does not name"
    return error(
        "changed-since",
        f"{address} {part} was changed after {receipt['id']}, by {who}",
        remedy="Undo would lose that edit. Change the file and apply it instead, or undo the later apply first.",
        address=address,
    )


def _difference(entry: Mapping[str, Any], resource: Resource | None) -> Difference | None:
    address, before = entry["address"], entry["before"]
    whole = kind_of(address).whole(resource) if resource is not None else {}
    operations = tuple(operation(value) for value in entry["operations"])
    if before is None:
        if resource is None:
            return None
        fields = tuple(_change(name, whole[name], MISSING) for name in entry["after"])
        return Difference(address, resource, fields, operations, None, removes=True)
    parts = [name for name in before if resource is None or not same(whole[name], before[name])]
    if not parts:
        return None
    fields = tuple(_change(*shown) for shown in _shown(address, parts, whole, before))
    return Difference(address, resource, fields, operations, before)


def _shown(
    address: str, parts: Sequence[str], whole: Mapping[str, Any], before: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    if address.startswith("homepage/"):
        # A draft and a live page are one thing to a reader, unless they part.
        part = "live" if "live" in parts else "draft"
        yield "sections", whole[part], before[part]
        return
    yield from ((name, whole.get(name, MISSING), before[name]) for name in parts)


def _change(name: str, before: Any, after: Any) -> FieldChange:
    return FieldChange(name, before, after, declared=after, recorded=MISSING, origin=Origin.CONFIG, path=())
