"""/receipts/…/steps: several steps of an apply in one request and one transaction."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from flask import Blueprint, Response, current_app, g, request

from workspace.core.errors import invalid_value, not_found
from workspace.web import http
from workspace.web.admin import base
from workspace.web.context import caller, now, running
from workspace.web.http import PREFIX
from workspace.writes import basis, leases, moments, steps
from workspace.writes.together import together

if TYPE_CHECKING:
    from collections.abc import Mapping
    from wsgiref.types import WSGIEnvironment

    from workspace.writes.admin_write import Effect
    from workspace.writes.together import Together

blueprint = Blueprint("steps", __name__)
MAX_BODY = 8 * 1024 * 1024
"""The most bytes of a request with steps."""
_OF = frozenset({"settings", "data_attributes", "granted_companies", "homepage", "portal"})
"""The resources whose writes can be done together."""
_OWN = ("HTTP_", "werkzeug.", "QUERY_STRING", "CONTENT_", "wsgi.input")
"""What a request has for itself."""


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
            done = [(step, *_done(write, value)) for step, value in zip(named, body["steps"], strict=True)]
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


def _done(write: Together, entry: Mapping[str, Any]) -> tuple[Effect, steps.Answer]:
    """Make one step as if alone, in a given transaction."""
    kept = {name: g.get(name) for name in ("caller", "request_id", "zone") if name in g}
    with current_app.request_context(_environ(entry)):
        g.pop("body", None)
        g.pop("known_mark", None)
        if isinstance(entry.get("body"), dict):
            setattr(g, base.PARSED, entry["body"])
        for name, value in kept.items():
            setattr(g, name, value)
        g.together = write
        if request.routing_exception is not None or request.blueprint not in _OF or not http.needs_write():
            raise invalid_value(
                f"{entry['method']} {entry['path']} is no step that can be done together with others", "steps"
            )
        view: Any = current_app.view_functions[str(request.endpoint)]
        try:
            response: Response = view(**(request.view_args or {}))
        finally:
            del g.together
        answer = steps.Answer(response.status_code, response.get_data(as_text=True), response.headers.get("ETag"))
        return g.pop("effect"), answer


def _environ(entry: Mapping[str, Any]) -> WSGIEnvironment:
    kept = {name: value for name, value in request.environ.items() if not name.startswith(_OWN)}
    condition = (
        {"HTTP_IF_NONE_MATCH": "*"} if entry["revision"] is None else {"HTTP_IF_MATCH": f'"{entry["revision"]}"'}
    )
    return {
        **kept,
        **condition,
        "HTTP_HOST": request.environ.get("HTTP_HOST", "workspace"),
        "REQUEST_METHOD": entry["method"],
        "PATH_INFO": _path(entry).encode().decode("latin-1"),
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "0",
        "wsgi.input": BytesIO(),
    }
