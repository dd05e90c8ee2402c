"""Request bodies: strict JSON, then the schema of the admin API's description.

400 is another form, 422 a value that may not be set. Bounded before a look: 1 MiB (by the application), 64 levels.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.core.folding import storable
from workspace.core.request_schemas import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_DEPTH = 64
_FORM = {"type", "required", "additionalProperties", "anyOf"}


def parse(body: bytes) -> dict[str, Any]:
    """Parse a request body as a JSON object, or raise ApiError 400.

    Refused are no UTF-8, a repeated key, a number out of range, a NUL, half a surrogate pair, and nesting too deep.
    """
    try:
        document = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
    except UnicodeDecodeError as problem:
        raise invalid_parameter(f"the body is not UTF-8: {problem.reason} at byte {problem.start}") from problem
    except json.JSONDecodeError as problem:
        raise invalid_parameter(
            f"the body is not JSON: {problem.msg} at line {problem.lineno}, column {problem.colno}"
        ) from problem
    except RecursionError as problem:
        raise invalid_parameter(f"the body is nested deeper than {MAX_DEPTH} levels") from problem
    except ValueError as problem:
        raise invalid_parameter("the body holds a number that is out of range") from problem
    if not isinstance(document, dict):
        raise invalid_parameter("the body must be a JSON object")
    if b"\\u" in body or not _is_plain(document):
        _check_values(document)
    return document


def check(name: str, document: Mapping[str, Any]) -> None:
    """Validate a body by a named schema: ApiError 400 with all places of another form, or 422 with all bad values."""
    results = [
        (problem.schema_path[-1] in _FORM, item)
        for problem in _validator(name).iter_errors(document)
        for item in _problems(problem)
    ]
    form = [problem for is_form, problem in results if is_form]
    if form:
        raise ApiError(400, form)
    if results:
        raise ApiError(422, [problem for _, problem in results])


def place(path: Sequence[str | int]) -> str:
    """Return a path in a body as text: `rule.predicates[0].value`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        # Counted once: whoever sends a million keys must not have each of them looked for among all.
        repeated = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise invalid_parameter(f"the key {repeated!r} stands twice in one object", repeated)
    return document


def _no_constant(name: str) -> None:
    raise invalid_parameter(f"the body is not JSON: {name}")


def _is_plain(document: dict[str, Any]) -> bool:
    """Return True for a document that is not too deep and has only finite numbers, from one look at each level."""
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        values = [value for part in level for value in (part.values() if type(part) is dict else part)]
        if any(type(value) is float and not math.isfinite(value) for value in values):
            return False
        level = [value for value in values if type(value) is dict or type(value) is list]
        if not level:
            return True
    return False


def _check_values(document: dict[str, Any]) -> None:
    for path, value in _walk(document):
        if len(path) > MAX_DEPTH:
            raise invalid_parameter(f"the body is nested deeper than {MAX_DEPTH} levels", place(path[:3]))
        texts = list(value) if isinstance(value, dict) else [value] if isinstance(value, str) else []
        if not all(map(storable, texts)):
            raise invalid_parameter("text must not hold NUL or half a surrogate pair", place(path))
        if isinstance(value, float) and not math.isfinite(value):
            raise invalid_parameter("the number is out of range", place(path))


def _walk(document: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    # Not by recursion: the depth is somebody else's choice. Deeper than allowed is not entered.
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        if isinstance(value, dict):
            waiting += (((*path, key), part) for key, part in value.items())
        elif isinstance(value, list):
            waiting += (((*path, index), part) for index, part in enumerate(value))


@cache
def _schemas() -> Any:
    return json.loads(FILE.read_bytes())


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/$defs/{name}", "$defs": _schemas()}, validate_formats=True, offline=True
    )


def _problems(problem: jsonschema_rs.ValidationError) -> Iterator[Problem]:
    path = problem.instance_path
    kind = problem.kind
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        for name in kind.unexpected:
            yield Problem("parameter_invalid", f"there is no field {name!r} here", place([*path, name]))
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.FalseSchema):
        # Where an object may have no fields at all.
        yield Problem("parameter_invalid", "there are no fields here", place(path) or None)
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        yield Problem("parameter_invalid", f"{kind.property!r} is missing", place([*path, kind.property]))
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.AnyOf):
        yield Problem("parameter_invalid", "has none of the types that it may have", place(path))
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Type):
        yield Problem("parameter_invalid", f"must be {' or '.join(kind.types)}", place(path))
    else:
        yield Problem("value_invalid", problem.message, place(path))
