"""Questions to an application in this process: they end as over the library, which is not loaded for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reconciler.target.http.inside import Inside, InsideLine
from reconciler.target.http.message import Answer, NoAnswer, Request
from reconciler.target.rest import RestTarget
from tests.support.sample import NOW, TOKEN, sample
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

REQUESTS = {
    "many": Request("GET", "things", {"of": ["a:b", "ä b"]}, {"If-None-Match": '"1"'}),
    "named": Request("GET", "help_centers/acmé centre/configuration", {"record": "a b"}),
    "body": Request("PATCH", "things/1", {}, {"Portal-Step": "r1/1.1"}, {"name": "Ä", "of": None}),
    "bare": Request("DELETE", "mirror"),
}
_IGNORED = ("wsgi.input", "HTTP_ACCEPT_ENCODING", "HTTP_CONNECTION", "HTTP_USER_AGENT", "HTTP_ACCEPT", "wsgi.errors")


def environments(request: Request) -> list[dict[str, Any]]:
    """Return what an application is given by the line and by the library, with the body."""
    received: list[dict[str, Any]] = []

    def app(environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        body = environment["wsgi.input"].read()
        kept = {name: value for name, value in environment.items() if name not in _IGNORED}
        received.append({**kept, "body": json.loads(body) if body else None})
        start("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]

    address = "http://here/api/"
    InsideLine(Inside(app, lambda: None), address, {"Authorization": "Bearer t"}).attempt(
        request, seconds=5, connect=5, largest=100
    )
    with httpx.Client(
        transport=httpx.WSGITransport(app=app), base_url=address, headers={"Authorization": "Bearer t"}
    ) as client:
        client.request(request.method, request.path, params=request.params, headers=request.headers, json=request.json)
    return received


@pytest.mark.parametrize("name", REQUESTS)
def test_the_application_is_asked_as_by_the_library(name: str) -> None:
    ours, theirs = environments(REQUESTS[name])
    # The library gives a path that is not ASCII in a form of its own.
    theirs["PATH_INFO"] = theirs["PATH_INFO"].encode().decode("latin-1")
    assert ours == theirs


def _fails(_: Any, __: Any) -> Iterable[bytes]:
    raise RuntimeError("it broke\nfor good")


def _refuses(_: Any, start: Any) -> Iterable[bytes]:
    start("403 Forbidden", [("Content-Type", "application/json")])
    return [b'{"errors"', b": []}"]


def _talks(_: Any, start: Any) -> Iterable[bytes]:
    start("200 OK", [])
    return [b"x" * 200]


@pytest.mark.parametrize(
    ("app", "no_answer"),
    [
        (_fails, NoAnswer("workspace-answer-unreadable", "it broke", sent=True, lasting=True)),
        (_talks, NoAnswer("workspace-answer-unreadable", "the answer is longer than 100 bytes", True, lasting=True)),
    ],
)
def test_what_is_no_answer(app: Callable[..., Iterable[bytes]], no_answer: NoAnswer) -> None:
    line = InsideLine(Inside(app, lambda: None), "http://here/api/", {})
    assert line.attempt(REQUESTS["bare"], seconds=5, connect=5, largest=100) == no_answer


def test_a_late_answer_is_none() -> None:
    line = InsideLine(Inside(_refuses, lambda: None), "http://here/api/", {})
    late = line.attempt(REQUESTS["bare"], seconds=-1, connect=5, largest=100)
    assert late == NoAnswer("workspace-timeout", "the answer did not end", sent=True)
    told = line.attempt(REQUESTS["bare"], seconds=5, connect=5, largest=100)
    assert isinstance(told, Answer)
    assert (told.status_code, told.content) == (403, b'{"errors": []}')


def test_a_workspace_answers_the_same_to_both() -> None:
    with sample() as workspace:
        closed: list[bool] = []
        app = create_app(Settings(engine=workspace.engine, embedded=EphemeralToken(TOKEN, "ci"), clock=lambda: NOW))
        inside = Inside(app, lambda: closed.append(True))
        ours = RestTarget("it", "http://sample", TOKEN, inside)
        theirs = RestTarget("it", "http://sample", TOKEN, httpx.WSGITransport(app=app))
        assert ours.capture("acme", "acme-support") == theirs.capture("acme", "acme-support")
        assert ours.help_centers() == theirs.help_centers()
        ours.close()
        assert closed == [True]
