"""Questions over a bare connection: they end as over the library, which is not loaded for them."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.core.errors import PortalError
from reconciler.target.http import plain
from reconciler.target.http.message import Answer, Headers, NoAnswer, Request
from reconciler.target.http.retry import Timeouts
from reconciler.target.rest import RestTarget
from tests.support.target.misbehaving import Misbehaving, answer, drip, raw, reset

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

LIMITS = Timeouts(whole=0.0, attempt=1.5, largest=1000)
QUESTION = Request("GET", "things", {"of": ["a:b", "ä b"]}, {"If-None-Match": '"1"'}, reads=True)
LISTED = answer(
    body={"type": "list", "data": [{"identifier": "acme", "display_name": "Ä", "url": "https://a.example"}]}
)


def _library() -> httpx.Client:
    import httpx

    return httpx.Client(base_url="http://127.0.0.1:1")


def line(url: str) -> plain.Line:
    return plain.Line(f"{url}/api/", {"Authorization": "Bearer t"}, _library, bare=True)


def attempt(one: plain.Line, request: Request = QUESTION) -> Answer | NoAnswer:
    return one.attempt(request, seconds=LIMITS.attempt, connect=1.0, largest=LIMITS.largest)


def test_a_plain_answer_is_read_and_its_connection_kept() -> None:
    with Misbehaving(
        LISTED, answer("404 Not Found", {"errors": []}), answer("304 Not Modified", b"", ETag='"1"')
    ) as server:
        one = line(server.url)
        first, second, third = (attempt(one) for _ in range(3))
        one.close()
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert isinstance(third, Answer)
    assert (first.status_code, second.status_code, third.status_code) == (200, 404, 304)
    assert '"Ä"'.encode() in first.content or b"\\u00c4" in first.content
    assert third.headers.get("etag") == third.headers.get("ETag") == '"1"'


def test_what_is_sent_is_what_the_library_sends() -> None:
    asked: list[list[str]] = []
    for bare in (True, False):
        with Misbehaving(LISTED, LISTED) as server:
            target = target_at(server.url, bare=bare)
            target.help_centers()
            target.close()
            asked.append(server.requests)
    assert asked[0] == asked[1]


FAULTS: dict[str, Callable[..., None]] = {
    "reset": reset,
    "hung-up": raw(b""),
    "half": raw(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"data"'),
    "garbage": raw(b"\x00\x01 certainly not HTTP\r\n\r\n"),
    "no-length": raw(b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"data": 1}'),
    "page": answer(body=b"<!doctype html>", Content_Type="text/html"),
    "long": answer(body=b"x" * 2000),
    "refused": answer("403 Forbidden", {"errors": []}),
    "moved": answer("302 Found", b"", Location="https://elsewhere.example"),
    "busy": answer("503 Service Unavailable", {"errors": []}),
    "drip": drip(b""),
    "drip-head": drip(b"HTTP/1.1 200 OK\r\nX-Long: "),
    "drip-body": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_question_fails_as_over_the_library(fault: str) -> None:
    told = []
    for bare in (True, False):
        with Misbehaving(*[FAULTS[fault]] * 3) as server:
            target = target_at(server.url, bare=bare)
            with pytest.raises(PortalError) as raised:
                target.help_centers()
            target.close()
            (diagnostic,) = raised.value.diagnostics
            told.append((diagnostic.code, diagnostic.summary, diagnostic.remedy))
    assert told[0] == told[1]


def test_nobody_there_is_told_as_over_the_library() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    told = []
    for bare in (True, False):
        target = target_at(url, bare=bare)
        with pytest.raises(PortalError) as raised:
            target.help_centers()
        told.append(raised.value.diagnostics)
    assert told[0] == told[1]


def target_at(url: str, *, bare: bool) -> RestTarget:
    """Return a target that asks over a bare connection, or as where a proxy is named but for another host."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy"):
            patch.delenv(name, raising=False)
        if not bare:
            patch.setenv("no_proxy", "127.0.0.1")
            assert not plain.is_direct(url)
        return RestTarget("the workspace", url, "a-secret-token", limits=LIMITS)


def test_a_connection_that_ended_meanwhile_is_made_anew() -> None:
    last = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    with Misbehaving(last, last) as server:
        one = line(server.url)
        answers = [attempt(one) for _ in range(2)]
        one.close()
    assert [answer.status_code for answer in answers if isinstance(answer, Answer)] == [200, 200]


@pytest.mark.parametrize("name", ["http_proxy", "ALL_PROXY", "HTTPS_Proxy"])
def test_where_a_proxy_may_be_meant_the_library_asks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert not plain.is_direct("http://127.0.0.1:80")
    assert not plain.is_direct("https://workspace.example")


def test_headers_have_no_case_and_several_become_one() -> None:
    headers = Headers([("ETag", '"a"'), ("Vary", "a"), ("vary", "b")])
    assert (headers.get("etag"), headers.get("VARY"), "Etag" in headers, headers.get("x", "-")) == (
        '"a"',
        "a, b",
        True,
        "-",
    )


def test_a_header_of_two_lines_is_left_to_the_library() -> None:
    with Misbehaving(LISTED) as server:
        one = line(server.url)
        odd = Request("GET", "things", {}, {"If-None-Match": '"1"\r\nX: 1'}, reads=True)
        outcome = attempt(one, odd)
        one.close()
    # The library was to be sent somewhere else.
    assert isinstance(outcome, NoAnswer)
    assert "refused" in outcome.reason
    assert not server.requests


@pytest.mark.parametrize(
    ("asked", "answered", "said"),
    [
        ("help_centers()", LISTED, "['acme']"),
        ("others(['one']).more", answer(body={"records": [], "more_records": []}), "{}"),
    ],
)
def test_a_question_loads_no_library(asked: str, answered: Any, said: str, tmp_path: Any) -> None:
    code = (
        "import sys; from reconciler.target.connect import connect;"
        f"t = connect(sys.argv[1], token='t' * 40, seed=None); print(t.{asked});"
        "print(sorted({'httpx', 'httpcore', 'anyio'} & set(sys.modules)))"
    )
    with Misbehaving(answered) as server:
        done = subprocess.run(
            [sys.executable, "-c", code, server.url], cwd=tmp_path, capture_output=True, text=True, check=True
        )
    assert done.stdout.splitlines() == [said, "[]"]
