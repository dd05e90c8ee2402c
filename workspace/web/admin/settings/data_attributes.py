"""/data_attributes/MODEL/NAME: attributes of people and companies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from workspace.core.errors import ApiError, Problem, invalid_value, not_found
from workspace.database import store
from workspace.people import attribute_uses
from workspace.settings.kinds.data_attribute import KIND, check_attribute_name, check_options
from workspace.web import http
from workspace.web.admin import base

if TYPE_CHECKING:
    from flask import Response

    from workspace.writes.admin_write import AdminWrite

blueprint = Blueprint("data_attributes", __name__)
_MODELS = frozenset({"contact", "company"})


@blueprint.get("/data_attributes/<model>/<name>")
def get(model: str, name: str) -> Response:
    """Answer one attribute."""
    return base.show(_address(model, name))


@blueprint.put("/data_attributes/<model>/<name>")
def create(model: str, name: str) -> Response:
    """Create an attribute."""
    address = _address(model, name)
    if not base.creates():
        needed = Problem("precondition_required", "creating needs If-None-Match: *", "If-None-Match")
        raise ApiError(428, needed)
    check_attribute_name(name)
    values = base.body("NewDataAttribute")
    if values["type"] == "relation":
        raise invalid_value("attributes of type relation come with the workspace", "type")
    document = {**KIND.defaults, **values}
    check_options(document)

    def do(write: AdminWrite) -> Response:
        place = write.absent(address)
        after = write.replace(place, document, f"Created the data attribute {model}.{name}")
        return base.resource(write, address, {**KIND.shown(after), "also": {}}, status=201)

    return base.write(do)


@blueprint.patch("/data_attributes/<model>/<name>")
def patch(model: str, name: str) -> Response:
    """Change an attribute."""
    return base.change(_address(model, name))


@blueprint.delete("/data_attributes/<model>/<name>")
def delete(model: str, name: str) -> Response:
    """Remove an attribute that nothing uses."""
    address, expected = _address(model, name), base.expected_revision()

    def do(write: AdminWrite) -> Response:
        before = write.load(address, expected)
        if not store.is_custom(write.connection, address):
            raise invalid_value(f"{model}.{name} comes with the workspace", "name")
        uses = attribute_uses.uses(write.connection, address)
        if uses:
            raise ApiError(422, [Problem("attribute_in_use", use.text, use.where) for use in uses])
        write.remove_attribute(before, f"Removed the data attribute {model}.{name}")
        return http.answer({"deleted": True, "revision": None, "also": {}})

    return base.write(do)


def _address(model: str, name: str) -> str:
    if model not in _MODELS:
        raise not_found()
    return KIND.address(f"{model}.{name}")
