"""The gateway of a worker process: it reads a request whole, within limits of size and time, before a thread is taken.

Slow senders wait in the event loop. Requests that may write take at most half of the threads: reads are answered while
writers wait for the database.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.serve import access_log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from workspace.serve.access_log import AccessLog

    Headers = list[tuple[str, str]]
    Answer = tuple[int, Headers, bytes]

_LOG = logging.getLogger("workspace")
_BODILESS = frozenset({204, 304})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one worker process.

    Attributes:
        threads: Concurrent requests, of which `writers` may write.
        body_size: The most bytes read of a body; the application refuses a body of this size.
        body_seconds: The time for a body of any size.
        body_rate: The bytes that must arrive in each second beyond it.
        held: The bytes of all held bodies; beyond it the largest unfinished body is dropped.
        wait: The longest wait for a thread, in seconds.
    """

    threads: int = 8
    writers: int = 4
    body_size: int
    body_seconds: float = 10
    body_rate: int = 50_000
    held: int = 128 * 1024 * 1024
    wait: float = 5


class _Refused(Exception):
    """A request that the application never sees."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Gateway:
    """Serves a WSGI application through the server's asynchronous interface (RSGI)."""

    def __init__(
        self,
        app: WSGIApplication,
        writes: Callable[[str, str], bool],
        limits: Limits,
        log: AccessLog | None = None,
        at_once: Callable[[WSGIEnvironment], Answer | None] = lambda _environ: None,
    ) -> None:
        """Take the application, a test of method and path for writes, and what answers without a thread, or None."""
        self._log = log
        self._answered_at_once = at_once
        self._app = app
        self._writes = writes
        self._limits = limits
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="request")
        self._threads = asyncio.Semaphore(limits.threads)
        self._writers = asyncio.Semaphore(limits.writers)
        self._held = 0
        self._unfinished: dict[asyncio.Timeout, int] = {}

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        headers = scope.headers
        at, begun = time.time(), time.perf_counter()
        environ = _environ(scope, headers.items())
        try:
            async with self._body(headers, protocol) as body:
                _take_body(environ, body)
                status, answered, content = self._at_once(environ) or await self._run(environ)
        except _Refused as problem:
            status, answered, content = _refusal(problem)
        if self._log is not None:
            named = {name.lower(): value for name, value in answered}
            named.setdefault("content-length", str(len(content)))
            self._log(access_log.entry(environ, status, named, at=at, ms=(time.perf_counter() - begun) * 1000))
        if status in _BODILESS:
            protocol.response_empty(status, answered)
        else:
            protocol.response_bytes(status, answered, content)

    def _at_once(self, environ: WSGIEnvironment) -> Answer | None:
        # A copy: what proxies say is put into it, and what stays unanswered goes through them once more.
        copy = dict(environ)
        answer = self._answered_at_once(copy)
        environ["wsgi.input"].seek(0)
        if answer is not None:
            environ.update(copy)
        return answer

    @asynccontextmanager
    async def _body(self, headers: Any, protocol: Any) -> AsyncIterator[bytes]:
        declared, in_parts = headers.get("content-length", ""), "transfer-encoding" in headers
        # One that is too long is not read: the application refuses it by its declared length.
        if not (declared or in_parts) or _length(declared) > self._limits.body_size:
            yield b""
            return
        body = bytearray()
        try:
            # After as many bytes as are declared nothing comes: to be told so takes as long as the bytes.
            await self._read(body, protocol, (not in_parts and _length(declared)) or self._limits.body_size)
            yield bytes(body)
        finally:
            self._held -= len(body)

    async def _read(self, body: bytearray, protocol: Any, whole: int) -> None:
        limits, begun = self._limits, asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(begun + limits.body_seconds) as timeout:
                try:
                    async for part in protocol:
                        taken = part[: limits.body_size - len(body)]
                        body += taken
                        self._held += len(taken)
                        self._unfinished[timeout] = len(body)
                        if len(body) >= whole:
                            break
                        timeout.reschedule(begun + limits.body_seconds + len(body) / limits.body_rate)
                        self._give_up_the_largest()
                finally:
                    self._unfinished.pop(timeout, None)
        except TimeoutError:
            raise _Refused(408, "request_timeout", "the body did not arrive in time") from None
        except RuntimeError:
            # The server's own errors: the client left, or what came is no body.
            raise _Refused(400, "parameter_invalid", "the body is incomplete") from None

    def _give_up_the_largest(self) -> None:
        if self._held > self._limits.held:
            largest = max(self._unfinished, key=self._unfinished.__getitem__)
            largest.reschedule(asyncio.get_running_loop().time())

    async def _run(self, environ: WSGIEnvironment) -> Answer:
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as slots:
            try:
                async with asyncio.timeout(self._limits.wait):
                    if self._writes(environ["REQUEST_METHOD"], environ["PATH_INFO"]):
                        await slots.enter_async_context(self._writers)
                    await slots.enter_async_context(self._threads)
            except TimeoutError:
                raise _Refused(503, "server_error", "the workspace is busy; nothing was changed, try again") from None
            return await loop.run_in_executor(self._pool, _answer, self._app, environ)


def _environ(scope: Any, headers: Headers) -> WSGIEnvironment:
    client, _, port = scope.client.rpartition(":")
    server, _, server_port = scope.server.rpartition(":")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # Decoded already; WSGI has bytes in the form of Latin-1.
        "PATH_INFO": scope.path.encode("utf-8", "surrogatepass").decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode("utf-8", "surrogatepass").decode("latin-1"),
        "REMOTE_ADDR": client.strip("[]"),
        "REMOTE_PORT": port,
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": server_port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = f"HTTP_{name.upper().replace('-', '_')}"
        separator = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{separator}{value}" if key in environ else value
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    if "HTTP_CONTENT_TYPE" in environ:
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE")
    return environ


def _take_body(environ: WSGIEnvironment, body: bytes) -> None:
    environ["wsgi.input"] = io.BytesIO(body)
    declared = environ.pop("HTTP_CONTENT_LENGTH", None)
    if body or declared:
        environ["CONTENT_LENGTH"] = str(max(len(body), _length(declared or "")))


def _length(declared: str) -> int:
    return int(declared) if declared.isascii() and declared.isdecimal() else 0


def _answer(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    begun: list[tuple[int, Headers]] = []

    def start(status: str, headers: Headers, _problem: object = None) -> Callable[[bytes], object]:
        begun[:] = [(int(status[:3]), headers)]
        return lambda _data: None

    parts = app(environ, start)
    try:
        content = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return *begun[0], content


def _refusal(problem: _Refused) -> Answer:
    request_id = str(uuid.uuid4())
    _LOG.info("request %s was refused: %s", request_id, problem.message)
    errors = [{"code": problem.code, "message": problem.message}]
    document = {"type": "error.list", "request_id": request_id, "errors": errors}
    headers = [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("x-request-id", request_id),
        # What is left of the body must not be taken for the next request.
        ("connection", "close"),
    ]
    if problem.status == 503:  # noqa: PLR2004 - the one that passes
        headers.append(("retry-after", "1"))
    return problem.status, headers, json.dumps(document).encode()
