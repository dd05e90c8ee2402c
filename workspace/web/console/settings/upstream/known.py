"""Known settings of a vendor's workspace, with their sources, and the progress of the mirror. Read-only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort

from workspace.settings.kinds import address_of, kind_of
from workspace.upstream import capabilities
from workspace.web.console import api, shell
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask import Response

_UNKNOWN: Mapping[str, Any] = {
    "how": "unknown",
    "as_of": None,
    "by": None,
    "until": None,
    "evidence": None,
    "doubt": None,
    "one_of": [],
}

_SURE = {"observed": "good", "sampled": "good", "attested": "warn", "assumed": "warn", "unknown": "bad"}


@dataclass(frozen=True, slots=True)
class Line:
    """One setting on the page, by its name in a file; `value` is JSON, empty if unknown; `known` is its source."""

    field: str
    value: str
    known: Mapping[str, Any]
    sure: str
    written: str


@blueprint.get("/hc/<name:help_center>/known")
def known(help_center: str) -> Response:
    """Show the source of every setting."""
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    upstream = configuration.get("upstream") or abort(404)
    lines = list(_lines(configuration, upstream, help_center))
    return shell.page("known.html", "known", help_center, upstream=upstream, lines=lines, mirror=upstream["mirror"])


def _lines(configuration: Mapping[str, Any], upstream: Mapping[str, Any], help_center: str) -> Iterator[Line]:
    for (address, name), field in _fields(upstream["vendor"], help_center, configuration).items():
        how = upstream["known"].get(address, {}).get(name, _UNKNOWN)
        value = _value(configuration, address, name) if how["how"] != "unknown" else None
        capability = capabilities.of(upstream["vendor"], address, name)
        yield Line(
            field=field,
            value="" if value is None else json.dumps(value, ensure_ascii=False),
            known=how,
            sure=_SURE[how["how"]],
            written=capability.written if capability else "never",
        )


def _fields(vendor: str, help_center: str, configuration: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Return every field by its address and name, with its name in a file."""
    fields: dict[tuple[str, str], str] = {}
    for capability in capabilities.table(vendor):
        if capability.address == "data_attribute":
            for attribute in configuration["data_attributes"]:
                if attribute["custom"]:
                    name = f"{attribute['model']}.{attribute['name']}"
                    fields[f"data_attribute/{name}", capability.name] = f"data_attributes.{name}.{capability.name}"
        elif "/" in capability.address:
            fields[capability.address, capability.name] = capability.field
        else:
            whole = ".".join(capability.field.split(".")[:2]) if capability.name == "sections" else capability.field
            fields.setdefault((address_of(capability.address, help_center), capability.name), whole)
    return fields


def _value(configuration: Mapping[str, Any], address: str, name: str) -> Any:
    kind, _, rest = address.partition("/")
    if kind == "data_attribute":
        attributes = {
            f"{attribute['model']}.{attribute['name']}": attribute["values"]
            for attribute in configuration["data_attributes"]
        }
        return attributes.get(rest, {}).get(name)
    if kind == "homepage":
        return configuration["homepage"]["live"] if name == "sections" else None
    values = kind_of(address).read(configuration[kind])
    if kind == "audience":
        return values["rule"] or values["mode"]
    if kind == "ticket_visibility":
        return values if values["restricted"] else "company"
    return values if name == capabilities.ANY else values.get(name)
