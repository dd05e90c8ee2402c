"""Ask over a bare connection, without the HTTP library, which takes longer to load than a small plan.

Only what reads is asked so, in plain HTTP and without a proxy. An answer of a form that is not read here is asked for
again with the library, as is everything else: a question may be sent twice.
"""

from __future__ import annotations

import json
import os
import re
import select
import socket
import sys
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from reconciler.core.secrets import reason
from reconciler.target.http.message import Answer, Headers, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from reconciler.target.http.message import Request
    from reconciler.target.http.send import Connection

_PART = 256 * 1024
_MOST_HEAD = 64 * 1024
_STATUS = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2})(?: [ -~]*)?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([!-~](?:[ \t!-~]*[!-~])?)?[ \t]*")
_PATH = re.compile(r"[^?#%\s]*")
_BODILESS = (204, 304)
_DIGITS_OF_A_LENGTH = 12


class _Odd(Exception):
    """An answer, or an address, that is left to the library."""


def is_direct(url: str) -> bool:
    """Tell whether a server is reached in plain HTTP, with nothing in between that the environment may name."""
    names = (name.lower() for name in os.environ)
    return (
        url.startswith("http://")
        # Elsewhere the system names proxies, too.
        and sys.platform.startswith("linux")
        and not any(name.endswith("_proxy") for name in names)
    )


class _Ended(Exception):
    """A connection that was kept, and ended before an answer began."""


class Line:
    """Sends one request after the other: questions over a bare connection, all else with the library."""

    def __init__(self, url: str, headers: Mapping[str, str], client: Callable[[], httpx.Client], *, bare: bool) -> None:
        """Take the address with the path of the API, the headers of every request, and what makes the client."""
        self._url, self._headers, self._client = url, headers, client
        self._bare = bare
        self._open: socket.socket | None = None
        self._whole: tuple[httpx.Client, Connection] | None = None
        self._lock = Lock()

    def attempt(self, request: Request, *, seconds: float, connect: float, largest: int) -> Answer | NoAnswer:
        """Send a request once; see `Connection.attempt`."""
        if self._bare and self._whole is None and request.reads:
            try:
                with self._lock:
                    return self._ask(request, seconds, min(connect, seconds), largest)
            except (_Odd, ValueError):
                self._bare = False
        with self._lock:
            client, line = self._library()
        built = client.build_request(
            request.method, request.path, params=request.params, headers=request.headers, json=request.json
        )
        found = line.attempt(built, seconds=seconds, connect=connect, largest=largest)
        if isinstance(found, NoAnswer):
            return found
        return Answer(found.status_code, Headers(found.headers.multi_items()), found.content, request)

    def close(self) -> None:
        """Close connections."""
        self._hang_up()
        if self._whole is not None:
            self._whole[1].close()

    def _library(self) -> tuple[httpx.Client, Connection]:
        if self._whole is None:
            from reconciler.target.http.send import Connection

            self._hang_up()
            client = self._client()
            self._whole = client, Connection(client, monotonic)
        return self._whole

    def _ask(self, request: Request, seconds: float, connect: float, largest: int) -> Answer | NoAnswer:
        ends, sent = monotonic() + seconds, self._written(request)
        try:
            kept = self._is_kept()
            line = self._connected(connect)
        except OSError as problem:
            late = isinstance(problem, TimeoutError)
            return NoAnswer("workspace-timeout" if late else "workspace-unreachable", reason(problem), sent=False)
        try:
            answer = self._exchange(line, sent, request, ends, largest)
        except TimeoutError:
            self._hang_up()
            return NoAnswer("workspace-timeout", "the answer did not end", sent=True)
        except (OSError, _Ended) as problem:
            self._hang_up()
            if kept:
                return self._ask(request, seconds, connect, largest)
            if isinstance(problem, _Ended):
                raise _Odd from None
            return NoAnswer("workspace-unreachable", reason(problem), sent=True)
        except BaseException:
            self._hang_up()
            raise
        if isinstance(answer, NoAnswer) or answer.headers.get("Connection").lower() == "close":
            self._hang_up()
        return answer

    def _is_kept(self) -> bool:
        if self._open is not None and select.select([self._open], [], [], 0)[0]:
            # What can be read before anything is asked is the end.
            self._hang_up()
        return self._open is not None

    def _connected(self, seconds: float) -> socket.socket:
        if self._open is None:
            parts = urlsplit(self._url)
            if parts.hostname is None:
                raise _Odd
            # As bytes: the codec of host names takes long to load, and does nothing to these.
            host = parts.hostname.encode("ascii")
            self._open = socket.create_connection((host, parts.port or 80), seconds)  # type: ignore[arg-type]  # it may
            self._open.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._open

    def _hang_up(self) -> None:
        if self._open is not None:
            with suppress(OSError):
                self._open.close()
            self._open = None

    def _exchange(
        self, line: socket.socket, sent: bytes, request: Request, ends: float, largest: int
    ) -> Answer | NoAnswer:
        line.settimeout(_left(ends))
        line.sendall(sent)
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            if len(received) > _MOST_HEAD:
                raise _Odd
            if not _more(line, received, ends):
                raise _Odd if received else _Ended
        status, headers = _parsed(bytes(received[:end]))
        del received[: end + 4]
        size = _length(status, headers)
        if size > largest:
            message = f"the answer is longer than {largest} bytes"
            return NoAnswer("workspace-answer-unreadable", message, sent=True, lasting=True)
        while len(received) < size:
            if not _more(line, received, ends):
                raise _Odd
        if len(received) > size:
            raise _Odd
        return Answer(status, headers, bytes(received), request)

    def _written(self, request: Request) -> bytes:
        parts = urlsplit(self._url)
        query = urlencode(request.params, doseq=True)
        if not _PATH.fullmatch(request.path):
            raise _Odd
        target = quote(f"{parts.path}{request.path}", safe="/:@!$&'()*+,;=~") + (f"?{query}" if query else "")
        headers = {"Host": parts.netloc, **self._headers, **request.headers}
        body = b""
        if request.json is not None:
            body = json.dumps(request.json, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
            headers |= {"Content-Length": str(len(body)), "Content-Type": "application/json"}
        text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        if text.count("\n") != len(headers):
            raise _Odd
        return f"{request.method} {target} HTTP/1.1\r\n{text}\r\n".encode("ascii") + body


def _left(ends: float) -> float:
    left = ends - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _more(line: socket.socket, received: bytearray, ends: float) -> bool:
    """Receive more of an answer; tell whether there was any. Raises OSError, and TimeoutError at the deadline."""
    line.settimeout(_left(ends))
    part = line.recv(_PART)
    received += part
    return bool(part)


def _parsed(head: bytes) -> tuple[int, Headers]:
    first, *lines = head.split(b"\r\n")
    status, found = _STATUS.fullmatch(first), [_HEADER.fullmatch(line) for line in lines]
    if status is None or None in found:
        raise _Odd
    pairs = [(one[1].decode("ascii"), (one[2] or b"").decode("ascii")) for one in found if one is not None]
    return int(status[1]), Headers(pairs)


def _length(status: int, headers: Headers) -> int:
    """Return the bytes of a body; raises _Odd where they are encoded, or end without being counted before."""
    if status in _BODILESS:
        return 0
    text = headers.get("Content-Length")
    if "Transfer-Encoding" in headers or "Content-Encoding" in headers:
        raise _Odd
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS_OF_A_LENGTH):
        raise _Odd
    return int(text)
