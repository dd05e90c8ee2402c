"""What is wrong with a document that the schema refused, in words. Imported only then: jsonschema is slow to load.

jsonschema finds the violations, each with its path and the part of the schema that is violated. A few keywords are
replaced so that they say more: a union leads into the alternative that was meant (`branches`), doubled items and wrong
names are reported where they stand.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from jsonschema import Draft202012Validator, ValidationError, validators

from reconciler.branches import Branch, Schema, accepts_kind, alternatives, clashing, resembling, tag_of
from reconciler.phrases import Finding, phrase
from reconciler.wording import suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Errors = Iterator[ValidationError]
    Keyword = Callable[[Any, Any, Any, Schema], Errors]


class Context(NamedTuple):
    """What explaining needs to know besides the value: the schema, and the types of the attributes."""

    schema: Schema
    types: Mapping[str, str]


def explain(value: Any, context: Context, definition: str = "") -> Iterator[Finding]:
    """Yield what is wrong with `value`; paths are relative to it.

    Args:
        value: The value that the schema refused.
        context: The schema, and the condition type of each attribute.
        definition: The name of the definition that `value` has to satisfy; the whole schema if empty.
    """
    schema = {"$ref": f"#/$defs/{definition}", "$defs": context.schema["$defs"]} if definition else context.schema
    checker = Draft202012Validator.FORMAT_CHECKER
    keywords = {
        "anyOf": _any_of(context),
        "pattern": _pattern,
        "propertyNames": _property_names,
        "uniqueItems": _unique_items,
    }
    extend: Any = validators.extend
    validator = extend(Draft202012Validator, keywords)(schema, format_checker=checker)
    for error in validator.iter_errors(value):
        yield from phrase(error, tuple(error.absolute_path), context.schema)


def _any_of(context: Context) -> Keyword:
    definitions = context.schema["$defs"]

    def any_of(validator: Any, _: Any, value: Any, schema: Schema) -> Errors:
        if "properties" in schema:
            # Not a union of shapes, but of keys of which at least one is needed.
            if not any(validator.evolve(schema=one).is_valid(value) for one in schema["anyOf"]):
                yield ValidationError("none of the needed keys", validator="needsOneOf")
            return
        branches = list(alternatives(schema, definitions))
        objects = [one for one in branches if one.schema.get("type") == "object"]
        chosen = _for_mapping if isinstance(value, dict) and objects else _for_other
        yield from chosen(validator, branches if chosen is _for_other else objects, value, context.types)

    return any_of


def _for_mapping(validator: Any, branches: list[Branch], value: dict[str, Any], types: Mapping[str, str]) -> Errors:
    if clash := clashing(branches, value):
        yield ValidationError(json.dumps(clash), validator="clash")
        return
    if not value:
        yield ValidationError("an empty mapping", validator="union")
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


def _for_other(validator: Any, branches: list[Branch], value: Any, _: Mapping[str, str]) -> Errors:
    fitting = [one for one in branches if accepts_kind(one.schema, value)]
    if any(not list(validator.descend(value, one.schema)) for one in fitting):
        return
    speaking = [one for one in fitting if "x-expected" in one.schema]
    if speaking:
        yield from _fewest(validator, speaking, value)
    else:
        yield ValidationError("no alternative fits", validator="union")


def _fewest(validator: Any, branches: list[Branch], value: Any) -> Errors:
    """Yield the errors of the alternative that has the fewest, which is none if one holds."""
    yield from min((list(validator.descend(value, one.schema)) for one in branches), key=len, default=[])


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
