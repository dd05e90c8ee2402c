"""Ask an application in this process, by WSGI, without the HTTP library: nothing is on its way there."""

from __future__ import annotations

import io
import sys
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from reconciler.core.secrets import reason
from reconciler.target.http.message import Answer, Headers, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    import httpx

    from reconciler.target.http.message import Request

_HERE = "127.0.0.1"


class Inside:
    """An application in this process, and how it is closed."""

    def __init__(self, app: WSGIApplication, close: Callable[[], object]) -> None:
        self.app, self.close = app, close

    def transport(self) -> httpx.BaseTransport:
        """Create a transport of the library to it, for whoever visits its pages; closing that leaves it open."""
        import httpx

        return httpx.WSGITransport(app=self.app)


class InsideLine:
    """Sends one request after the other to it."""

    def __init__(self, inside: Inside, url: str, headers: Mapping[str, str]) -> None:
        """Take the application, the address with the path of the API, and the headers of every request."""
        self._inside, self._headers = inside, headers
        self._parts = urlsplit(url)
        # A lease is renewed while changes are made.
        self._lock = Lock()

    def attempt(self, request: Request, *, seconds: float, connect: float, largest: int) -> Answer | NoAnswer:  # noqa: ARG002 (of every line)
        """Send a request once; see `Connection.attempt`."""
        with self._lock:
            ends = monotonic() + seconds
            try:
                answer = self._asked(request)
            except Exception as problem:  # noqa: BLE001 (whatever becomes of it, a command goes on)
                return NoAnswer("workspace-answer-unreadable", reason(problem), sent=True, lasting=True)
        if len(answer.content) > largest:
            message = f"the answer is longer than {largest} bytes"
            return NoAnswer("workspace-answer-unreadable", message, sent=True, lasting=True)
        if answer.content and monotonic() > ends:
            return NoAnswer("workspace-timeout", "the answer did not end", sent=True)
        return answer

    def close(self) -> None:
        """Close the application."""
        self._inside.close()

    def _asked(self, request: Request) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], failure: Any = None, /) -> Callable[[bytes], object]:
            if failure is not None:
                raise failure[1]
            started.append((status, headers))
            return lambda _: None

        parts = self._inside.app(self._environment(request), start)
        try:
            content = b"".join(parts)
        finally:
            if (close := getattr(parts, "close", None)) is not None:
                close()
        status, headers = started[-1]
        return Answer(int(status.partition(" ")[0]), Headers(headers), content, request)

    def _environment(self, request: Request) -> WSGIEnvironment:
        headers, body = request.written({"Host": self._parts.netloc, **self._headers})
        named = {name.upper().replace("-", "_"): value for name, value in headers.items()}
        bare = ("CONTENT_LENGTH", "CONTENT_TYPE")
        return {
            **{name if name in bare else f"HTTP_{name}": value for name, value in named.items()},
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": f"{self._parts.path}{request.path}".encode().decode("latin-1"),
            "QUERY_STRING": urlencode(request.params, doseq=True),
            "SERVER_NAME": self._parts.hostname or "",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": _HERE,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body or b""),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
