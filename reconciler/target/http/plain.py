"""Ask with the standard library's HTTP client, which loads in a third of the time of the general one.

Only what reads is asked so, in plain HTTP and without a proxy. An answer that is not wholly plain is asked for again
with the general library, as is everything else: a question may be sent twice.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, IncompleteRead
from socket import SHUT_RDWR
from threading import Lock, Timer
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from reconciler.core.secrets import reason
from reconciler.target.http.message import Answer, Headers, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from socket import socket

    import httpx

    from reconciler.target.http.message import Request
    from reconciler.target.http.send import Connection


class _Odd(Exception):
    """An answer that is left to the general library."""


def is_direct(url: str) -> bool:
    """Tell whether a server is reached in plain HTTP, with nothing in between that the environment may name."""
    # Elsewhere than on Linux the system names proxies, too.
    linux = sys.platform.startswith("linux")
    return linux and url.startswith("http://") and not any(name.lower().endswith("_proxy") for name in os.environ)


class Line:
    """Sends one request after the other: questions with the standard library, all else with the general one."""

    def __init__(self, url: str, headers: Mapping[str, str], client: Callable[[], httpx.Client], *, bare: bool) -> None:
        """Take the address with the path of the API, the headers of every request, and what makes the client."""
        self._headers, self._client, self._bare = headers, client, bare
        parts = urlsplit(url)
        self._path = parts.path
        self._open = HTTPConnection(parts.netloc) if bare else None
        self._whole: tuple[httpx.Client, Connection] | None = None
        self._lock = Lock()

    def attempt(self, request: Request, *, seconds: float, connect: float, largest: int) -> Answer | NoAnswer:
        """Send a request once; see `Connection.attempt`."""
        with self._lock:
            if self._open is not None and request.reads:
                try:
                    return self._ask(self._open, request, monotonic() + seconds, min(connect, seconds), largest)
                except (_Odd, ValueError):
                    pass
            client, line = self._library()
        built = client.build_request(
            request.method, request.path, params=request.params, headers=request.headers, json=request.json
        )
        answer = line.attempt(built, seconds=seconds, connect=connect, largest=largest)
        if isinstance(answer, NoAnswer):
            return answer
        return Answer(answer.status_code, Headers(answer.headers.multi_items()), answer.content, request)

    def close(self) -> None:
        """Close connections."""
        if self._open is not None:
            self._open.close()
        if self._whole is not None:
            self._whole[1].close()

    def _library(self) -> tuple[httpx.Client, Connection]:
        if self._open is not None:
            self._open.close()
            self._open = None
        if self._whole is None:
            from reconciler.target.http.send import Connection

            client = self._client()
            self._whole = client, Connection(client, monotonic)
        return self._whole

    def _ask(
        self, line: HTTPConnection, request: Request, ends: float, connect: float, largest: int
    ) -> Answer | NoAnswer:
        body = self._written(line, request)
        kept, sent = line.sock is not None, False
        try:
            if not kept:
                line.timeout = connect
                line.connect()
            sent = True
            with _until(ends, line.sock):
                line.endheaders(body)
                return self._received(line, request, largest)
        except (OSError, HTTPException) as problem:
            line.close()
            if monotonic() >= ends:
                return NoAnswer("workspace-timeout", "the answer did not end", sent)
            if kept:
                # It ended meanwhile, as a connection that is kept may.
                return self._ask(line, request, ends, connect, largest)
            if isinstance(problem, HTTPException):
                raise _Odd from problem
            code = "workspace-timeout" if isinstance(problem, TimeoutError) else "workspace-unreachable"
            return NoAnswer(code, reason(problem), sent)
        except BaseException:
            line.close()
            raise

    def _written(self, line: HTTPConnection, request: Request) -> bytes | None:
        """Write the head of a request, which is not sent yet, and return its body; raises ValueError for an odd one."""
        query = urlencode(request.params, doseq=True)
        path = quote(f"{self._path}{request.path}", safe="/:@!$&'()*+,;=~") + (f"?{query}" if query else "")
        headers, body = request.written(self._headers)
        try:
            line.putrequest(request.method, path)
            for name, value in headers.items():
                line.putheader(name, value)
        except ValueError:
            line.close()
            raise
        return body

    def _received(self, line: HTTPConnection, request: Request, largest: int) -> Answer | NoAnswer:
        response = line.getresponse()
        if "Content-Encoding" in response.headers or (response.length is None and not response.chunked):
            raise _Odd
        content = response.read(largest + 1)
        if len(content) > largest:
            line.close()
            message = f"the answer is longer than {largest} bytes"
            return NoAnswer("workspace-answer-unreadable", message, sent=True, lasting=True)
        if response.length:
            raise IncompleteRead(content, response.length)
        # Read to its end, it lets the connection be used again.
        response.read()
        return Answer(response.status, Headers(response.getheaders()), content, request)


@contextmanager
def _until(ends: float, line: socket) -> Iterator[None]:
    """Shut a connection down at a moment, for its own limit is from one byte to the next; raise TimeoutError then."""
    seconds = max(ends - monotonic(), 0.001)
    line.settimeout(seconds)
    with line.dup() as watched:
        timer = Timer(seconds, _shut, [watched])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
    if monotonic() >= ends:
        raise TimeoutError


def _shut(line: socket) -> None:
    # The other end may have been quicker.
    with suppress(OSError):
        line.shutdown(SHUT_RDWR)
