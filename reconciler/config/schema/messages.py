"""Messages of schema violations: code, problem and remedy for each keyword."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from reconciler.config.schema.unions import Alternative, Schema, alternatives, is_kind, resolve
from reconciler.config.schema.violation import Finding, Violation, expected_words
from reconciler.core.wording import did_you_mean, key_name, listed, show, suggestion, where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jsonschema import ValidationError

    from reconciler.core.diagnostics import Path


def unknown_keys(violation: Violation) -> Iterator[Finding]:
    """Report each unknown key, and where it may belong."""
    known = violation.properties
    for key in violation.value:
        if key in known:
            continue
        path = (*violation.path, key)
        if violation.is_condition:
            yield _unknown_operator(violation, key, path)
            continue
        within = f" in `{where(violation.path)}`" if violation.path else ""
        meant = did_you_mean(key, known) or _belongs(key, violation)
        remedy = meant or f"Known here: {listed(known, 'and')}."
        name = where(path).removeprefix(where(violation.path)).removeprefix(".")
        yield Finding("unknown-key", path, f"unknown key `{name}`{within}", remedy, key=True)


def _belongs(key: str, violation: Violation) -> str:
    """Name the right place of a misplaced key."""
    top = violation.root["properties"]
    if key in top and violation.path[-1:] == ("overrides",):
        return f"`{key}` is the same in every environment."
    if violation.path[:-1] == ("environments",) and key in violation.root["$defs"]["overrides"]["properties"]:
        return f"`{key}` belongs under `overrides`."
    if key in top:
        return f"`{key}` belongs at the top of the file, not indented."
    for name, part in top.items():
        if key in resolve(part, violation.root["$defs"]).schema.get("properties", {}):
            return f"`{key}` belongs under `{name}`."
    return ""


def _unknown_operator(violation: Violation, key: str, path: Path) -> Finding:
    noun, operators = violation.schema["x-noun"], violation.operators()
    remedy = f"Operators for {noun}: {listed(operators, 'and')}."
    if key in _all_operators(violation.root):
        attribute = violation.value.get("attribute", "this attribute")
        summary = f"`{key}` does not go with `{attribute}`, which is {noun}"
        return Finding("wrong-operator", path, summary, remedy, key=True)
    if "attribute" not in violation.value and suggestion(key, ["attribute"]):
        summary = f"unknown key `{key_name(key)}` in `{where(violation.path)}`"
        return Finding("unknown-key", path, summary, "Did you mean `attribute`?", key=True)
    meant = did_you_mean(key, operators, remedy)
    return Finding("wrong-operator", path, f"`{key_name(key)}` is not an operator", meant, key=True)


def _all_operators(root: Schema) -> set[str]:
    conditions = (value for name, value in root["$defs"].items() if name.endswith("_condition"))
    return {name for condition in conditions for name in condition["properties"]} - {"attribute"}


def missing_keys(violation: Violation) -> Iterator[Finding]:
    """Report missing keys, without those that are only misspelled."""
    known = violation.properties
    meant = {suggestion(key, known) for key in violation.value if key not in known}
    missing = [key for key in violation.schema["required"] if key not in violation.value and key not in meant]
    if missing:
        yield _missing(violation, missing, known)


def _missing(violation: Violation, missing: list[str], known: Schema) -> Finding:
    verb = "is" if len(missing) == 1 else "are"
    within = f" in `{where(violation.path)}`" if violation.path else ""
    parts = [f"`{key}`: {_description(known[key], violation.root)}" for key in missing if key in known]
    return Finding(
        "missing-key",
        violation.path,
        f"{listed(missing, 'and')} {verb} missing{within}",
        "Add " + "; ".join(parts) + "." if parts else "",
        key=bool(violation.path) and isinstance(violation.path[-1], str),
    )


def _description(schema: Schema, root: Schema) -> str:
    target = resolve(schema, root["$defs"]).schema
    text: str = target.get("x-expected") or expected_words(Alternative("", target), root)
    return text


def missing_tag(violation: Violation) -> Iterator[Finding]:
    """Report the missing key that selects an alternative."""
    name, choices = violation.keyword_value
    remedy = f"Add `{name}`: {listed(choices)}."
    yield Finding("missing-key", violation.path, f"`{name}` is missing in `{where(violation.path)}`", remedy)


def needs_one_of(violation: Violation) -> Iterator[Finding]:
    """Report that at least one of some keys is needed."""
    keys = [key for value in violation.schema["anyOf"] for key in value["required"]]
    unknown = [key for key in violation.value if key not in violation.properties]
    if not any(suggestion(key, keys) for key in unknown):
        yield Finding("missing-key", violation.path, f"{violation.subject} needs {listed(keys)}")


def bad_name(violation: Violation) -> Iterator[Finding]:
    """Report a misspelled name with the rule for names."""
    expected = violation.schema["x-name"]
    yield Finding(
        "not-allowed-name",
        violation.path,
        f"`{key_name(str(violation.path[-1]))}` cannot be a name here",
        f"A name is {expected}.",
        key=True,
    )


def clash(violation: Violation) -> Iterator[Finding]:
    """Report keys that exclude each other."""
    keys = json.loads(violation.message)
    remedy = "Keep one of them here, and nest the other inside of it."
    yield Finding(
        "wrong-rule", (*violation.path, keys[1]), f"{listed(keys, 'and')} cannot be combined", remedy, key=True
    )


def too_few_keys(violation: Violation) -> Iterator[Finding]:
    """Report a condition without an operator, or an empty mapping."""
    if not violation.is_condition:
        yield from not_allowed(violation)
    elif list(violation.value) == ["attribute"]:
        noun, operators = violation.schema["x-noun"], violation.operators()
        remedy = f"Operators for {noun}: {listed(operators, 'and')}."
        yield Finding("wrong-operator", violation.path, "the condition has no operator", remedy)


def too_many_keys(violation: Violation) -> Iterator[Finding]:
    """Report a condition with several operators, or a mapping with too many entries."""
    if not violation.is_condition:
        limit = violation.keyword_value
        yield Finding("not-allowed-value", violation.path, f"{violation.subject} has more than {limit} entries")
        return
    used = [key for key in violation.value if key != "attribute"]
    if all(key in violation.schema["properties"] for key in violation.value):
        summary = f"a condition takes one operator; this one has {listed(used, 'and')}"
        remedy = "Write a condition for each, under `all:` (every one holds) or `any:` (one is enough)."
        yield Finding("wrong-operator", (*violation.path, used[1]), summary, remedy, key=True)


_QUOTE = 'Quote it: "{}".'
_OLD_BOOLEANS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def wrong_kind(violation: Violation) -> Iterator[Finding]:
    """Report a value of the wrong kind."""
    expected = expected_words(Alternative("", violation.schema), violation.root)
    summary = f"{violation.subject} has to be {expected}{violation.unlike}"
    yield Finding(
        "wrong-type", violation.path, summary, _kind_remedy(violation.value, violation.schema, violation.written)
    )


def _kind_remedy(value: Any, schema: Schema, written: str) -> str:
    type_name, remedy = schema.get("type", ""), str(schema.get("x-hint", ""))
    match value:
        case str() if type_name == "boolean":
            remedy = _boolean_remedy(value)
        case str() if type_name in ("integer", "number") and value.lstrip("+-").isdecimal():
            remedy = "Remove the quotes."
        case int() | float() if type_name == "string" and "pattern" not in schema:
            remedy = _QUOTE.format(written or json.dumps(value))
        case dict() if type_name == "array":
            remedy = "Start it with `- `: this is a list, even of one item."
        case str() | int() | float() if type_name == "array":
            shown = value if isinstance(value, str) else f'"{written or json.dumps(value)}"'
            meant = _in_words(value) if _takes_rules(schema) else ""
            remedy = f"Write it as a list: [{meant or shown}]."
        case list():
            remedy = remedy or str(schema.get("x-list-hint", ""))
    return remedy


def _takes_rules(schema: Schema) -> bool:
    return str(schema.get("items", {}).get("$ref", "")).endswith("/rule")


def _in_words(value: Any) -> str:
    """Return the condition meant by the words of the settings page; empty where there is none."""
    from reconciler.rules.from_words import condition

    return condition(value) if isinstance(value, str) else ""


def _boolean_remedy(text: str) -> str:
    if text.lower() in ("true", "false"):
        return "Remove the quotes."
    meant = _OLD_BOOLEANS.get(text.lower())
    return f"Write {meant}; `{text}` is text here, as in YAML 1.2." if meant else ""


def not_allowed(violation: Violation) -> Iterator[Finding]:
    """Report a value that is not allowed, with those that are."""
    expected = expected_words(Alternative("", violation.schema), violation.root)
    summary = f"{violation.subject} has to be {expected}{violation.unlike}"
    choices = violation.schema.get("enum", ())
    hint = violation.schema.get("x-hint", "")
    meant = did_you_mean(violation.value, choices, hint) if isinstance(violation.value, str) else hint
    yield Finding("not-allowed-value", violation.path, summary, meant)


def union(violation: Violation) -> Iterator[Finding]:
    """Report a value that resembles no alternative of a union."""
    branches = list(alternatives(violation.schema, violation.root["$defs"]))
    value = violation.value
    expected = expected_words(Alternative("", violation.schema), violation.root)
    unlike = violation.unlike
    if isinstance(value, dict) and value:
        unlike = f", not a mapping with {listed([key_name(key) for key in value][:3], 'and')}"
    summary = f"{violation.subject} has to be {expected}{unlike}"
    kinds = {branch.schema["type"] for branch in branches if "type" in branch.schema}
    choices = [choice for branch in branches for choice in branch.schema.get("enum", ())]
    right_kind = any(is_kind(value, kind) for kind in kinds) or (choices and isinstance(value, str))
    code = "not-allowed-value" if right_kind else "wrong-type"
    yield Finding(code, violation.path, summary, _union_remedy(violation, branches, choices))


def _union_remedy(violation: Violation, branches: Sequence[Alternative], choices: Sequence[Any]) -> str:
    value = violation.value
    if isinstance(value, str):
        meant, expected = _in_words(value), expected_words(Alternative("", violation.schema), violation.root)
        if meant and "own_for" in expected:
            return f"Write it as {{own_for: {meant}, otherwise: company}}: who matches sees only their own tickets."
        return f"Write it as a rule: {meant}" if meant and "rule" in expected else did_you_mean(value, choices)
    if isinstance(value, list | dict):
        return str(violation.schema.get("x-hint", ""))
    takes_text = any(branch.schema.get("type") == "string" and "pattern" not in branch.schema for branch in branches)
    return _QUOTE.format(violation.written or json.dumps(value)) if takes_text else ""


def doubled(violation: Violation) -> Iterator[Finding]:
    """Report duplicates in a list."""
    *parent, index = violation.path
    item = violation.value[index]
    shown = "this" if isinstance(item, dict | list) else show(item)
    summary = f"{shown} is twice in `{where(tuple(parent))}`"
    first = (*parent, int(violation.message))
    yield Finding("duplicate-item", violation.path, summary, "Remove one of the two.", first=first)


def phrase(error: ValidationError, path: Path, root: Schema, written: str = "") -> Iterator[Finding]:
    """Phrase one violation; yields nothing where another violation has the same cause."""
    schema = cast("Schema", error.schema)
    violation = Violation(error.validator_value, error.instance, path, schema, error.message, root, written)
    handler = _HANDLERS.get(str(error.validator), not_allowed)
    yield from handler(violation)


_HANDLERS: Mapping[str, Callable[[Violation], Iterator[Finding]]] = {
    "additionalProperties": unknown_keys,
    "required": missing_keys,
    "needsOneOf": needs_one_of,
    "propertyNames": bad_name,
    "missingTag": missing_tag,
    "clash": clash,
    "minProperties": too_few_keys,
    "maxProperties": too_many_keys,
    "maxItems": too_many_keys,
    "type": wrong_kind,
    "union": union,
    "uniqueItems": doubled,
}
"""The message of each keyword, those included that `explain` adds; others say what is allowed."""
