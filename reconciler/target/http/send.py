"""Send a request once, with a deadline that holds whatever the other side does."""

from __future__ import annotations

import ssl
from contextlib import suppress
from socket import SHUT_RDWR
from threading import Lock, Timer
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpx

from reconciler.core.secrets import reason
from reconciler.target.http.message import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket


class Connection:
    """Sends one request after the other over one connection."""

    def __init__(self, http: httpx.Client, clock: Callable[[], float] = monotonic) -> None:
        """Take over a client, with one connection if it uses a network, and a monotonic clock in seconds."""
        self._http, self._clock = http, clock
        self._watch = _DeadlineGuard()
        # A lease is renewed while changes are made: two threads may want the line.
        self._lock = Lock()

    def attempt(
        self, request: httpx.Request, *, seconds: float, connect: float, largest: int
    ) -> httpx.Response | NoAnswer:
        """Send a request, which may be sent again, and return the whole answer; times are seconds, `largest` bytes."""
        request.extensions["timeout"] = httpx.Timeout(seconds, connect=min(connect, seconds)).as_dict()
        with self._lock:
            ends = self._clock() + seconds
            self._watch.begin(request, seconds)
            try:
                answer = self._receive(request, ends, largest)
            except Exception as problem:  # noqa: BLE001 (whatever the library makes of an answer, a command goes on)
                answer = _lost(problem, late=self._watch.shut)
            finally:
                self._watch.end()
            if isinstance(answer, NoAnswer):
                self._watch.forget()
            return answer

    def close(self) -> None:
        """Close the connection."""
        self._watch.forget()
        self._http.close()

    def _receive(self, request: httpx.Request, ends: float, largest: int) -> httpx.Response | NoAnswer:
        response = self._http.send(request, stream=True)
        try:
            parts, size = [], 0
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > largest:
                    message = f"the answer is longer than {largest} bytes"
                    return NoAnswer("workspace-answer-unreadable", message, sent=True, lasting=True)
                if self._clock() > ends:
                    return NoAnswer("workspace-timeout", "the answer did not end", sent=True)
        finally:
            response.close()
        return _whole(response, b"".join(parts), request)


def _whole(response: httpx.Response, body: bytes, request: httpx.Request) -> httpx.Response:
    """Return the answer with its body, decoded."""
    encoding = ("content-encoding", "content-length", "transfer-encoding")
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in encoding]
    return httpx.Response(response.status_code, headers=headers, content=body, request=request)


def _lost(problem: Exception, *, late: bool) -> NoAnswer:
    message = reason(problem)
    sent = not isinstance(problem, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)
    if late or isinstance(problem, httpx.TimeoutException):
        return NoAnswer("workspace-timeout", "the answer did not end" if late else message, sent)
    if isinstance(problem, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return NoAnswer("workspace-unreachable", message, sent=False, lasting=True)
    if _not_trusted(problem):
        return NoAnswer("workspace-certificate-invalid", message, sent, lasting=True)
    if not isinstance(problem, httpx.TransportError):
        return NoAnswer("workspace-answer-unreadable", message, sent=True, lasting=True)
    return NoAnswer("workspace-unreachable", message, sent)


def _not_trusted(problem: BaseException | None) -> bool:
    """Tell whether a certificate is the cause."""
    while problem is not None:
        if isinstance(problem, ssl.SSLCertVerificationError):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


class _DeadlineGuard:
    """Shuts the connection under a request that takes too long; the client's timeouts begin anew with each byte."""

    def __init__(self) -> None:
        self.shut = False
        self._seconds = 0.0
        self._socket: socket | None = None
        self._timer: Timer | None = None

    def begin(self, request: httpx.Request, seconds: float) -> None:
        """Start the deadline of a request."""
        self.shut, self._seconds = False, seconds
        request.extensions["trace"] = self._note
        if self._socket is not None:
            self._start()

    def end(self) -> None:
        """Stop the deadline."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def forget(self) -> None:
        """Drop the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _note(self, event: str, info: dict[str, Any]) -> None:
        """Trace the client, to hold a new connection before anything is sent over it."""
        if event == "connection.connect_tcp.complete":
            self.forget()
            # A duplicate: encryption will take the first one over.
            self._socket = info["return_value"].get_extra_info("socket").dup()
            self._start()

    def _start(self) -> None:
        self.end()
        self._timer = Timer(self._seconds, self._shut, [self._socket])
        self._timer.daemon = True
        self._timer.start()

    def _shut(self, connection: socket) -> None:
        self.shut = True
        # The other end may have been quicker.
        with suppress(OSError):
            connection.shutdown(SHUT_RDWR)
