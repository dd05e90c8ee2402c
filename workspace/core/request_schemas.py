"""The schemas of request bodies, extracted from the admin API's description, which takes 40 ms to read at each start.

After a change of `workspace.openapi.yaml` run `python -m workspace.core.request_schemas`; a test fails until then.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workspace.core.data_files import schema_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = Path(__file__).parent / "request_schemas.json"
_PREFIX = "#/components/schemas/"
# A rule has complaints of its own (`workspace.rules.model`), with its own codes and status.
_REPLACED = {"Rule": {"type": "object"}}
_PROSE = {"description"}


def derive(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas that request bodies use, by name; references point into `#/$defs/`."""
    schemas = description["components"]["schemas"]
    desired = [
        media["schema"]["$ref"].removeprefix(_PREFIX)
        for path in description["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "requestBody" in operation
        for media in operation["requestBody"]["content"].values()
    ]
    entry: dict[str, Any] = {}
    while desired:
        name = desired.pop()
        if name not in entry:
            entry[name] = _REPLACED.get(name) or _without_prose(schemas[name])
            desired += _references(entry[name])
    return {name: entry[name] for name in sorted(entry)}


def text(description: Mapping[str, Any]) -> str:
    """Return the file's text for a description."""
    return re.sub(re.escape(_PREFIX), "#/$defs/", json.dumps(derive(description), indent=1)) + "\n"


def _without_prose(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_prose(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    # A property may well have the name of a keyword: its value is a schema, a keyword's is text.
    return {
        key: _without_prose(value) for key, value in schema.items() if not (key in _PROSE and isinstance(value, str))
    }


def _references(schema: Any) -> Iterator[str]:
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for part in parts:
        if isinstance(part, str) and part.startswith(_PREFIX):
            yield part.removeprefix(_PREFIX)
        yield from _references(part)


def main() -> None:
    """Write the file anew."""
    import yaml

    FILE.write_text(text(yaml.safe_load(schema_path("workspace.openapi.yaml").read_bytes())), encoding="utf-8")


if __name__ == "__main__":
    main()
