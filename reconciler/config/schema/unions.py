"""Choose the alternative of a union that a value resembles most, and so was meant: an error is about that one only."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.core.wording import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Schema = dict[str, Any]

_EXACT, _CLOSE = 2, 1
_KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


class Alternative(NamedTuple):
    """One alternative: the name of its definition, if any, and its schema without outer references."""

    name: str
    schema: Schema


def resolve(schema: Schema, definitions: Mapping[str, Schema]) -> Alternative:
    """Follow references at the top of `schema`; keys beside a reference are added to its target."""
    name = ""
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = {**definitions[name], **{key: value for key, value in schema.items() if key != "$ref"}}
    return Alternative(name, schema)


def alternatives(schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[Alternative]:
    """Yield every alternative of `schema`, nested unions flattened; itself if it is no union."""
    branch = resolve(schema, definitions)
    union = branch.schema.get("anyOf")
    if union is None or "properties" in branch.schema:
        yield branch
        return
    for value in union:
        yield from alternatives(value, definitions)


def accepts_kind(schema: Schema, value: Any) -> bool:
    """Tell whether a value is of an accepted kind (mapping, list, text, …), whatever it says."""
    if "type" in schema:
        return is_kind(value, schema["type"])
    literals = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return not literals or any(type(value) is type(literal) for literal in literals)


def is_kind(value: Any, kind: str) -> bool:
    """Tell whether `value` is of the JSON type `kind`; a truth value is no number."""
    return isinstance(value, _KINDS[kind]) and (isinstance(value, bool) <= (kind == "boolean"))


def resembling(
    branches: Sequence[Alternative], value: Mapping[str, Any], types: Mapping[str, str]
) -> list[Alternative]:
    """Return the mappings' alternatives that `value` resembles most: several if equally, none if not at all."""
    attribute = value.get("attribute")
    if isinstance(attribute, str) and attribute in types:
        branches = [branch for branch in branches if branch.name == f"{types[attribute]}_condition"] or branches
    scores = [_score(branch.schema, value) for branch in branches]
    best = max(scores, default=(0, 0))
    return [branch for branch, score in zip(branches, scores, strict=True) if score == best and any(score)]


def _score(schema: Schema, value: Mapping[str, Any]) -> tuple[int, int]:
    properties = schema.get("properties", {})
    constants = sum(
        value.get(name) == entry["const"] for name, entry in properties.items() if "const" in entry and name in value
    )
    return constants, sum(_likeness(key, properties) for key in value)


def _likeness(key: str, properties: Mapping[str, Any]) -> int:
    if key in properties:
        return _EXACT
    return _CLOSE if _similar(key, tuple(properties)) else 0


@cache
def _similar(key: str, names: tuple[str, ...]) -> bool:
    return bool(suggestion(key, names))


def tag_of(branches: Sequence[Alternative]) -> tuple[str, list[Any]] | None:
    """Return the key whose constant tells these alternatives apart, and its possible values; None without one."""
    tags = [
        {name: entry["const"] for name, entry in branch.schema.get("properties", {}).items() if "const" in entry}
        for branch in branches
    ]
    shared = set.intersection(*map(set, tags)) if tags else set()
    for name in sorted(shared):
        values = [tag[name] for tag in tags]
        if len({str(value) for value in values}) == len(values) > 1:
            return name, values
    return None


def clashing(branches: Sequence[Alternative], value: Mapping[str, Any]) -> list[str]:
    """Return the keys of which each claims another alternative; empty if there is no such clash."""
    claims = {branch.schema["required"][0] for branch in branches if branch.schema.get("required")}
    results = [key for key in value if key in claims]
    return results if len(results) > 1 else []
