"""One violated keyword of the schema → what a person reads: a stable code, what is wrong, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from reconciler.config.schema import messages as keys
from reconciler.config.schema import phrases_values as values
from reconciler.config.schema.violation import Finding, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema import ValidationError

    from reconciler.config.schema.unions import Schema
    from reconciler.core.diagnostics import Path


def phrase(error: ValidationError, path: Path, root: Schema) -> Iterator[Finding]:
    """Yield what one violation means; nothing where another violation has the same cause."""
    schema = cast("Schema", error.schema)
    violation = Violation(error.validator_value, error.instance, path, schema, error.message, root)
    handler = _HANDLERS.get(str(error.validator), values.not_allowed)
    yield from handler(violation)


_HANDLERS: Mapping[str, Callable[[Violation], Iterator[Finding]]] = {
    "additionalProperties": keys.unknown_keys,
    "required": keys.missing_keys,
    "needsOneOf": keys.needs_one_of,
    "propertyNames": keys.bad_name,
    "missingTag": keys.missing_tag,
    "clash": keys.clash,
    "minProperties": keys.too_few_keys,
    "maxProperties": keys.too_many_keys,
    "type": values.wrong_kind,
    "union": values.union,
    "uniqueItems": values.doubled,
}
"""What to say about each keyword, those included that `explain` adds; about all others, what is allowed."""
