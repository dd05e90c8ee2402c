"""Values of the wrong kind, or of the right kind but not possible here → what a person reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.config.schema.unions import Branch, Schema, alternatives, is_kind
from reconciler.config.schema.violation import Finding, Violation, expected_words
from reconciler.core.wording import did_you_mean, key_name, listed, show, where

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_QUOTE = 'Quote it: "{}".'
_OLD_BOOLEANS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def wrong_kind(violation: Violation) -> Iterator[Finding]:
    """Say what kind of value belongs here."""
    expected = expected_words(Branch("", violation.schema), violation.root)
    summary = f"{violation.subject} has to be {expected}{violation.unlike}"
    yield Finding("wrong-type", violation.path, summary, _kind_remedy(violation.value, violation.schema))


def _kind_remedy(value: Any, schema: Schema) -> str:
    wanted, remedy = schema.get("type", ""), str(schema.get("x-hint", ""))
    match value:
        case str() if wanted == "boolean":
            remedy = _boolean_remedy(value)
        case str() if wanted in ("integer", "number") and value.lstrip("+-").isdecimal():
            remedy = "Remove the quotes."
        case int() | float() if wanted == "string" and "pattern" not in schema:
            remedy = _QUOTE.format(json.dumps(value))
        case dict() if wanted == "array":
            remedy = "Start it with `- `: this is a list, also where it has only one item."
        case str() | int() | float() if wanted == "array":
            remedy = f"Write it as a list: [{value if isinstance(value, str) else json.dumps(value)}]."
        case list():
            remedy = remedy or str(schema.get("x-list-hint", ""))
    return remedy


def _boolean_remedy(text: str) -> str:
    if text.lower() in ("true", "false"):
        return "Remove the quotes."
    meant = _OLD_BOOLEANS.get(text.lower())
    return f"Write {meant}; `{text}` is text here, as in YAML 1.2." if meant else ""


def not_allowed(violation: Violation) -> Iterator[Finding]:
    """Say what the value may be."""
    expected = expected_words(Branch("", violation.schema), violation.root)
    summary = f"{violation.subject} has to be {expected}{violation.unlike}"
    choices = violation.schema.get("enum", ())
    hint = violation.schema.get("x-hint", "")
    meant = did_you_mean(violation.value, choices, hint) if isinstance(violation.value, str) else hint
    yield Finding("not-allowed-value", violation.path, summary, meant)


def union(violation: Violation) -> Iterator[Finding]:
    """Say what the value may be where there are alternatives and it resembles none."""
    branches = list(alternatives(violation.schema, violation.root["$defs"]))
    value = violation.value
    expected = expected_words(Branch("", violation.schema), violation.root)
    unlike = violation.unlike
    if isinstance(value, dict) and value:
        unlike = f", not a mapping with {listed([key_name(key) for key in value][:3], 'and')}"
    summary = f"{violation.subject} has to be {expected}{unlike}"
    kinds = {one.schema["type"] for one in branches if "type" in one.schema}
    choices = [choice for one in branches for choice in one.schema.get("enum", ())]
    right_kind = any(is_kind(value, kind) for kind in kinds) or (choices and isinstance(value, str))
    code = "not-allowed-value" if right_kind else "wrong-type"
    yield Finding(code, violation.path, summary, _union_remedy(violation, branches, choices))


def _union_remedy(violation: Violation, branches: Sequence[Branch], choices: Sequence[Any]) -> str:
    value = violation.value
    if isinstance(value, str):
        return did_you_mean(value, choices)
    if isinstance(value, list | dict):
        return str(violation.schema.get("x-hint", ""))
    takes_text = any(one.schema.get("type") == "string" and "pattern" not in one.schema for one in branches)
    return _QUOTE.format(json.dumps(value)) if takes_text else ""


def doubled(violation: Violation) -> Iterator[Finding]:
    """Name what a list says twice."""
    *parent, index = violation.path
    item = violation.value[index]
    said = "this" if isinstance(item, dict | list) else show(item)
    summary = f"{said} stands twice in `{where(tuple(parent))}`"
    first = (*parent, int(violation.message))
    yield Finding("duplicate-item", violation.path, summary, "Remove one of the two.", first=first)
