"""The admin API's description as a judge: a transport that admits only described requests and answers."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import yaml

DESCRIPTION = Path(__file__).parents[2] / "schemas" / "workspace.openapi.yaml"
PREFIX = "/portal_admin/v1"

# Which codes an error of a status may have.
CODES = {
    400: {"parameter_invalid"},
    401: {"unauthorized"},
    403: {"insufficient_scope"},
    404: {"not_found", "company_not_found", "granted_companies_not_enabled"},
    405: {"method_not_allowed"},
    409: {"lease_lost", "step_reused", "receipt_finished"},
    412: {
        "revision_mismatch",
        "already_exists",
        "basis_moved",
        "workspace_another",
        "workspace_restored",
        "workspace_behind",
    },
    413: {"payload_too_large"},
    422: {
        "value_invalid",
        "rule_invalid",
        "unknown_attribute",
        "section_duplicate",
        "required_setting_unmet",
        "attribute_in_use",
    },
    423: {"lease_held"},
    428: {"precondition_required"},
    429: {"rate_limit_exceeded"},
    500: {"server_error"},
    503: {"server_error"},
}


class CheckedTransport(httpx.BaseTransport):
    """Fails the test if a response, or an accepted request, disagrees with the description."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        response = self.inner.handle_request(request)
        response.read()
        check(request, response)
        return response

    def close(self) -> None:
        self.inner.close()


@cache
def description() -> dict[str, Any]:
    return yaml.load(DESCRIPTION.read_bytes(), yaml.CSafeLoader)


def check(request: httpx.Request, response: httpx.Response) -> None:
    """Fail if an exchange disagrees with the description."""
    what = f"{request.method} {request.url.raw_path.decode()} answered {response.status_code}: {response.text[:2000]}"
    path = request.url.path
    assert path.startswith(f"{PREFIX}/"), what
    match = operation(request.method, path.removeprefix(PREFIX))
    if match is None:
        expected = {401, 405} if any(matches(path.removeprefix(PREFIX))) else {401, 404}
        assert response.status_code in expected, f"not described: {what}"
        if response.status_code == 405:
            assert response.headers["Allow"], what
        described: dict[str, Any] = description()["components"]["responses"]["NotFound"]
        parameters: dict[str, str] = {}
        spec: dict[str, Any] = {}
    else:
        spec, parameters = match
        assert str(response.status_code) in spec["responses"], f"status not described: {what}"
        described = resolved(spec["responses"][str(response.status_code)])
    if response.is_success or response.status_code == 304:
        problems = request_problems(request, spec, parameters)
        assert not problems, f"{problems}, but {what}"
    check_headers(described, response, what)
    check_body(described, request, response, what)


def check_headers(described: dict[str, Any], response: httpx.Response, what: str) -> None:
    for name, header in described.get("headers", {}).items():
        spec = resolved(header)
        assert name in response.headers or not spec.get("required"), f"no header {name}: {what}"
        if name in response.headers:
            assert valid(spec["schema"], response.headers[name]), f"{name}: {response.headers[name]}: {what}"


def check_body(described: dict[str, Any], request: httpx.Request, response: httpx.Response, what: str) -> None:
    if "content" not in described:
        assert response.content == b"", f"has a body: {what}"
        return
    assert response.headers["Content-Type"] == "application/json", what
    if request.method == "HEAD":
        return
    document = response.json()
    complaints = errors(described["content"]["application/json"]["schema"], document)
    assert not complaints, f"{complaints}: {what}"
    if response.is_error:
        assert document["request_id"] == response.headers["X-Request-Id"], what
        codes = {one["code"] for one in document["errors"]}
        assert codes <= CODES[response.status_code], what


def request_problems(request: httpx.Request, spec: dict[str, Any], path: dict[str, str]) -> list[str]:
    """Return the deviations of a request from the description."""
    problems = []
    known = set()
    for parameter in map(resolved, spec["parameters"]):
        name = parameter["name"]
        known.add((parameter["in"], name))
        values = {"path": path, "query": request.url.params, "header": request.headers}[parameter["in"]]
        if name not in values:
            problems += [f"{name} is missing"] if parameter.get("required") else []
            continue
        several = resolved(parameter["schema"]).get("type") == "array"
        value = request.url.params.get_list(name) if several else typed(parameter["schema"], values[name])
        if not valid(parameter["schema"], value):
            problems.append(f"{name} is {value!r}")
    problems += [f"{name} is not described" for name in request.url.params if ("query", name) not in known]
    if "requestBody" in spec:
        schema = spec["requestBody"]["content"]["application/json"]["schema"]
        problems += errors(schema, json.loads(request.content))
    return problems


def operation(method: str, path: str) -> tuple[dict[str, Any], dict[str, str]] | None:
    """Return the description of an operation and the parameters in the path, or None."""
    wanted = "get" if method == "HEAD" else method.lower()
    for item, parameters in matches(path):
        if wanted in item:
            own = item[wanted]
            return {**own, "parameters": [*item.get("parameters", []), *own.get("parameters", [])]}, parameters
    return None


def matches(path: str) -> list[tuple[dict[str, Any], dict[str, str]]]:
    tried = ((item, template.fullmatch(path)) for template, item in _paths())
    return [(item, match.groupdict()) for item, match in tried if match]


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    paths = description()["paths"].items()
    return [(re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)), item) for template, item in paths]


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    target: Any = description()
    for step in part["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return target


def typed(schema: dict[str, Any], text: str) -> Any:
    return int(text) if resolved(schema).get("type") == "integer" and text.isdecimal() else text


def valid(schema: dict[str, Any], value: Any) -> bool:
    return not errors(schema, value)


def errors(schema: dict[str, Any], value: Any) -> list[str]:
    return [f"{list(one.instance_path)}: {one.message}" for one in _validator(json.dumps(schema)).iter_errors(value)]


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    whole = {**json.loads(schema), "components": {"schemas": description()["components"]["schemas"]}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
