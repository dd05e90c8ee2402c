"""/receipts/…/steps: several steps of an apply in one request and one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from flask import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from workspace.core.errors import invalid_value, not_found
from workspace.database import store
from workspace.web import http
from workspace.web.admin import base
from workspace.web.context import caller, now, running
from workspace.web.http import PREFIX
from workspace.writes import basis, leases, moments, steps
from workspace.writes.together import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from werkzeug.routing import MapAdapter

    from workspace.writes.admin_write import Effect
    from workspace.writes.together import Together

blueprint = Blueprint("steps", __name__)
MAX_BODY = 8 * 1024 * 1024
"""The most bytes of a request with steps."""
_OF = frozenset({"settings", "data_attributes", "granted_companies", "homepage", "portal"})
"""The resources whose writes can be done together."""


@dataclass(frozen=True, slots=True)
class _Called:
    """A step with its view, and what the view is called with."""

    entry: Mapping[str, Any]
    endpoint: str
    values: Mapping[str, Any]


@blueprint.post("/receipts/<receipt>/steps")
@http.takes(MAX_BODY)
def do_all(receipt: str) -> Response:
    """Make steps of an apply, all or none."""
    body = base.body("Steps")
    name = steps.receipt_name(receipt)
    if name is None:
        raise not_found()
    claim = leases.claim(request.headers.get(leases.HEADER))
    if claim is None:
        raise leases.needed(f"steps need the lease under which they are done: {leases.HEADER}: NAME/FENCE")
    if running().upstream is not None:
        raise invalid_value("what lives at a vendor is written step by step", "steps")
    known = moments.parse(request.headers.get(moments.HEADER))
    named = [_named(name, step) for step in body["steps"]]
    if len({step.name for step in named}) < len(named):
        raise invalid_value("names a step twice", "steps")
    with together(running().engine, caller(), now(), claim) as write:
        answers = steps.all_kept(write, named)
        if not answers:
            if known is not None:
                moments.require(write.connection, known)
            basis.require(write.connection, body["decided_on"])
            routes = current_app.url_map.bind("workspace")
            called = [_called(routes, entry) for entry in body["steps"]]
            write.look_up(_attributes(called))
            done = [(step, *_done(write, one)) for step, one in zip(named, called, strict=True)]
            steps.keep_all(write.connection, write.at, done)
            answers = [answer for _, _, answer in done]
    g.moment = write.moment
    # The answers are JSON already, some hundred of them.
    parts = (
        f'{{"step":{http.written(step.name)},"answer":{answer.body}}}'
        for step, answer in zip(named, answers, strict=True)
    )
    return Response(f'{{"steps":[{",".join(parts)}]}}', mimetype="application/json")


def _named(receipt: steps.ReceiptName, entry: Mapping[str, Any]) -> steps.Step:
    # The same as of a request of its own: whoever sends the step alone afterwards is told what came of it.
    return steps.Step(receipt, entry["step"], steps.digest(entry["method"], _path(entry), entry.get("body")))


def _path(entry: Mapping[str, Any]) -> str:
    return f"{PREFIX}/{unquote(entry['path'])}"


def _done(write: Together, called: _Called) -> tuple[Effect, steps.Answer]:
    """Make one step as if alone, in a given transaction."""
    entry = called.entry
    revision, body = entry["revision"], entry.get("body")
    headers = {"If-None-Match": "*"} if revision is None else {"If-Match": f'"{revision}"'}
    g.part = base.Part(write, body if isinstance(body, dict) else None, headers)
    view: Any = current_app.view_functions[called.endpoint]
    try:
        response: Response = view(**called.values)
    finally:
        del g.part
    answer = steps.Answer(response.status_code, response.get_data(as_text=True), response.headers.get("ETag"))
    return g.pop("effect"), answer


def _called(routes: MapAdapter, entry: Mapping[str, Any]) -> _Called:
    """Find the view of a step; ApiError 422 for what is none."""
    path = _path(entry)
    try:
        endpoint, values = routes.match(path, entry["method"])
    except HTTPException:
        endpoint, values = "", {}
    # No name holds a NUL, and not every database can be asked about it.
    if "\0" not in path and endpoint.partition(".")[0] in _OF and http.changes(entry["method"], endpoint):
        return _Called(entry, endpoint, values)
    raise invalid_value(f"{entry['method']} {entry['path']} is no step that can be done together with others", "steps")


def _attributes(called: Iterable[_Called]) -> list[str]:
    return [
        f"{store.ATTRIBUTE}{one.values['model']}.{one.values['name']}"
        for one in called
        if one.endpoint.startswith("data_attributes.")
    ]
