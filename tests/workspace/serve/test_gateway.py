"""The gateway for real, with limits that a test can wait for: bodies before threads, and threads for readers."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[3]
_SERVED = """
import sys, time
from flask import Flask, jsonify, request
from workspace.serve.gateway import Gateway, Limits
from workspace.serve.server import http_server

def made():
    app = Flask("served", static_folder=None)

    @app.get("/there")
    def there():
        return "there"

    @app.route("/tell/<path:_>", methods=["GET", "POST", "HEAD"])
    def tell(_):
        names = ("PATH_INFO", "QUERY_STRING", "REMOTE_ADDR", "HTTP_COOKIE", "HTTP_HOST", "HTTP_X_MANY", "CONTENT_TYPE")
        return jsonify({name: request.environ.get(name) for name in names} | {"size": len(request.get_data())})

    @app.post("/size")
    def size():
        return str(len(request.get_data()))

    @app.post("/sleep/<seconds>")
    @app.get("/sleep/<seconds>")
    def sleep(seconds):
        time.sleep(float(seconds))
        return "woken"

    @app.get("/nothing")
    def nothing():
        return "", 204

    @app.post("/broken")
    def broken():
        raise SystemExit("an error that no handler takes")

    limits = Limits(threads=4, writers=2, body_size=100_001, body_seconds=1, body_rate=1_000, held=150_000, wait=1)
    return Gateway(app, lambda method, path: method == "POST", limits)

http_server("127.0.0.1", int(sys.argv[1]), 1).serve(target_loader=made, wrap_loader=False)
"""
_PARTIAL = b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


class Served:
    """A port on which the gateway listens."""

    def __init__(self, port: int) -> None:
        self.port = port
        # Made once: a client of its own for each request takes longer to make than the request.
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)

    def wire(self, data: bytes) -> socket.socket:
        """Return a connection on which something was sent."""
        wire = socket.create_connection(("127.0.0.1", self.port), 10)
        wire.sendall(data)
        return wire


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with _serving() as running:
        yield running


@contextmanager
def _serving() -> Iterator[Served]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", _SERVED, str(port)], cwd=_ROOT, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/there", timeout=10)
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        running = Served(port)
        yield running
        running.http.close()
    finally:
        process.terminate()
        process.wait(30)


def _answer(wire: socket.socket) -> tuple[int, dict[str, Any] | str]:
    with wire, wire.makefile("rb") as lines:
        status = int(lines.readline().split()[1])
        headers = {}
        while (line := lines.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        text = lines.read(int(headers.get(b"content-length", 0))).decode()
        return status, json.loads(text) if b"json" in headers.get(b"content-type", b"") else text


def test_unfinished_bodies_take_no_thread(served: Served) -> None:
    wires = [served.wire(_PARTIAL % 100 + b"{") for _ in range(40)]
    begun = time.monotonic()
    assert served.http.get("/there").text == "there"
    assert time.monotonic() - begun < 1
    for status, document in map(_answer, wires):
        assert status == 408
        assert document["errors"] == [{"code": "request_timeout", "message": "the body did not arrive in time"}]
        assert document["request_id"]


def test_a_body_has_the_time_that_its_size_needs(served: Served) -> None:
    # Twice as fast as it must be, for twice as long as a body may take that brings nothing.
    steady = served.wire(_PARTIAL % 4_000)
    for _ in range(20):
        steady.sendall(b"x" * 200)
        time.sleep(0.1)
    assert _answer(steady) == (200, "4000")
    dripping = served.wire(_PARTIAL % 4_000)
    begun = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - begun < 10:
            dripping.sendall(b"x")
            time.sleep(0.05)
    assert time.monotonic() - begun < 5
    dripping.close()


def test_chunks_are_a_body_too(served: Served) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(3):
            yield b"x" * 1000

    assert served.http.post("/size", content=parts()).text == "3000"


def test_a_body_that_is_declared_too_long_is_not_awaited(served: Served) -> None:
    wire = served.wire(b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\nx")
    begun = time.monotonic()
    _answer(wire)
    assert time.monotonic() - begun < 1


def test_a_body_without_a_length_is_read_up_to_its_limit(served: Served) -> None:
    endless = (b"x" * 1000 for _ in range(10_000))
    # The answer may come, and the connection end, while there is more to send.
    with contextlib.suppress(httpx.TransportError):
        assert served.http.post("/size", content=endless).text == "100001"


def test_the_largest_unfinished_body_is_given_up_where_all_are_too_much(served: Served) -> None:
    small = served.wire(_PARTIAL % 1_000 + b"x" * 999)
    large = served.wire(_PARTIAL % 90_000 + b"x" * 80_000)
    time.sleep(0.2)
    larger = served.wire(_PARTIAL % 95_000 + b"x" * 85_000)
    assert _answer(larger)[0] == 408
    small.sendall(b"x")
    assert _answer(small) == (200, "1000")
    large.sendall(b"x" * 10_000)
    assert _answer(large) == (200, "90000")


def test_what_a_body_held_is_free_again(served: Served) -> None:
    for _ in range(10):
        gone = served.wire(_PARTIAL % 90_000 + b"x" * 50_000)
        time.sleep(0.05)
        gone.close()
    assert served.http.post("/size", content=b"x" * 90_000).text == "90000"


def test_writers_leave_half_of_the_threads_to_readers(served: Served) -> None:
    with ThreadPoolExecutor(8) as threads:
        slow = [threads.submit(served.http.post, "/sleep/3") for _ in range(6)]
        time.sleep(0.3)
        begun = time.monotonic()
        assert served.http.get("/there").text == "there"
        assert time.monotonic() - begun < 0.9
        answers = [one.result() for one in slow]
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503, 503, 503]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.headers["Retry-After"] for answer in refused} == {"1"}
    assert {answer.json()["errors"][0]["code"] for answer in refused} == {"server_error"}


def test_a_request_arrives_as_it_was_sent(served: Served) -> None:
    wire = served.wire(
        b"GET /tell/%C3%A9%2Fa%20b?q=%31%FF&z=a+b HTTP/1.1\r\nHost: help.acme.example\r\nCookie: a=1\r\nCookie: b=2\r\n"
        b"X-Many: 1\r\nX-Many: 2\r\n\r\n"
    )
    assert _answer(wire) == (
        200,
        {
            "PATH_INFO": "/tell/é/a b".encode().decode("latin-1"),
            "QUERY_STRING": "q=%31%FF&z=a+b",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_COOKIE": "a=1; b=2",
            "HTTP_HOST": "help.acme.example",
            "HTTP_X_MANY": "1,2",
            "CONTENT_TYPE": None,
            "size": 0,
        },
    )
    posted = served.http.post("/tell/x", content=b"{}", headers={"Content-Type": "application/json"}).json()
    assert (posted["CONTENT_TYPE"], posted["size"]) == ("application/json", 2)
    head = served.http.head("/tell/x")
    assert (head.status_code, head.content) == (200, b"")
    assert served.http.get("/nothing").status_code == 204


def test_a_fault_of_the_application_ends_one_request_only(served: Served) -> None:
    assert served.http.post("/broken").status_code == 500
    assert served.http.get("/there").text == "there"


def test_a_connection_on_which_nothing_is_said_is_closed(served: Served) -> None:
    with served.wire(b"") as silent, served.wire(b"GET / HTTP/1.1\r\nHo") as half:
        for wire in (silent, half):
            wire.settimeout(40)
            assert wire.recv(1) == b""
