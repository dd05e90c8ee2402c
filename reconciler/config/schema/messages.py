"""Keys that are unknown, missing, misspelled or at odds with each other → what a person reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.config.schema.unions import Branch, Schema, resolve
from reconciler.config.schema.violation import Finding, Violation, expected_words
from reconciler.core.wording import did_you_mean, key_name, listed, suggestion, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.diagnostics import Path


def unknown_keys(violation: Violation) -> Iterator[Finding]:
    """Name each key that does not belong here, and where it may belong."""
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
    """Say where in a configuration a key belongs that was found elsewhere."""
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
    conditions = (one for name, one in root["$defs"].items() if name.endswith("_condition"))
    return {name for one in conditions for name in one["properties"]} - {"attribute"}


def missing_keys(violation: Violation) -> Iterator[Finding]:
    """Name the keys that are missing; not those that are only misspelled."""
    known = violation.properties
    meant = {suggestion(key, known) for key in violation.value if key not in known}
    missing = [key for key in violation.schema["required"] if key not in violation.value and key not in meant]
    if missing:
        yield _missing(violation, missing, known)


def _missing(violation: Violation, missing: list[str], known: Schema) -> Finding:
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
    text: str = resolved.get("x-expected") or expected_words(Branch("", resolved), root)
    return text


def missing_tag(violation: Violation) -> Iterator[Finding]:
    """Name the key that would say which alternative is meant."""
    name, choices = violation.wanted
    remedy = f"Add `{name}`: {listed(choices)}."
    yield Finding("missing-key", violation.path, f"`{name}` is missing in `{where(violation.path)}`", remedy)


def needs_one_of(violation: Violation) -> Iterator[Finding]:
    """Name the keys of which at least one is needed."""
    keys = [key for one in violation.schema["anyOf"] for key in one["required"]]
    unknown = [key for key in violation.value if key not in violation.properties]
    if not any(suggestion(key, keys) for key in unknown):
        yield Finding("missing-key", violation.path, f"{violation.subject} needs {listed(keys)}")


def bad_name(violation: Violation) -> Iterator[Finding]:
    """Say how a name is spelled."""
    expected = violation.schema["x-name"]
    yield Finding(
        "not-allowed-name",
        violation.path,
        f"`{key_name(str(violation.path[-1]))}` cannot be a name here",
        f"A name is {expected}.",
        key=True,
    )


def clash(violation: Violation) -> Iterator[Finding]:
    """Name the keys that exclude each other."""
    keys = json.loads(violation.message)
    remedy = "Keep one of them here, and nest the other inside of it."
    yield Finding(
        "wrong-rule", (*violation.path, keys[1]), f"{listed(keys, 'and')} cannot stand side by side", remedy, key=True
    )


def too_few_keys(violation: Violation) -> Iterator[Finding]:
    """Say that a condition has no operator."""
    if list(violation.value) == ["attribute"]:
        noun, operators = violation.schema["x-noun"], violation.operators()
        remedy = f"Operators for {noun}: {listed(operators, 'and')}."
        yield Finding("wrong-operator", violation.path, "the condition has no operator", remedy)


def too_many_keys(violation: Violation) -> Iterator[Finding]:
    """Say that a condition has several operators, or that a mapping has too many entries."""
    if not violation.is_condition:
        limit = violation.wanted
        yield Finding("not-allowed-value", violation.path, f"{violation.subject} has more than {limit} entries")
        return
    used = [key for key in violation.value if key != "attribute"]
    if all(key in violation.schema["properties"] for key in violation.value):
        summary = f"a condition takes one operator; this one has {listed(used, 'and')}"
        remedy = "Write a condition for each, under `all:` (every one holds) or `any:` (one is enough)."
        yield Finding("wrong-operator", (*violation.path, used[1]), summary, remedy, key=True)
