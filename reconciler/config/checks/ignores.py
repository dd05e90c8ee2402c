"""Ignore rules: their fields and their dates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from reconciler.core.contract import load_json
from reconciler.core.diagnostics import Diagnostic, error, warning
from reconciler.core.wording import did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.config.yaml.document import Document
    from reconciler.config.yaml.node import Node

NOTICE = timedelta(days=14)
"""The time before its expiry at which a rule is warned about."""


def ignores(document: Document) -> Iterator[Diagnostic]:
    """Yield errors for rules about unknown fields."""
    for index, rule in _rules(document):
        address, field = rule.children.get("address"), rule.children.get("field")
        if address is None or field is None:
            continue
        known = _fields(address.value)
        if known and isinstance(field.value, str) and field.value not in known:
            summary = f"{address.value} has no field `{field.value}`"
            remedy = did_you_mean(field.value, known, f"It has {listed(known, 'and')}.")
            source = document.source(("ignore", index, "field"))
            yield error("unknown-field", summary, remedy=remedy, source=source)


def expiry(document: Document, today: date) -> Iterator[Diagnostic]:
    """Yield errors for expired rules, and warnings for those that expire soon; `today` is in UTC."""
    for index, rule in _rules(document):
        until = _last_day(rule)
        if until is None or until > today + NOTICE:
            continue
        values = {name: node.value for name, node in rule.children.items()}
        what = f"the ignore rule for {values.get('address')}" + (f" {values['field']}" if "field" in values else "")
        source = document.source(("ignore", index, "until"))
        owner = values.get("owner", "its owner")
        if until < today:
            remedy = f"Ask {owner} whether it is still needed: give it a later `until`, or remove the rule."
            yield error("ignore-expired", f"{what} ended on {until}", remedy=remedy, source=source)
        else:
            remedy = f"Ask {owner}: after that day plans are refused until the rule is renewed or removed."
            yield warning("ignore-expires", f"{what} ends on {until}", remedy=remedy, source=source)


def _rules(document: Document) -> Iterator[tuple[int | str, Node]]:
    listing = document.root.at(("ignore",))
    for index, rule in listing.children.items() if listing else ():
        if isinstance(rule.value, dict):
            yield index, rule


def _fields(address: object) -> Sequence[str]:
    """Return the fields of an address's kind; empty for an unknown kind."""
    if not isinstance(address, str):
        return ()
    fields = load_json("portal.schema.json")["$defs"]["ignore_rule"]["x-fields"]
    names: Sequence[str] = fields.get(address.partition("/")[0], ())
    return names


def _last_day(rule: Node) -> date | None:
    until = rule.children.get("until")
    try:
        return date.fromisoformat(until.value) if until else None
    except (TypeError, ValueError):
        # The schema says what is wrong with it.
        return None
