"""Explain violations of the schema in words. Imported only then: jsonschema is slow to load."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from jsonschema import Draft202012Validator, ValidationError, validators

from reconciler.config.schema.messages import phrase
from reconciler.config.schema.unions import (
    Alternative,
    Schema,
    accepts_kind,
    alternatives,
    clashing,
    resembling,
    tag_of,
)
from reconciler.core.wording import suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.config.schema.violation import Finding
    from reconciler.core.diagnostics import Path

    Errors = Iterator[ValidationError]
    Keyword = Callable[[Any, Any, Any, Schema], Errors]


class Context(NamedTuple):
    """The context of an explanation: attribute types, a fast check by definition, and numbers as written."""

    schema: Schema
    types: Mapping[str, str]
    accepts: Callable[[str, Any], bool]
    written: Callable[[Path], str] = lambda _: ""


class Explainer:
    """Explains values with one schema and one set of attributes."""

    def __init__(self, context: Context) -> None:
        extend: Any = validators.extend
        keywords = {
            "$ref": _ref(context),
            "anyOf": _any_of(context),
            "pattern": _pattern,
            "propertyNames": _property_names,
            "uniqueItems": _unique_items,
        }
        self._schema, self._written = context.schema, context.written
        checker = Draft202012Validator.FORMAT_CHECKER
        self._validator = extend(Draft202012Validator, keywords)(context.schema, format_checker=checker)

    def explain(self, value: Any, base: Path, definition: str = "") -> Iterator[Finding]:
        """Yield the violations of a refused value at `base` against a definition, or the whole schema."""
        validator = self._validator
        part = (
            validator.descend(value, self._schema["$defs"][definition]) if definition else validator.iter_errors(value)
        )
        for error in part:
            path = (*base, *error.absolute_path)
            yield from phrase(error, path, self._schema, self._written(path))


def _ref(context: Context) -> Keyword:
    """Follow a reference only where the fast validator refuses: what is sound costs next to nothing."""
    definitions = context.schema["$defs"]

    def ref(validator: Any, reference: str, value: Any, _: Schema) -> Errors:
        name = reference.rpartition("/")[2]
        if not context.accepts(name, value):
            yield from validator.descend(value, definitions[name])

    return ref


def _any_of(context: Context) -> Keyword:
    definitions = context.schema["$defs"]
    known: dict[int, list[Alternative]] = {}

    def any_of(validator: Any, _: Any, value: Any, schema: Schema) -> Errors:
        if "properties" in schema:
            # Not a union of shapes, but of keys of which at least one is needed.
            if not any(validator.evolve(schema=item).is_valid(value) for item in schema["anyOf"]):
                yield ValidationError("none of the needed keys", validator="needsOneOf")
            return
        if id(schema) not in known:
            known[id(schema)] = list(alternatives(schema, definitions))
        branches = known[id(schema)]
        objects = [branch for branch in branches if branch.schema.get("type") == "object"]
        if isinstance(value, dict) and objects:
            yield from _for_mapping(validator, objects, value, context.types)
        else:
            yield from _for_other(validator, branches, value)

    return any_of


def _for_mapping(
    validator: Any, branches: list[Alternative], value: dict[str, Any], types: Mapping[str, str]
) -> Errors:
    if clash := clashing(branches, value):
        yield ValidationError(json.dumps(clash), validator="clash")
        return
    tag = tag_of(branches)
    if tag and tag[0] in value and value[tag[0]] not in tag[1]:
        name, values = tag
        wrong = {"validator": "enum", "validator_value": values, "instance": value[name], "schema": {"enum": values}}
        yield ValidationError("no such alternative", path=(name,), **wrong)
        return
    likely = resembling(branches, value, types)
    if not likely:
        yield ValidationError("resembles nothing", validator="union")
    elif tag and len(likely) > 1 and not any(suggestion(key, tag[:1]) for key in value):
        yield ValidationError("nothing says which", validator="missingTag", validator_value=tag)
    else:
        yield from _fewest(validator, likely, value)


def _for_other(validator: Any, branches: list[Alternative], value: Any) -> Errors:
    fitting = [branch for branch in branches if accepts_kind(branch.schema, value)]
    if any(next(validator.descend(value, alternative.schema), None) is None for alternative in fitting):
        return
    speaking = [alternative for alternative in fitting if "x-expected" in alternative.schema]
    if speaking:
        yield from _fewest(validator, speaking, value)
    else:
        yield ValidationError("no alternative fits", validator="union")


def _fewest(validator: Any, branches: list[Alternative], value: Any) -> Errors:
    """Yield the errors of the alternative that has the fewest, which is none if one holds."""
    if len(branches) == 1:
        # Not collected first: whoever asks may have heard enough after a few of them.
        yield from validator.descend(value, branches[0].schema)
        return
    yield from min((list(validator.descend(value, branch.schema)) for branch in branches), key=len)


def _pattern(validator: Any, pattern: str, value: Any, _: Schema) -> Errors:
    """Check a pattern as the other validator does: `$` is the end of the text, not also before a last line break."""
    if validator.is_type(value, "string") and (value.endswith("\n") or not re.search(pattern, value)):
        yield ValidationError("the pattern does not match")


def _property_names(validator: Any, names: Schema, value: Any, _: Schema) -> Errors:
    for name in value if validator.is_type(value, "object") else ():
        if any(True for _ in validator.descend(name, names)):
            yield ValidationError("a name is not possible", path=(name,))


def _unique_items(validator: Any, unique: bool, value: Any, _: Schema) -> Errors:  # noqa: FBT001 - jsonschema calls it
    seen: dict[str, int] = {}
    for index, item in enumerate(value if unique and validator.is_type(value, "array") else ()):
        first = seen.setdefault(json.dumps(item, sort_keys=True), index)
        if first != index:
            yield ValidationError(str(first), path=(index,))
