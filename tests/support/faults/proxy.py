"""A proxy between the tool and a workspace that injects the faults of a bad network, or a bad day.

It decides request by request, by a given plan, and keeps the requests that reached the workspace.
"""

from __future__ import annotations

import http.client
import random
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from enum import StrEnum
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOUR = 3600
REFUSING = 0.01
"""Seconds for which connections are refused."""


class Fault(StrEnum):
    """The fault of one request."""

    NONE = "none"
    REFUSED = "refused"
    RESET_BEFORE = "reset before"
    RESET_AFTER = "reset after"
    HALF = "half an answer"
    GARBAGE = "garbage"
    PAGE = "a page of somebody else"
    OFTEN = "429"
    OFTEN_BY_DATE = "429 until a date of a clock that is an hour off"
    BROKEN = "500"
    BROKEN_AFTER = "500 after it was done"
    BAD_GATEWAY_AFTER = "502 after it was done"
    BUSY = "503"
    DRIP = "slow drip"
    CLOCK = "clock an hour off"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def writes(self) -> bool:
        """True if it changes settings or their record."""
        return self.method != "GET" and not any(part in self.path for part in ("/access/", "/leases/", "/receipts"))


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that reached the workspace, and the status of its answer."""

    request: Request
    status: int


class Moment(StrEnum):
    """The stage of a request at which an observer looks."""

    BEFORE = "before it is forwarded"
    DONE = "done, and not answered"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def seeded(seed: int, weights: Mapping[Fault, float]) -> Callable[[Request], Fault]:
    """Return a plan that draws a fault for each request, by weights; the same seed draws the same faults."""
    draw = random.Random(seed)  # noqa: S311 (no secret hangs on it)
    faults, frequency = list(weights), list(weights.values())
    lock = threading.Lock()

    def choose(_: Request) -> Fault:
        with lock:
            return draw.choices(faults, frequency)[0]

    return choose


class Dropped(Exception):
    """Whoever looks at a request wants it to go no further."""


class Proxy:
    """Listens on loopback while it is used in a with statement."""

    def __init__(
        self,
        upstream: str,
        choose: Callable[[Request], Fault] = lambda _: Fault.NONE,
        look: Callable[[Moment, Request], None] = lambda _, __: None,
    ) -> None:
        """Keep the route to the URL `upstream`; nothing listens yet.

        `choose` picks the fault of a request; `look` is called at each stage, and may hold it, or raise `Dropped`.
        """
        self.choose, self.look = choose, look
        self.passed: list[Passed] = []
        self.done: Counter[Fault] = Counter()
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._port = self._listener.getsockname()[1]
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._forwarding = 0
        self._quiet = threading.Condition()
        self._connections: set[socket.socket] = set()
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with self._lock:
            for one in (self._listener, *self._connections):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        self._accepting.join()

    def wait_until_quiet(self) -> None:
        """Wait until the workspace has answered everything that was forwarded, whoever still listens to that."""
        with self._quiet:
            assert self._quiet.wait_for(lambda: not self._forwarding, timeout=60)

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                # Connections are being refused: there is no listener for a moment.
                self._over.wait(REFUSING / 10)
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._connections.add(connection)
        upstream = http.client.HTTPConnection(*self._upstream, timeout=60)
        try:
            with connection, suppress(OSError, Dropped):
                reader = _Reader(connection)
                while (request := reader.request()) and self._handle(connection, request, upstream):
                    pass
        finally:
            upstream.close()
            with self._lock:
                self._connections.discard(connection)

    def _handle(self, connection: socket.socket, request: Request, upstream: http.client.HTTPConnection) -> bool:
        """Inject the planned fault into a request; return True if the connection goes on."""
        fault = self.choose(request)
        self.done[fault] += 1
        if fault is Fault.REFUSED:
            self._refuse(connection)
            return False
        if fault is Fault.RESET_BEFORE:
            _reset(connection)
            return False
        if fault in _INSTEAD:
            connection.sendall(_text(_INSTEAD[fault]()))
            return True
        self.look(Moment.BEFORE, request)
        answer = self._forward(request, upstream)
        self.look(Moment.DONE, request)
        goes_on = self._answer(connection, fault, answer)
        self.look(Moment.ANSWERED, request)
        return goes_on

    def _refuse(self, connection: socket.socket) -> None:
        """Break off a connection, and refuse new ones for a moment."""
        with self._lock:
            if self._over.is_set():
                return
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            _reset(connection)
            time.sleep(REFUSING)
            self._listener = socket.create_server(("127.0.0.1", self._port), backlog=64)

    def _forward(self, request: Request, upstream: http.client.HTTPConnection) -> _Answer:
        with self._quiet:
            self._forwarding += 1
        try:
            upstream.request(request.method, request.path, request.body or None, dict(request.headers))
            response = upstream.getresponse()
            answer = _Answer(response.status, response.reason, tuple(response.getheaders()), response.read())
            self.passed.append(Passed(request, answer.status))
        finally:
            with self._quiet:
                self._forwarding -= 1
                self._quiet.notify_all()
        return answer

    def _answer(self, connection: socket.socket, fault: Fault, answer: _Answer) -> bool:
        whole = _text(answer)
        if fault is Fault.RESET_AFTER:
            _reset(connection)
        elif fault is Fault.HALF:
            connection.sendall(whole[: len(whole) - len(answer.body) // 2 - 1])
        elif fault is Fault.GARBAGE:
            connection.sendall(random.Random(len(whole)).randbytes(200))  # noqa: S311 (no secret hangs on it)
        elif fault is Fault.DRIP:
            self._drip(connection, whole)
        else:
            connection.sendall(_text(_changed(fault, answer)))
            return True
        return False

    def _drip(self, connection: socket.socket, whole: bytes) -> None:
        """Send byte after byte, until the other side has had enough."""
        for one in whole:
            connection.sendall(bytes([one]))
            if self._over.wait(0.05):
                break


def _changed(fault: Fault, answer: _Answer) -> _Answer:
    """Return the faulty answer to a request that took effect."""
    if fault is Fault.PAGE:
        return _Answer(200, "OK", (("Content-Type", "text/html"),), b"<!doctype html><title>Sign in</title>")
    if fault is Fault.BROKEN_AFTER:
        return _Answer(500, "Internal Server Error", (), b"{}")
    if fault is Fault.BAD_GATEWAY_AFTER:
        return _Answer(502, "Bad Gateway", (), b"<html>")
    if fault is Fault.CLOCK:
        others = tuple(one for one in answer.headers if one[0].lower() != "date")
        return _Answer(answer.status, answer.reason, (*others, ("Date", _date(-HOUR))), answer.body)
    return answer


def _date(seconds: float) -> str:
    return formatdate(time.time() + seconds, usegmt=True)


_INSTEAD: Mapping[Fault, Callable[[], _Answer]] = {
    Fault.OFTEN: lambda: _Answer(429, "Too Many Requests", (("Retry-After", "1"),), b"{}"),
    Fault.OFTEN_BY_DATE: lambda: _Answer(
        429, "Too Many Requests", (("Date", _date(HOUR)), ("Retry-After", _date(HOUR + 1))), b"{}"
    ),
    Fault.BROKEN: lambda: _Answer(500, "Internal Server Error", (), b"{}"),
    Fault.BUSY: lambda: _Answer(503, "Service Unavailable", (), b"{}"),
}
"""Answers without a request to the workspace."""


def _reset(connection: socket.socket) -> None:
    """Close a connection so that the other side sees it broken."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _text(answer: _Answer) -> bytes:
    left_out = ("content-length", "transfer-encoding", "connection")
    kept = [f"{name}: {value}" for name, value in answer.headers if name.lower() not in left_out]
    head = [f"HTTP/1.1 {answer.status} {answer.reason}", *kept, f"Content-Length: {len(answer.body)}", "", ""]
    return "\r\n".join(head).encode("latin-1") + answer.body


class _Reader:
    """Reads requests from a connection, one after the other."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._left = b""

    def request(self) -> Request | None:
        """Return the next request; None at the end of the connection."""
        while b"\r\n\r\n" not in self._left:
            if not self._more():
                return None
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        while len(self._left) < length:
            if not self._more():
                return None
        body, self._left = self._left[:length], self._left[length:]
        return Request(method, path, headers, body)

    def _more(self) -> bool:
        got = self._connection.recv(65536)
        self._left += got
        return bool(got)
