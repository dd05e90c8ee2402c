"""Check every answer of a workspace against its API description, before anything is read from it.

The schemas of answers stand beside this module as JSON: reading the description itself takes longer than a plan. After
a change of `workspace.openapi.yaml` run `python -m reconciler.target.answers`. Only what this program relies on is
kept: a newer workspace may say more.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import jsonschema_rs

FILE = Path(__file__).parent / "answers.json"
ERRORS = "ErrorList"
_PREFIX = "#/components/schemas/"
_PROSE = {"description", "example", "examples", "title", "default"}
_LIMITS = {"maxLength", "maxItems", "minItems", "maximum", "pattern", "format", "uniqueItems", "maxProperties"}
_FOR_A_PERSON, _ACCEPTED = "Task", 202
_WITH_PATTERN = ("Moment",)
"""Schemas whose text is parsed, so that its form matters."""


def body(content: bytes) -> Any:
    """Parse the JSON of a body; `None` where it cannot be read."""
    try:
        return json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def complaint(method: str, path: str, status: int, answer: Any) -> str | None:
    """Describe the violation of a successful answer at a path below that of the API; `None` for a valid one."""
    if not isinstance(answer, dict):
        return f"HTTP status {status}, and no JSON object"
    # Only one success of a write is not that of all others: nothing was done, and a person has to.
    name = _FOR_A_PERSON if status == _ACCEPTED else _name(method, path)
    return None if name is None else _difference(name, answer)


def errors(answer: Any) -> list[Mapping[str, Any]]:
    """Return the errors of a refusal; none where they violate the description."""
    if not isinstance(answer, dict) or not isinstance(answer.get("errors"), list):
        return []
    whole = {"type": "error.list", "request_id": "", **answer}
    return [] if _difference(ERRORS, whole) else list(answer["errors"])


def _difference(name: str, answer: Any) -> str | None:
    problem = next(_validator(name).iter_errors(answer), None)
    if problem is None:
        return None
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.instance_path)
    # What stands there is not quoted: it is somebody else's text.
    return f"`{place.removeprefix('.') or 'the answer'}` is not as its API says"


@cache
def _description() -> dict[str, Any]:
    entry: dict[str, Any] = json.loads(FILE.read_bytes())
    return entry


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": _description()["schemas"]})


@cache
def _name(method: str, path: str) -> str | None:
    answers = _description()["answers"].get(method, {})
    return next((name for pattern, name in answers.items() if re.fullmatch(pattern, path)), None)


def derive(description: Mapping[str, Any]) -> dict[str, Any]:
    """Derive the schema of each answer from the description, as the file holds them."""
    answers: dict[str, dict[str, str]] = {}
    for path, operations in description["paths"].items():
        pattern = re.sub(r"\\?\{\w+\\?\}", "[^/]+", re.escape(path.removeprefix("/")))
        for method, operation in operations.items():
            if name := _answered(operation) if isinstance(operation, dict) else None:
                answers.setdefault(method.upper(), {})[pattern] = name
    schemas, desired = {}, [ERRORS, *(name for names in answers.values() for name in names.values())]
    while desired:
        name = desired.pop()
        if name not in schemas:
            schemas[name] = _relied_on(description["components"]["schemas"][name], keep=name in _WITH_PATTERN)
            desired += _references(schemas[name])
    return {"answers": answers, "schemas": dict(sorted(schemas.items()))}


def _answered(operation: Mapping[str, Any]) -> str | None:
    """Return the name of the schema of a success."""
    for status, response in operation.get("responses", {}).items():
        if str(status).startswith("2") and "content" in response:
            reference: str = response["content"]["application/json"]["schema"]["$ref"]
            return reference.removeprefix(_PREFIX)
    return None


def _relied_on(schema: Any, *, keep: bool) -> Any:
    """Reduce a schema to the part that this program relies on: types, and required keys."""
    if isinstance(schema, list):
        return [_relied_on(item, keep=keep) for item in schema]
    if not isinstance(schema, dict):
        return schema.replace(_PREFIX, "#/$defs/") if isinstance(schema, str) else schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: _relied_on(item, keep=keep) for name, item in value.items()}
        elif key in _PROSE or (key in _LIMITS and not keep) or (key == "additionalProperties" and value is False):
            continue
        else:
            # Without their limits two alternatives may both fit.
            kept["anyOf" if key == "oneOf" else key] = _relied_on(value, keep=keep)
    return kept


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix("#/$defs/")
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def text(description: Mapping[str, Any]) -> str:
    """Write the file's text for a description."""
    return json.dumps(derive(description), separators=(",", ":"), sort_keys=True).replace('},"', '},\n"') + "\n"


def _write() -> None:
    import yaml

    from reconciler.core.contract import schema_path

    with schema_path("workspace.openapi.yaml").open("rb") as stream:
        FILE.write_text(text(yaml.safe_load(stream)), encoding="utf-8")


if __name__ == "__main__":
    _write()
