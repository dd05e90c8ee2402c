"""Answers that are repeated until a write, or until a moment that they depend on.

For views with `keep_until`: an identical request, to the last header, gets the same bytes. Only the marker of the
newest commit is read from the database, with each request. What can be answered without the framework is.
"""

from __future__ import annotations

import hashlib
import io
import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import request

from workspace.web.http import ALWAYS, CALLER, ROUTE, new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from datetime import datetime
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from workspace.database.unmoved import Unmoved
    from workspace.web.kept.checks import Checks

    _Read = tuple[bytes, bytes]

_UNTIL = "workspace.kept_until"
_DAY = 86_400
_LONGEST_BODY = 16 * 1024
_LONGEST_ANSWER = 256 * 1024
_MOST_BYTES = 32 * 1024 * 1024
_SLOW, _PAUSE = 0.1, 1.0
"""Seconds: after a check at once that took longer, the disk say, others are left to threads for a while."""
_ID = "X-Request-Id"
_ASKS = ("/access/check", "/tickets-portal")
"""The ends of paths whose answers may be kept."""
_OF_CONNECTION = "REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "SERVER_NAME", "wsgi.url_scheme"


def keep_until(moment: int) -> None:
    """Keep the answer until a write, a moment (seconds since 1970), or the day's end in UTC: rules speak of days."""
    request.environ[_UNTIL] = moment


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    headers: list[tuple[str, str]]
    body: bytes
    named: tuple[tuple[str, Any], ...]
    until: int


class KeptAnswers:
    """A WSGI application that repeats kept answers of another one."""

    def __init__(self, app: WSGIApplication, unmoved: Unmoved, clock: Callable[[], datetime], checks: Checks) -> None:
        """Take the application, the marker of the newest commit, the clock in UTC, and what answers checks."""
        self._app, self._unmoved, self._clock, self._checks = app, unmoved, clock, checks
        self._lock = Lock()
        # A content of the database, and answers of it alone. They are looked up together.
        self._known: tuple[Hashable, dict[bytes, _Answer]] = (None, {})
        self._size = 0
        self._paused_until = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if not environ["PATH_INFO"].endswith(_ASKS) or environ["REQUEST_METHOD"] not in {"GET", "POST"}:
            return self._app(environ, start_response)
        content = self._unmoved.now()
        read = None if content is None else _read(environ)
        if read is None:
            return self._app(environ, start_response)
        present = self._clock()
        answer = self._known_answer(read[0], content, present) or self._checked(environ, read, content, present)
        if answer is None:
            return self._ask(environ, start_response, read[0], content, int(present.timestamp()))
        environ.update(answer.named)
        start_response(answer.status, [*answer.headers, (_ID, new_request_id())])
        return (answer.body,)

    def at_once(self, environ: WSGIEnvironment) -> tuple[int, list[tuple[str, str]], bytes] | None:
        """Return an answer that is kept, or comes of one statement, if nobody has to be waited for; else None."""
        if not environ["PATH_INFO"].endswith(_ASKS):
            return None
        content = self._unmoved.at_once()
        if content is None or (content != self._known[0] and environ["REQUEST_METHOD"] != "POST"):
            return None
        read, present = _read(environ), self._clock()
        if read is None:
            return None
        answer = self._known_answer(read[0], content, present) or self._quickly_checked(environ, read, content, present)
        if answer is None:
            return None
        environ.update(answer.named)
        return int(answer.status[:3]), [*answer.headers, (_ID, new_request_id())], answer.body

    def _known_answer(self, key: bytes, content: Hashable, present: datetime) -> _Answer | None:
        known, answers = self._known
        answer = answers.get(key) if known == content else None
        return None if answer is None or int(present.timestamp()) >= answer.until else answer

    def _quickly_checked(
        self, environ: WSGIEnvironment, read: _Read, content: Hashable, present: datetime
    ) -> _Answer | None:
        begun = time.monotonic()
        if begun < self._paused_until:
            return None
        answer = self._checked(environ, read, content, present, waits=False)
        ended = time.monotonic()
        if ended - begun > _SLOW:
            self._paused_until = ended + _PAUSE
        return answer

    def _checked(
        self, environ: WSGIEnvironment, read: _Read, content: Hashable, present: datetime, *, waits: bool = True
    ) -> _Answer | None:
        key, body = read
        checked = self._checks.answer(environ, body, present, waits=waits)
        if checked is None:
            return None
        until = _end(checked[1], int(present.timestamp()))
        answer = _Answer("200 OK", _headers(checked[0]), checked[0], _named(environ), until)
        self._keep(key, answer, content)
        return answer

    def _ask(
        self, environ: WSGIEnvironment, start_response: StartResponse, key: bytes, content: Hashable, now: int
    ) -> Iterable[bytes]:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], problem: Any = None, /) -> Callable[[bytes], object]:
            begun[:] = [(status, headers)]
            return start_response(status, headers, problem)

        parts = self._app(environ, start)
        until = environ.get(_UNTIL)
        if until is None:
            return parts
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = begun[0]
        names = {name.lower() for name, _ in headers}
        if status.startswith("200") and "set-cookie" not in names and len(body) <= _LONGEST_ANSWER:
            kept = [(name, value) for name, value in headers if name.lower() != _ID.lower()]
            answer = _Answer(status, kept, body, _named(environ), _end(until, now))
            # Worked out after a look that saw this content. It is given again to whoever sees it still: so it was
            # there all the time between.
            self._keep(key, answer, content)
        return (body,)

    def _keep(self, key: bytes, answer: _Answer, content: Hashable) -> None:
        with self._lock:
            if self._known[0] != content or self._size > _MOST_BYTES:
                self._known, self._size = (content, {}), 0
            self._known[1][key] = answer
            self._size += len(answer.body) + 1000


def _named(environ: WSGIEnvironment) -> tuple[tuple[str, Any], ...]:
    return tuple((name, environ[name]) for name in (ROUTE, CALLER) if name in environ)


def _end(until: int, now: int) -> int:
    return min(until, (now // _DAY + 1) * _DAY)


def _headers(body: bytes) -> list[tuple[str, str]]:
    return [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *ALWAYS]


def _read(environ: WSGIEnvironment) -> _Read | None:
    """Return the identity of a request, without its token, and its body; None for a long one."""
    size = environ.get("CONTENT_LENGTH") or "0"
    if not (size.isascii() and size.isdecimal() and int(size) <= _LONGEST_BODY) or "HTTP_TRANSFER_ENCODING" in environ:
        return None
    body = environ["wsgi.input"].read(int(size)) if size != "0" else b""
    environ["wsgi.input"] = io.BytesIO(body)
    parts = [environ.get(name, "") for name in _OF_CONNECTION]
    for item in environ.items():
        if item[0][:5] == "HTTP_":
            parts += item
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined + b"\0" + body, digest_size=24).digest(), body
