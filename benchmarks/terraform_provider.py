"""A thin Terraform provider for the admin API: one resource for each of its objects, read with one GET.

It runs in a virtual environment of its own, where the package `tf` is, and is not imported by the benchmarks. It does
what such providers do and no more: a resource is created or adopted, read, written from the revision that was read, and
left as it is when it leaves the configuration. Connections are kept, one a thread; Terraform asks for ten at a time.

The workspace and the token are in `WORKSPACE` and `TOKEN`. What processor time it took is added to the file `SPENT`.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tf import iface
from tf.runner import run_provider
from tf.schema import Attribute, Schema
from tf.types import Bool, List, NormalizedJson, Number, String, Unknown

if TYPE_CHECKING:
    from tf.utils import Diagnostics

_OK, _CREATED, _MISSING = 200, 201, 404
_HOMEPAGE = "homepage"
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "help_center": (
        "help_centers/{help_center}",
        {"live": Bool(), "custom_domain": String(), "https": Bool(), "cookie_forwarding": Bool()},
    ),
    "audience": ("help_centers/{help_center}/audience", {"mode": String(), "rule": NormalizedJson()}),
    "ticket_visibility": (
        "help_centers/{help_center}/ticket_visibility",
        {"restricted": Bool(), "conditions": NormalizedJson()},
    ),
    "portal": ("help_centers/{help_center}/portal", {"enabled": Bool()}),
    _HOMEPAGE: ("help_centers/{help_center}/homepage/draft", {"sections": NormalizedJson(), "published": Bool()}),
    "identity": ("identity", {"mode": String()}),
    "messenger_spaces": ("messenger_spaces", {"tickets": Bool()}),
    "data_attribute": (
        "data_attributes/{model}/{name}",
        {"type": String(), "options": List(String()), "description": String(), "messenger_writable": Bool()},
    ),
}
"""For each kind its path, and what can be set. What stands in braces says which object it is."""


class _Refused(Exception):
    """The workspace did not do what it was asked to."""


class _Workspace:
    """The admin API, over one connection for each thread that asks."""

    def __init__(self) -> None:
        self._site = urlsplit(os.environ["WORKSPACE"])
        self._headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
        self._kept = threading.local()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        if not hasattr(self._kept, "connection"):
            self._kept.connection = http.client.HTTPConnection(self._site.hostname or "", self._site.port)
        sent = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body).encode()
        self._kept.connection.request(method, f"/portal_admin/v1/{path}", content, sent)
        answer = self._kept.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def read(self, path: str) -> dict[str, Any] | None:
        status, found = self.ask("GET", path)
        if status == _MISSING:
            return None
        if status != _OK:
            raise _Refused(f"GET {path}: {status} {found}")
        return dict(found)

    def write(self, method: str, path: str, body: Any, **headers: str) -> dict[str, Any]:
        status, found = self.ask(method, path, body, **headers)
        if status not in {_OK, _CREATED}:
            raise _Refused(f"{method} {path}: {status} {found}")
        return dict(found)


class _Settings(iface.Resource):
    """The resource of one kind; `_resource` makes a class for each."""

    name: str
    path: str
    settings: dict[str, Any]
    schema: Schema

    def __init__(self, provider: Portal) -> None:
        self._workspace = provider.workspace

    @classmethod
    def get_name(cls) -> str:
        return cls.name

    @classmethod
    def get_schema(cls) -> Schema:
        return cls.schema

    def read(self, ctx: iface.ReadContext, current: iface.State) -> iface.State | None:  # noqa: ARG002 (its signature)
        found = self._workspace.read(self.path.format_map(current))
        return None if found is None else current | self._values(found)

    def plan(self, ctx: iface.PlanContext, current: iface.State | None, planned: iface.State) -> iface.State:  # noqa: ARG002
        return planned | {"revision": Unknown} if ctx.changed_fields else planned

    def create(self, ctx: iface.CreateContext, planned: iface.State) -> iface.State:  # noqa: ARG002
        path = self.path.format_map(planned)
        found = self._workspace.read(path)
        if found is None:
            answer = self._workspace.write("PUT", path, self._wanted(planned), If_None_Match="*")
            return planned | self._values(answer)
        return self._patched(path, planned, found["revision"])

    def update(self, ctx: iface.UpdateContext, current: iface.State, planned: iface.State) -> iface.State:  # noqa: ARG002
        return self._patched(self.path.format_map(planned), planned, current["revision"])

    def delete(self, ctx: iface.DeleteContext, current: iface.State) -> None:
        """Leave it as it is: settings cannot be removed, only set."""

    def _patched(self, path: str, planned: iface.State, revision: int) -> iface.State:
        wanted = self._wanted(planned)
        publish = wanted.pop("published", False)
        answer = self._workspace.write("PATCH", path, wanted, If_Match=f'"{revision}"')
        if publish:
            path = path.replace("draft", "publish")
            answer = self._workspace.write("POST", path, {}, If_Match=f'"{answer["revision"]}"')
        return planned | self._values(answer)

    def _wanted(self, planned: iface.State) -> dict[str, Any]:
        return {
            name: planned[name] for name in self.settings if planned[name] is not None and planned[name] is not Unknown
        }

    def _values(self, answer: dict[str, Any]) -> dict[str, Any]:
        if self.name == _HOMEPAGE:
            values = {"sections": answer["draft"], "published": answer["draft"] == answer["live"]}
        else:
            values = {name: answer["values"].get(name) for name in self.settings}
        return values | {"revision": answer["revision"]}


@cache
def _resource(name: str) -> type[_Settings]:
    path, settings = _KINDS[name]
    places = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    attributes = [Attribute(place, String(), required=True, requires_replace=True) for place in places]
    attributes += [Attribute(name, kind, optional=True, computed=True) for name, kind in settings.items()]
    attributes.append(Attribute("revision", Number(), computed=True))
    schema = Schema(attributes, version=0)
    return type(name, (_Settings,), {"name": name, "path": path, "settings": settings, "schema": schema})


class Portal(iface.Provider):
    """The provider; where the workspace is stands in the environment."""

    def __init__(self) -> None:
        self.workspace = _Workspace()

    def get_model_prefix(self) -> str:
        return "portal_"

    def full_name(self) -> str:
        return "bench.example/portal/portal"

    def get_provider_schema(self, diags: Diagnostics) -> Schema:  # noqa: ARG002 (its signature)
        return Schema(version=0)

    def validate_config(self, diags: Diagnostics, config: iface.Config) -> None:
        """Find nothing: there is nothing to configure."""

    def configure_provider(self, diags: Diagnostics, config: iface.Config) -> None:
        """Do nothing: there is nothing to configure."""

    def get_data_sources(self) -> list[type[iface.DataSource]]:
        return []

    def get_resources(self) -> list[type[iface.Resource]]:
        return [_resource(name) for name in _KINDS]


def main() -> None:
    """Serve Terraform until it has no more to ask."""
    run_provider(Portal())
    with Path(os.environ["SPENT"]).open("a", encoding="ascii") as spent:
        spent.write(f"{time.process_time()}\n")
