"""The admin API as the console calls it: in the process, in the signed-in person's name, and for everything.

So the API's code checks, counts and logs every write, and the console can do nothing that a program could not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import current_app
from werkzeug.test import EnvironBuilder, run_wsgi_app

from workspace.core.errors import ApiError, Problem, not_found
from workspace.web import context
from workspace.web.callers import REASON, SIGNED_IN
from workspace.web.http import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.datastructures import Headers

_REFUSED = range(400, 500)


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """A request refused by the API, with the HTTP status and every problem; it changed nothing."""

    status: int
    problems: Sequence[Problem]


def get(path: str, **query: str) -> Any:
    """Return the document at a path; ApiError as the API answers."""
    try:
        return _send("GET", path, query=query)
    except Refusal as refusal:
        raise ApiError(refusal.status, refusal.problems) from refusal


def page(path: str, **query: str) -> tuple[str, str]:
    """Return a page for holders of an admin token, with its Content-Security-Policy; ApiError for an unknown one."""
    text, status, headers = _run(EnvironBuilder(path, query_string=query or None, headers=[("Accept", "text/html")]))
    if status != HTTPStatus.OK:
        raise ApiError(status, not_found().problems)
    return text.decode(), headers["Content-Security-Policy"]


def send(
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    revision: str | int | None = None,
    creates: bool = False,
    reason: str = "",
) -> Any:
    """Send a request, a write from a `revision` or one that `creates`; return the document, or None. Raises Refusal."""
    headers = {"If-None-Match": "*"} if creates else {}
    if revision is not None:
        headers["If-Match"] = f'"{revision}"'
    if reason:
        headers[REASON] = quote(reason)
    return _send(method, path, body=body, headers=headers)


def _send(
    method: str,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> Any:
    data = None if body is None else json.dumps(body).encode()
    builder = EnvironBuilder(
        f"{PREFIX}{path}",
        method=method,
        query_string=query or None,
        data=data,
        content_type=None if data is None else "application/json",
        headers=list((headers or {}).items()),
    )
    text, number, _ = _run(builder)
    document: Any = json.loads(text) if text else None
    if number in _REFUSED:
        raise Refusal(number, [Problem(**error) for error in document["errors"]])
    if number not in range(200, 300):
        raise ApiError(number, [Problem(**error) for error in document["errors"]])
    return document


def _run(builder: EnvironBuilder) -> tuple[bytes, int, Headers]:
    environ = {**builder.get_environ(), SIGNED_IN: context.caller()}
    # What belongs to the request in hand is put aside meanwhile.
    with current_app.app_context():
        answered, status, headers = run_wsgi_app(current_app.wsgi_app, environ, buffered=True)
    return b"".join(answered), int(status.partition(" ")[0]), headers
