"""/data_attributes: attributes of people and companies, shared with the admin API and audience rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from workspace.core.data_files import load_json
from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.database import store
from workspace.database.store import Stored
from workspace.people import attribute_uses
from workspace.settings.kinds.data_attribute import KIND, check_attribute_name
from workspace.web.http import query
from workspace.web.public.http import base, fields
from workspace.web.public.http.base import number_of

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

    from workspace.writes.admin_write import AdminWrite

blueprint = Blueprint("rest_data_attributes", __name__)

_MODELS = {"contact": "people", "company": "company"}
_TYPES = ("string", "integer", "float", "boolean", "datetime", "date", "options")
_BUILT_IN_TYPES = {"text": "string", "number": "float", "boolean": "boolean", "date": "date"}
_MIN_OPTIONS = 2
_MAX_OPTIONS = 250
_OPTIONS = fields.many(fields.shaped({"value": fields.identifier}, "value"), _MAX_OPTIONS)


def _check_options(place: str, value: object) -> None:
    """Let a list of options pass."""
    if not isinstance(value, list):
        raise invalid_parameter("Options isn't an array", place)
    _OPTIONS(place, value)


_CHANGEABLE = {"description": fields.text, "messenger_writable": fields.boolean, "options": _check_options}
_NEW = {
    **_CHANGEABLE,
    "name": fields.text,
    "model": fields.text,
    "data_type": fields.text,
}


@blueprint.get("/data_attributes")
def listed() -> Response:
    """Answer the attributes of people, of companies, or of both."""
    options = query({"model": str, "include_archived": str, "per_page": str, "page": str})
    desired = options.get("model")
    if desired == "conversation":
        message = "model=conversation is no longer supported. Use GET /conversations/attributes instead"
        raise ApiError(422, Problem("parameter_invalid", message, "model"))
    if desired is not None and desired not in _MODELS:
        raise invalid_parameter("The Data Attribute model field must be either contact or company", "model")
    with base.reading() as connection:
        custom = [_document(stored) for stored in _custom(connection)]
    results = [entry for entry in (*_built_in(), *custom) if desired in {None, entry["model"]}]
    return base.answer({"type": "list", "data": results})


@blueprint.post("/data_attributes")
def create() -> Response:
    """Create an attribute."""
    body = fields.body(_NEW, required=["name", "model", "data_type"])
    model, name = body["model"], body["name"]
    if model not in _MODELS:
        raise invalid_parameter("The Data Attribute model field must be either contact or company", "model")
    if body["data_type"] not in _TYPES:
        raise invalid_parameter("Data Type isn't an option", "data_type")
    _check_name(name)
    document = {
        "type": "string" if body["data_type"] == "options" else body["data_type"],
        "options": _new_options(body),
        "description": body.get("description"),
        "messenger_writable": body.get("messenger_writable", False),
    }
    with base.admin_writing() as write:
        address = f"{store.ATTRIBUTE}{model}.{name}"
        if store.load(write.connection, address) is not None:
            data = f"{_MODELS[model]} data"
            message = f"You already have '{name}' in your {data}. To save this as new {data}, use a different name."
            raise invalid_parameter(message, "name")
        after = write.replace(Stored(address, 0, {}), document, f"Created the data attribute {model}.{name}")
    return base.answer(_document(after))


@blueprint.put("/data_attributes/<data_attribute_id>")
def update(data_attribute_id: str) -> Response:
    """Change an attribute's description, options or writability by the Messenger; or archive it."""
    body = fields.body({**_CHANGEABLE, "archived": fields.boolean})
    with base.admin_writing() as write:
        storeds = [stored for stored in _custom(write.connection) if str(_id(stored)) == data_attribute_id]
        if not storeds:
            raise ApiError(404, Problem("field_not_found", "We couldn't find that data attribute to update"))
        before = storeds[0]
        if body.get("archived"):
            return _archived(write, before)
        document = dict(before.document)
        if "options" in body:
            if before.document["type"] != "string":
                raise invalid_parameter("only attributes of type string have options", "options")
            document["options"] = _options(body["options"])
        document |= {name: body[name] for name in ("description", "messenger_writable") if name in body}
        after = write.replace(before, document, KIND.described(before.address, before.document, document))
    return base.answer(_document(after))


def _archived(write: AdminWrite, before: Stored) -> Response:
    """Archive an unused attribute; no list shows it afterwards."""
    if uses := attribute_uses.uses(write.connection, before.address):
        raise ApiError(422, [Problem("data_invalid", use.text, use.where) for use in uses])
    model, name = store.attribute_parts(before.address)
    write.remove_attribute(before, f"Removed the data attribute {model}.{name}")
    return base.answer({**_document(before), "archived": True})


def _custom(connection: Connection) -> list[Stored]:
    return [stored for stored, custom in store.load_attributes(connection) if custom]


def _check_name(name: str) -> None:
    try:
        check_attribute_name(name)
    except ApiError as problem:
        allowed = "alphanumeric characters, currency symbols, and hyphens"
        message = f"Your name for this attribute must only contain {allowed}: {problem}"
        raise invalid_parameter(message, "name") from problem


def _new_options(body: dict[str, Any]) -> list[str] | None:
    if body["data_type"] == "options":
        return _options(body.get("options", []))
    if "options" in body:
        raise invalid_parameter("only attributes of data_type options have options", "options")
    return None


def _options(given: list[dict[str, str]]) -> list[str]:
    values = [entry["value"] for entry in given]
    if len(set(values)) < _MIN_OPTIONS or len(set(values)) != len(values):
        raise invalid_parameter(f"options must be at least {_MIN_OPTIONS} different values", "options")
    return values


def _id(stored: Stored) -> int:
    return number_of(stored.address)


def _document(stored: Stored) -> dict[str, Any]:
    model, name = store.attribute_parts(stored.address)
    values = stored.document
    document = {
        "type": "data_attribute",
        "id": _id(stored),
        "model": model,
        "name": name,
        "full_name": f"custom_attributes.{name}",
        "label": name,
        # The description of answers knows moments as dates only.
        "data_type": "date" if values["type"] == "datetime" else values["type"],
        "api_writable": True,
        "messenger_writable": values["messenger_writable"],
        "ui_writable": False,
        "custom": True,
        "archived": False,
    }
    known = {"description": values["description"], "options": values["options"]}
    return {**document, **{name: value for name, value in known.items() if value is not None}}


def _built_in() -> list[dict[str, Any]]:
    known = load_json("attributes.json")
    return [
        {
            "type": "data_attribute",
            "model": model,
            "name": value["wire"].removeprefix("company."),
            "full_name": value["wire"].removeprefix("company."),
            "label": value["title"],
            "data_type": _BUILT_IN_TYPES[value["type"]],
            "api_writable": True,
            "messenger_writable": True,
            "ui_writable": False,
            "custom": False,
            "archived": False,
        }
        for kind, model in (("person", "contact"), ("company", "company"))
        for value in known[kind].values()
        if value["type"] in _BUILT_IN_TYPES
    ]
