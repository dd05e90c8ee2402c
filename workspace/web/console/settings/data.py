"""Data attributes of people and companies: types, writers and uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import abort, request

from workspace.core.texts import _
from workspace.people import attribute_uses
from workspace.web import context
from workspace.web.console import api, managed, session, shell
from workspace.web.console.as_yaml import configuration_text
from workspace.web.console.settings import form
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from workspace.web.console.settings.form import Outcome

TYPES = ("string", "integer", "float", "boolean", "date", "datetime")
_MODELS = {"contact": _("People"), "company": _("Companies")}


@blueprint.get("/hc/<name:help_center>/data")
def data(help_center: str) -> Response:
    """Show all attributes."""
    return _list(help_center, form.NOTHING)


@blueprint.post("/hc/<name:help_center>/data")
def create_attribute(help_center: str) -> Response:
    """Make an attribute."""
    model, name = request.form.get("model", ""), request.form.get("name", "").strip()
    if model not in _MODELS:
        abort(404)
    body = {"type": request.form.get("type", ""), **_typed()}
    outcome = form.send("PUT", f"/data_attributes/{model}/{quote(name, safe='') or '-'}", body, creates=True)
    if outcome.done:
        return session.see(f"{session.ROOT}/hc/{help_center}/data/{model}/{quote(name)}")
    return _list(help_center, outcome)


@blueprint.get("/hc/<name:help_center>/data/<name:model>/<attribute>")
def data_attribute(help_center: str, model: str, attribute: str) -> Response:
    """Show an attribute."""
    return _page_of(help_center, model, attribute, form.NOTHING)


@blueprint.post("/hc/<name:help_center>/data/<name:model>/<attribute>")
def save_attribute(help_center: str, model: str, attribute: str) -> Response:
    """Save an attribute, or remove it."""
    path = f"/data_attributes/{model}/{quote(attribute, safe='')}"
    if request.form.get("do") == "remove":
        outcome = form.send("DELETE", path)
        if outcome.done:
            return session.see(f"{session.ROOT}/hc/{help_center}/data")
        return _page_of(help_center, model, attribute, outcome)
    body = _typed() if request.form.get("custom") else {"messenger_writable": not form.checked("prevented")}
    return _page_of(help_center, model, attribute, form.send("PATCH", path, body))


def _typed() -> dict[str, Any]:
    options = [line.strip() for line in request.form.get("options", "").splitlines() if line.strip()]
    return {
        "options": list(dict.fromkeys(options)) or None,
        "description": request.form.get("description", "").strip() or None,
        "messenger_writable": not form.checked("prevented"),
    }


def _list(help_center: str, outcome: Outcome) -> Response:
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    managed_ones = {address for other in configuration["others"] for address in other["manages"]}
    return shell.page(
        "data.html",
        "data",
        help_center,
        status=outcome.status,
        notice=outcome.notice(""),
        conflict=outcome.conflict,
        typed=request.form,
        types=TYPES,
        models=_MODELS,
        groups=[
            (title, [attribute for attribute in configuration["data_attributes"] if attribute["model"] == model])
            for model, title in _MODELS.items()
        ],
        managed_ones=managed_ones,
        yaml=configuration_text(configuration, "data_attributes"),
    )


def _page_of(help_center: str, model: str, name: str, outcome: Outcome) -> Response:
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    attribute = next(
        (
            attribute
            for attribute in configuration["data_attributes"]
            if (attribute["model"], attribute["name"]) == (model, name)
        ),
        None,
    )
    if attribute is None:
        abort(404)
    address = f"data_attribute/{model}.{name}"
    with context.reading() as connection:
        used = attribute_uses.uses(connection, address)
    posted = request.method == "POST" and not outcome.done and request.form.get("do") != "remove"
    return shell.page(
        "data_attribute.html",
        "data",
        help_center,
        **outcome.shown(_("Saved.")),
        attribute=attribute,
        values={**attribute["values"], **_typed()} if posted else attribute["values"],
        model=_MODELS[model],
        uses=used,
        marks=managed.marks(configuration, address),
        yaml=configuration_text(_only(configuration, attribute), "data_attributes"),
    )


def _only(configuration: Mapping[str, Any], attribute: Mapping[str, Any]) -> dict[str, Any]:
    return {**configuration, "data_attributes": [attribute]}
