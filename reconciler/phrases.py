"""One violated keyword of the schema → what a person reads: a stable code, what is wrong, what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from reconciler.branches import Branch, Schema, alternatives, is_kind, resolve
from reconciler.wording import did_you_mean, key_name, listed, show, suggestion, where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jsonschema import ValidationError

    from reconciler.diagnostics import Path

_KIND_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
_ENVIRONMENT_FIELD = 3
_NEVER_SECRET = ("promote_from", "protected")
_QUOTE = 'Quote it: "{}".'
_OLD_BOOLEANS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


class Finding(NamedTuple):
    """Something wrong at `path`.

    Attributes:
        code: Stable name.
        path: Where.
        summary: What is wrong.
        remedy: What to do.
        key: Whether the place is that of the key instead of the value.
        first: Where the same thing was said before, if it is said twice.
    """

    code: str
    path: Path
    summary: str
    remedy: str = ""
    key: bool = False
    first: Path | None = None


class _Violation(NamedTuple):
    error: ValidationError
    path: Path
    root: Schema

    @property
    def schema(self) -> Schema:
        return cast("Schema", self.error.schema)

    @property
    def value(self) -> Any:
        return self.error.instance

    @property
    def subject(self) -> str:
        return f"`{where(self.path)}`" if self.path else "the configuration"

    @property
    def properties(self) -> Schema:
        properties: Schema = resolve(self.schema, self.root["$defs"]).schema.get("properties", {})
        return properties

    @property
    def unlike(self) -> str:
        """What stands there instead; only of what kind it is where that may be a credential in a wrong place."""
        whole_file = not self.path
        in_environment = self.path[:1] == ("environments",) and len(self.path) <= _ENVIRONMENT_FIELD
        if isinstance(self.value, str) and (whole_file or (in_environment and self.path[-1] not in _NEVER_SECRET)):
            return ", not this text"
        return f", not {show(self.value)}"

    @property
    def is_condition(self) -> bool:
        return "x-noun" in self.schema

    def operators(self) -> list[str]:
        return [name for name in self.schema["properties"] if name != "attribute"]


def phrase(error: ValidationError, path: Path, root: Schema) -> Iterator[Finding]:
    """Yield what one violation means; nothing where another violation has the same cause."""
    violation = _Violation(error, path, root)
    handler = _HANDLERS.get(str(error.validator), _not_allowed)
    yield from handler(violation)


# --- keys ---------------------------------------------------------------------------------------


def _unknown_keys(violation: _Violation) -> Iterator[Finding]:
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


def _belongs(key: str, violation: _Violation) -> str:
    """Say where in a configuration a key belongs that was found elsewhere."""
    top = violation.root["properties"]
    if key in top and violation.path[-1:] == ("overrides",):
        return f"`{key}` is the same in every environment."
    if key in top:
        return f"`{key}` belongs at the top of the file, not indented."
    for name, part in top.items():
        if key in resolve(part, violation.root["$defs"]).schema.get("properties", {}):
            return f"`{key}` belongs under `{name}`."
    return ""


def _unknown_operator(violation: _Violation, key: str, path: Path) -> Finding:
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
    conditions = (one for name, one in root["$defs"].items() if name.endswith("_condition"))
    return {name for one in conditions for name in one["properties"]} - {"attribute"}


def _missing_keys(violation: _Violation) -> Iterator[Finding]:
    known = violation.properties
    meant = {suggestion(key, known) for key in violation.value if key not in known}
    missing = [key for key in violation.schema["required"] if key not in violation.value and key not in meant]
    if missing:
        yield _missing(violation, missing, known)


def _missing(violation: _Violation, missing: list[str], known: Schema) -> Finding:
    verb = "is" if len(missing) == 1 else "are"
    within = f" in `{where(violation.path)}`" if violation.path else ""
    wanted = [f"`{key}`: {_description(known[key], violation.root)}" for key in missing if key in known]
    return Finding(
        "missing-key",
        violation.path,
        f"{listed(missing, 'and')} {verb} missing{within}",
        "Add " + "; ".join(wanted) + "." if wanted else "",
        key=bool(violation.path) and isinstance(violation.path[-1], str),
    )


def _description(schema: Schema, root: Schema) -> str:
    resolved = resolve(schema, root["$defs"]).schema
    text: str = resolved.get("x-expected") or _expected(Branch("", resolved), root)
    return text


def _missing_tag(violation: _Violation) -> Iterator[Finding]:
    name, choices = violation.error.validator_value
    remedy = f"Add `{name}`: {listed(choices)}."
    yield Finding("missing-key", violation.path, f"`{name}` is missing in `{where(violation.path)}`", remedy)


def _depended_on(violation: _Violation) -> Iterator[Finding]:
    needs = violation.schema["dependentRequired"]
    users = [key for key in needs if key in violation.value]
    needed = {key for user in users for key in needs[user] if key not in violation.value}
    if needed and not any(suggestion(key, needed) for key in violation.value if key not in violation.properties):
        belong = "belongs" if len(users) == 1 else "belong"
        remedy = f"{listed(users, 'and')} {belong} to a Help Center: name it with `help_center: {{identifier: …}}`."
        yield Finding("missing-key", (users[0],), f"{listed(sorted(needed), 'and')} is missing", remedy, key=True)


def _needs_one_of(violation: _Violation) -> Iterator[Finding]:
    keys = [key for one in violation.schema["anyOf"] for key in one["required"]]
    unknown = [key for key in violation.value if key not in violation.properties]
    if not any(suggestion(key, keys) for key in unknown):
        yield Finding("missing-key", violation.path, f"{violation.subject} needs {listed(keys)}")


def _bad_name(violation: _Violation) -> Iterator[Finding]:
    expected = violation.schema["x-name"]
    yield Finding(
        "not-allowed-name",
        violation.path,
        f"`{key_name(str(violation.path[-1]))}` cannot be a name here",
        f"A name is {expected}.",
        key=True,
    )


def _clash(violation: _Violation) -> Iterator[Finding]:
    keys = json.loads(violation.error.message)
    remedy = "Keep one of them here, and nest the other inside of it."
    yield Finding(
        "wrong-rule", (*violation.path, keys[1]), f"{listed(keys, 'and')} cannot stand side by side", remedy, key=True
    )


# --- conditions ---------------------------------------------------------------------------------


def _too_few_keys(violation: _Violation) -> Iterator[Finding]:
    if list(violation.value) == ["attribute"]:
        noun, operators = violation.schema["x-noun"], violation.operators()
        remedy = f"Operators for {noun}: {listed(operators, 'and')}."
        yield Finding("wrong-operator", violation.path, "the condition has no operator", remedy)


def _too_many_keys(violation: _Violation) -> Iterator[Finding]:
    if not violation.is_condition:
        limit = violation.error.validator_value
        yield Finding("not-allowed-value", violation.path, f"{violation.subject} has more than {limit} entries")
        return
    used = [key for key in violation.value if key != "attribute"]
    if all(key in violation.schema["properties"] for key in violation.value):
        summary = f"a condition takes one operator; this one has {listed(used, 'and')}"
        remedy = "Write a condition for each, under `all:` (every one holds) or `any:` (one is enough)."
        yield Finding("wrong-operator", (*violation.path, used[1]), summary, remedy, key=True)


# --- values -------------------------------------------------------------------------------------


def _wrong_kind(violation: _Violation) -> Iterator[Finding]:
    expected = _expected(Branch("", violation.schema), violation.root)
    summary = f"{violation.subject} has to be {expected}{violation.unlike}"
    yield Finding("wrong-type", violation.path, summary, _kind_remedy(violation.value, violation.schema))


def _kind_remedy(value: Any, schema: Schema) -> str:
    wanted, hint = schema.get("type", ""), str(schema.get("x-hint", ""))
    match value:
        case str() if wanted == "boolean":
            return _boolean_remedy(value)
        case str() if wanted in ("integer", "number") and value.lstrip("+-").isdecimal():
            return "Remove the quotes."
        case int() | float() if wanted == "string" and "pattern" not in schema:
            return _QUOTE.format(json.dumps(value))
        case dict() if wanted == "array":
            return "Start it with `- `: this is a list, also where it has only one item."
        case str() | int() | float() if wanted == "array":
            return f"Write it as a list: [{value if isinstance(value, str) else json.dumps(value)}]."
    return hint


def _boolean_remedy(text: str) -> str:
    if text.lower() in ("true", "false"):
        return "Remove the quotes."
    meant = _OLD_BOOLEANS.get(text.lower())
    return f"Write {meant}; `{text}` is text here, as in YAML 1.2." if meant else ""


def _not_allowed(violation: _Violation) -> Iterator[Finding]:
    expected = _expected(Branch("", violation.schema), violation.root)
    summary = f"{violation.subject} has to be {expected}{violation.unlike}"
    choices = violation.schema.get("enum", ())
    hint = violation.schema.get("x-hint", "")
    meant = did_you_mean(violation.value, choices, hint) if isinstance(violation.value, str) else hint
    yield Finding("not-allowed-value", violation.path, summary, meant)


def _union(violation: _Violation) -> Iterator[Finding]:
    branches = list(alternatives(violation.schema, violation.root["$defs"]))
    value = violation.value
    expected = _expected(Branch("", violation.schema), violation.root)
    unlike = (
        f", not a mapping with {listed([key_name(key) for key in value][:3], 'and')}"
        if isinstance(value, dict) and value
        else ""
    )
    summary = f"{violation.subject} has to be {expected}{unlike or violation.unlike}"
    kinds = {one.schema["type"] for one in branches if "type" in one.schema}
    choices = [choice for one in branches for choice in one.schema.get("enum", ())]
    right_kind = any(is_kind(value, kind) for kind in kinds) or (choices and isinstance(value, str))
    code = "not-allowed-value" if right_kind else "wrong-type"
    yield Finding(code, violation.path, summary, _union_remedy(violation, branches, choices))


def _union_remedy(violation: _Violation, branches: Sequence[Branch], choices: Sequence[Any]) -> str:
    value = violation.value
    if isinstance(value, str):
        return did_you_mean(value, choices)
    if isinstance(value, list | dict):
        return str(violation.schema.get("x-hint", ""))
    takes_text = any(one.schema.get("type") == "string" and "pattern" not in one.schema for one in branches)
    return _QUOTE.format(json.dumps(value)) if takes_text else ""


def _expected(branch: Branch, root: Schema) -> str:
    """Say what a value of this schema looks like."""
    schema = branch.schema
    if "x-expected" in schema:
        return str(schema["x-expected"])
    if "enum" in schema:
        return listed(schema["enum"])
    if "const" in schema:
        return listed([schema["const"]])
    if "anyOf" in schema and "properties" not in schema:
        return " or ".join(dict.fromkeys(_expected(one, root) for one in alternatives(schema, root["$defs"])))
    kind = _KIND_WORDS[schema["type"]]
    if required := schema.get("required"):
        return f"{kind} with {listed(required, 'and')}"
    return kind


def _doubled(violation: _Violation) -> Iterator[Finding]:
    *parent, index = violation.path
    item = violation.value[index]
    said = "this" if isinstance(item, dict | list) else show(item)
    summary = f"{said} stands twice in `{where(tuple(parent))}`"
    first = (*parent, int(violation.error.message))
    yield Finding("duplicate-item", violation.path, summary, "Remove one of the two.", first=first)


_HANDLERS: dict[str, Callable[[_Violation], Iterator[Finding]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "dependentRequired": _depended_on,
    "needsOneOf": _needs_one_of,
    "propertyNames": _bad_name,
    "missingTag": _missing_tag,
    "clash": _clash,
    "minProperties": _too_few_keys,
    "maxProperties": _too_many_keys,
    "type": _wrong_kind,
    "union": _union,
    "uniqueItems": _doubled,
}
