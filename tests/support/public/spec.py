"""The vendor's description of its public API as a judge of answers, if available."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import yaml

DESCRIPTION = Path(__file__).parents[4] / "shared" / "intercom-openapi-2.16.yaml"
AT_HAND = DESCRIPTION.exists()

# Refusals that are possible everywhere; the description names them for some operations only.
ANYWHERE = {400, 401, 403, 404, 405, 409, 413, 422, 429}

# Lists whose examples have a link as the next page, though their schema says a cursor.
LINKED = ("company_list", "activity_log_list")


# Newer than the description: documented by the vendor, in words of ours here.
_GRANTED = {
    "type": "object",
    "required": ["company_ids"],
    "properties": {"company_ids": {"type": "array", "items": {"type": "string"}, "maxItems": 150}},
}
_ANSWER = {"responses": {"200": {"content": {"application/json": {"schema": _GRANTED}}}}}
NEWER: dict[str, dict[str, Any]] = {
    "/contacts/{contact_id}/granted_companies": {"get": _ANSWER, "put": _ANSWER},
    "/contacts/{contact_id}/granted_companies/{company_id}": {"delete": {"responses": {"204": {}}}},
}


@cache
def description() -> dict[str, Any]:
    contents: dict[str, Any] = yaml.load(DESCRIPTION.read_bytes(), yaml.CSafeLoader)
    contents["paths"] |= NEWER
    for name in LINKED:
        contents["components"]["schemas"][name]["properties"]["pages"] = {"$ref": "#/components/schemas/pages_link"}
    # Attributes of companies have types like those of people, where the schema knows texts only.
    company = contents["components"]["schemas"]["company"]["properties"]
    company["custom_attributes"] = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
    return contents


@cache
def schemas() -> Any:
    return plain(description()["components"]["schemas"])


def plain(schema: Any) -> Any:
    """Convert a schema of OpenAPI 3.0 into JSON Schema: nullable becomes a null type."""
    if isinstance(schema, list):
        return [plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: plain(value) for key, value in schema.items() if key not in {"nullable", "example", "examples"}}
    return {"anyOf": [kept, {"type": "null"}]} if schema.get("nullable") is True else kept


def operations() -> set[tuple[str, str]]:
    """Return every operation, with its parameters as `{}`."""
    return {
        (method.upper(), re.sub(r"\{[^}]*\}", "{}", path))
        for path, item in description()["paths"].items()
        for method in item
        if method in {"get", "post", "put", "delete", "patch"}
    }


def check(request: httpx.Request, response: httpx.Response) -> None:
    """Fail if an answer is of another form than described."""
    what = f"{request.method} {request.url.path} answered {response.status_code}: {response.text[:1000]}"
    if response.status_code in ANYWHERE:
        validate({"$ref": "#/components/schemas/error"}, response.json(), what)
        return
    spec = operation(request.method, request.url.raw_path.decode().partition("?")[0])
    assert spec is not None, f"not described: {what}"
    assert str(response.status_code) in spec["responses"], what
    if response.status_code == 204:
        assert not response.content, what
        return
    assert response.status_code == 200, what
    content = spec["responses"]["200"].get("content", {})
    if content:
        ((_, media),) = content.items()
        validate(plain(media["schema"]), response.json(), what)
    else:
        assert response.text == "", what


def operation(method: str, path: str) -> dict[str, Any] | None:
    paths = description()["paths"]
    # A path without parameters goes before one that has a parameter in that place.
    for template in sorted(paths, key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path) and method.lower() in paths[template]:
            by_name: dict[str, Any] = paths[template][method.lower()]
            return by_name
    return None


@cache
def validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({**json.loads(schema), "components": {"schemas": schemas()}})


def validate(schema: Any, document: Any, what: str) -> None:
    errors = validator(json.dumps(schema)).iter_errors(document)
    problems = [f"{list(one.instance_path)}: {one.message}" for one in errors]
    assert not problems, f"{problems}, but {what}"


class JudgedTransport(httpx.BaseTransport):
    """Wraps a transport and fails the test if an answer is not as described."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        response = self.inner.handle_request(request)
        response.read()
        if AT_HAND:
            check(request, response)
        return response

    def close(self) -> None:
        self.inner.close()
