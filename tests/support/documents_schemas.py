"""Pages of `docs/` that are written from the schemas: every key of the configuration, and the admin API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.documents import NOTE
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Schema = dict[str, Any]

_ALTERNATIVES = ("anyOf", "oneOf")


def configuration() -> Schema:
    """Return the schema of the configuration file."""
    contents: Schema = json.loads((ROOT / "schemas" / "portal.schema.json").read_text(encoding="utf-8"))
    return contents


def api() -> Schema:
    """Return the description of the admin API."""
    contents: Schema = yaml.safe_load((ROOT / "schemas" / "workspace.openapi.yaml").read_text(encoding="utf-8"))
    return contents


def said(schema: Schema, definitions: Mapping[str, Schema]) -> str:
    """Return the description of a schema, or of the one it refers to."""
    named = definitions[_name(schema)] if "$ref" in schema else {}
    return " ".join(str(schema.get("description") or named.get("description") or "").split())


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


# Every key of the configuration.


def configuration_keys() -> str:
    """Return the page about every key of the configuration file."""
    schema = configuration()
    lines = ["# Every key of the configuration file", "", NOTE, ""]
    lines += [
        "What each key means and takes, as the schema has it. [The configuration file](configuration.md) says how they",
        "work together. `portal schema portal` prints the schema itself.",
        "",
        "## The file",
        "",
        *_keys(schema, schema["$defs"]),
    ]
    named = [one for one in schema["$defs"].items() if _objects(one[1])]
    for name, one in sorted(named, key=lambda one: one[0].endswith("condition")):
        lines += _definition(name, one, schema["$defs"])
    return "\n".join(lines).rstrip() + "\n"


def _definition(name: str, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[str]:
    yield from (f"## {_heading(name)}", "")
    if text := said(schema, definitions):
        yield from (text, "")
    yield from _keys(_together(_objects(schema)), definitions)
    if "x-fields" in schema:
        yield from ("| kind | fields |", "|---|---|")
        yield from (f"| `{kind}` | {', '.join(f'`{one}`' for one in fields)} |" for kind, fields in _fields(schema))
        yield ""
    for key, below in _below(schema):
        yield from (f"### {_heading(name)}: {key}", "")
        yield from _keys(below, definitions)


def _objects(schema: Schema) -> list[Schema]:
    """Return the forms of a schema that have keys of their own."""
    forms = [schema, *(one for word in _ALTERNATIVES for one in schema.get(word, ()))]
    return [one for one in forms if one.get("properties")]


def _together(forms: list[Schema]) -> Schema:
    """Return the keys of all forms; a key of every form is required."""
    keys = {key: value for one in forms for key, value in one["properties"].items()}
    return {
        "properties": keys,
        "required": [key for key in keys if all(key in one.get("required", ()) for one in forms)],
    }


def _fields(schema: Schema) -> list[tuple[str, list[str]]]:
    return sorted(schema["x-fields"].items())


def _below(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield mappings described in place, with their key."""
    for one in _objects(schema):
        for key, value in one["properties"].items():
            yield from ((key, form) for form in _objects(value))


def keys(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield every key that a schema describes, however deep, with its own schema."""
    for one in _objects(schema):
        for key, value in one["properties"].items():
            yield key, value
            yield from keys(value)


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _keys(schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[str]:
    yield from ("| key | takes | meaning |", "|---|---|---|")
    required = schema.get("required", ())
    for key, value in schema["properties"].items():
        name = f"`{key}`" + (" (required)" if key in required else "")
        examples = [f"`{_flow(one)}`" for one in value.get("examples", ())]
        meaning = said(value, definitions) + (f" Example: {', '.join(examples)}." if examples else "")
        yield f"| {name} | {_cell(_taken(value))} | {_cell(meaning)} |"
    yield ""


def _taken(value: Schema) -> str:
    """Describe the values of a key, in words and links."""
    if "$ref" in value and _linked(_name(value)):
        return _link(value)
    whole = _whole(value)
    for part, words in (("items", "a list, each"), ("additionalProperties", "names, each with")):
        below = whole.get(part)
        if isinstance(below, dict) and "$ref" in below and _linked(_name(below)):
            return f"{words} {_link(below)}"
    linked = [_link(one) for one in whole.get("anyOf", ()) if "$ref" in one and _linked(_name(one))]
    return _inline(whole) + (f": {', '.join(linked)}" if linked else "")


def _link(value: Schema) -> str:
    return f"[{_heading(_name(value)).lower()}](#{_name(value).replace('_', '-')})"


def _linked(name: str) -> bool:
    return bool(_objects(configuration()["$defs"][name]))


def _whole(value: Schema) -> Schema:
    """Return a schema with its references resolved."""
    if "$ref" not in value:
        return value
    whole: Schema = configuration()["$defs"][_name(value)] | {key: one for key, one in value.items() if key != "$ref"}
    return whole


def _inline(value: Schema) -> str:
    if "const" in value:
        return f"`{json.dumps(value['const'])}`"
    if "enum" in value:
        return ", ".join(f"`{one}`" for one in value["enum"])
    if "x-expected" in value:
        return str(value["x-expected"])
    return {"boolean": "true or false", "object": "a mapping", "array": "a list"}.get(value.get("type", ""), "a value")


def _flow(value: Any) -> str:
    if isinstance(value, str):
        return value
    dumped: str = yaml.safe_dump(value, default_flow_style=True, width=1000)
    return dumped.removesuffix("\n").removesuffix("\n...")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# The admin API.

_EVERYWHERE = {"400", "401", "403", "404", "409", "412", "413", "422", "423", "428", "429", "500", "503"}


def admin_api() -> str:
    """Return the page about the admin API."""
    document = api()
    lines = ["# The admin API", "", NOTE, ""]
    lines += [
        f"All paths are under `{document['servers'][0]['url']}`. {_paragraphs(document['info']['description'])}",
        "",
    ]
    lines += ["`portal schema workspace` prints the whole description, with every form of every body.", ""]
    for tag in document["tags"]:
        lines += [f"## {tag['name'].capitalize()}", "", tag["description"], ""]
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if method != "parameters" and tag["name"] in operation["tags"]:
                    shared = methods.get("parameters", [])
                    lines += _operation(f"{method.upper()} {path}", operation, shared, document["components"])
    lines += ["## Refusals", "", "Each has the body of an [ErrorList](#errorlist).", ""]
    lines += ["| status | when |", "|---|---|", *_refusals(document), ""]
    lines += ["## Bodies", ""]
    for name, schema in document["components"]["schemas"].items():
        lines += _body(name, schema, document["components"]["schemas"])
    return "\n".join(lines).rstrip() + "\n"


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(one.split()) for one in text.strip().split("\n\n"))


def _operation(heading: str, operation: Schema, shared: list[Schema], components: Schema) -> Iterator[str]:
    yield from (
        f"### {heading}",
        "",
        f"{operation['summary']} {_paragraphs(operation.get('description', ''))}".strip(),
        "",
    )
    parameters = [_resolved(one, components) for one in (*shared, *operation.get("parameters", ()))]
    if parameters:
        yield from ("| parameter | in | meaning |", "|---|---|---|")
        for one in parameters:
            name = f"`{one['name']}`" + (" (required)" if one.get("required") else "")
            yield f"| {name} | {one['in']} | {_cell(said(one, {}))} |"
        yield ""
    if "requestBody" in operation:
        body = _resolved(operation["requestBody"], components)["content"]["application/json"]["schema"]
        yield from (f"Body: {_type(body)}.", "")
    yield from ("| status | answer | body |", "|---|---|---|")
    refused = []
    for status, one in operation["responses"].items():
        if status in _EVERYWHERE:
            refused.append(status)
            continue
        answer = _resolved(one, components)
        content = answer.get("content", {}).get("application/json", {}).get("schema")
        yield f"| {status} | {_cell(said(answer, {}))} | {_type(content) if content else ''} |"
    yield from ("", f"[Refusals](#refusals): {', '.join(refused)}.", "")


def _resolved(one: Schema, components: Schema) -> Schema:
    if "$ref" not in one:
        return one
    *_, kind, name = one["$ref"].split("/")
    schema: Schema = components[kind][name]
    return schema


def _refusals(document: Schema) -> list[str]:
    """Return a line for each status and reason with which requests are refused."""
    by_name: dict[tuple[str, str], None] = {}
    for methods in document["paths"].values():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            for status, one in operation["responses"].items():
                if status in _EVERYWHERE:
                    by_name[status, said(_resolved(one, document["components"]), {})] = None
    return [f"| {status} | {_cell(text)} |" for status, text in sorted(by_name)]


def _body(name: str, schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[str]:
    yield from (f"### {name}", "")
    if text := said({**schema, "$ref": f"/{name}"}, definitions):
        yield from (text, "")
    if "$ref" in schema:
        needed = ", ".join(f"`{one}`" for one in schema.get("required", ()))
        yield from (f"As {_type({'$ref': schema['$ref']})}{f', always with {needed}' if needed else ''}.", "")
    elif "properties" not in schema:
        yield from (f"{_type(schema)}.", "")
    if "properties" in schema:
        yield from ("| field | type | meaning |", "|---|---|---|")
        required = schema.get("required", ())
        for key, value in schema["properties"].items():
            field = f"`{key}`" + ("" if key in required else " (may be absent)")
            yield f"| {field} | {_cell(_type(value))} | {_cell(said(value, {}) if '$ref' not in value else '')} |"
        yield ""


def _type(schema: Schema) -> str:
    """Describe the type of a value in a few words."""
    if "$ref" in schema:
        return f"[{_name(schema)}](#{_name(schema).lower()})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(one)}`" for one in schema["enum"])
    for word in _ALTERNATIVES:
        if word in schema:
            return " or ".join(_type(one) for one in schema[word])
    if "if" in schema and "$ref" in schema.get("then", {}):
        return f"{_type(schema['then'])} or {_type(schema['else'])}"
    kinds = schema.get("type", "anything")
    return " or ".join(_word(one, schema) for one in ([kinds] if isinstance(kinds, str) else kinds))


def _word(kind: str, schema: Schema) -> str:
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object, each value {_type(schema['additionalProperties'])}"
    return kind
