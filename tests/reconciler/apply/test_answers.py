"""Whatever answers a request, a command ends with a document and a code of the table."""

from __future__ import annotations

import contextlib
import io
import json
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from werkzeug.serving import WSGIRequestHandler, make_server

from reconciler.cli.app import run
from reconciler.core.errors import EXIT_CODES
from tests.support.examples import examples
from tests.support.faults.stand import ALLOW, CLOSED, OPEN, Clock
from tests.support.sample import TOKEN, template
from workspace.database.engine import engine_for
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Answer = tuple[str, list[tuple[str, str]], bytes]

JSON = ("--format", "json")
COMMANDS = {
    "plan": ["plan", *ALLOW, *JSON],
    "fleet": ["plan", "-f", "portals", *ALLOW, *JSON],
    "apply": ["apply", "--yes", *ALLOW, *JSON],
    "drift": ["drift", *JSON],
    "history": ["history", *JSON],
    "undo": ["undo", "r1", "--yes", *JSON],
    "unlock": ["unlock", *JSON],
    "preview": ["preview", *JSON],
    "explain": ["explain", "ada@examply.com", *JSON],
    "verify": ["verify", "--evaluate-only", "--as", "ada@examply.com", *JSON],
    "pull": ["pull"],
}
BODIES = (
    b"",
    b"null",
    b"[]",
    b'"text"',
    b'{"revision": NaN}',
    b'{"revision": ' + b"9" * 6000 + b"}",
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a": "\xff\xfe"}',
    b"<html>Sign in</html>",
    b'{"errors": "x"}',
    b'{"errors": [1, null]}',
    b'{"errors": [{}]}',
    b'{"errors": [{"code": "lease_held", "message": "x"}]}',
    b'{"errors": [{"code": "revision_mismatch", "message": "x", "data": {"changes": [{}]}}]}',
    b'{"errors": [{"code": "required_setting_unmet", "message": "x", "data": []}]}',
    b'{"type": "error.list", "request_id": "1", "errors": []}',
)
STATUSES = ("200 OK", "204 No Content", "302 Found", "304 Not Modified", "401 No", "403 No", "404 No", "409 No")
STATUSES += ("412 No", "418 No", "422 No", "423 No", "429 No", "500 No", "503 No", "599 No")
HEADERS = (
    ("Location", "https://elsewhere.example/x"),
    ("Location", "http://[broken"),
    ("Retry-After", "9" * 400),
    ("Retry-After", "-5"),
    ("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"),
    ("Retry-After", "\xb2"),
    ("X-RateLimit-Remaining", "0"),
    ("Content-Encoding", "gzip"),
    ("Content-Encoding", "unheard-of"),
    ("Content-Type", "text/html; charset=\xff"),
    ("ETag", "not a tag"),
    ("Date", "yesterday"),
)
VALUES: tuple[Any, ...] = (None, True, -1, 1.5, 10**30, "", "x\x1b[2J", "2026-99-99", [], {}, [None], {"x": []}, [[{}]])

mangled = st.one_of(
    st.tuples(st.just("answer"), st.sampled_from(STATUSES), st.sampled_from(BODIES)),
    st.tuples(st.just("status"), st.sampled_from(STATUSES), st.none()),
    st.tuples(st.just("header"), st.sampled_from(HEADERS), st.sampled_from(STATUSES)),
    st.tuples(st.just("cut"), st.floats(0, 1), st.booleans()),
    st.tuples(st.just("value"), st.floats(0, 1), st.sampled_from(VALUES)),
    st.tuples(st.just("lost"), st.floats(0, 1), st.none()),
)


def mangle(how: tuple[str, Any, Any], status: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
    """Return an answer that is wrong in one way."""
    kind, first, second = how
    if kind == "answer":
        status, body = first, second
    elif kind == "status":
        status = first
    elif kind == "header":
        status, headers = second, [*(one for one in headers if one[0] != first[0]), first]
    elif kind == "cut":
        cut = body[: int(len(body) * first)]
        # The length may be that of the whole: then the connection breaks off.
        return status, headers if second else _sized(headers, cut), cut
    elif body:
        document = json.loads(body)
        container, key = _place(document, first)
        if kind == "lost" and isinstance(container, dict):
            del container[key]
        else:
            container[key] = second
        body = json.dumps(document).encode()
    return status, _sized(headers, body), body


def _sized(headers: list[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    return [*(one for one in headers if one[0].lower() != "content-length"), ("Content-Length", str(len(body)))]


def _place(document: Any, where: float) -> tuple[Any, Any]:
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            places.append((value, key))
            if isinstance(inner, dict | list):
                walk(inner)

    walk(document)
    return places[int(where * (len(places) - 1))] if places else ({"": None}, "")


@dataclass
class Odd:
    """The workspace, of which one answer is mangled."""

    app: Callable[..., Any]
    url: str = ""
    at: int = 0
    how: tuple[str, Any, Any] | None = None
    count: int = 0

    def __call__(self, environ: Any, start_response: Callable[..., Any]) -> list[bytes]:
        """Answer a request."""
        head: list[Any] = []
        body = b"".join(self.app(environ, lambda status, headers, *_: head.extend((status, headers))))
        status, headers = head
        self.count += 1
        if self.how is not None and self.count == self.at:
            status, headers, body = mangle(self.how, status, headers, body)
        start_response(status, headers)
        return [body]


class Quiet(WSGIRequestHandler):
    """Says nothing; each connection is for one request, so an answer that is too short ends."""

    def log(self, *_: object) -> None:
        """Say nothing of what was asked."""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Odd, Clock]]:
    """Give a workspace on loopback; the working directory has configurations for it."""
    import shutil

    folder: Path = tmp_path_factory.mktemp("odd")
    engine = engine_for(shutil.copy(template(), folder / "workspace.db"))
    clock = Clock()
    served = Odd(create_app(Settings(engine=engine, embedded=EphemeralToken(TOKEN, "tests"), clock=clock)))
    (folder / "portals").mkdir()
    for number, values in enumerate((CLOSED, {**CLOSED, "name": "other", "help_center": {"identifier": "acme"}})):
        (folder / "portals" / f"{number}.yaml").write_text(json.dumps(values), encoding="utf-8")
    (folder / "portal.yaml").write_text(json.dumps(OPEN), encoding="utf-8")
    server = make_server("127.0.0.1", 0, served, threaded=True, request_handler=Quiet)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    before, given = os.getcwd(), dict(os.environ)  # noqa: PTH109
    os.chdir(folder)
    os.environ.update(PORTAL_TOKEN=TOKEN, PORTAL_PATIENCE="0")
    try:
        assert command(served, "apply")[0] == 0
        yield served, clock
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(given)
        server.shutdown()
        thread.join()
        engine.dispose()


def command(served: Odd, name: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([*COMMANDS[name], "--workspace", served.url])
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("name", COMMANDS)
@settings(examples(8), suppress_health_check=list(HealthCheck))
@given(at=st.integers(1, 9), how=mangled, closed=st.booleans())
def test_every_answer_ends_in_a_document_and_a_code(
    odd: tuple[Odd, Clock], name: str, at: int, how: tuple[str, Any, Any], closed: bool
) -> None:
    served, clock = odd
    # What an earlier example left locked has expired.
    clock.put_forward(7200)
    with open("portal.yaml", "w", encoding="utf-8") as stream:  # noqa: PTH123
        json.dump(CLOSED if closed else OPEN, stream)
    served.how, served.at, served.count = how, at, 0
    try:
        code, out, err = command(served, name)
    finally:
        served.how = None
    event(f"exit {code}")
    assert code in EXIT_CODES
    assert "Traceback" not in err
    assert "internal-error" not in out + err
    assert TOKEN not in out + err
    if "json" in COMMANDS[name]:
        json.loads(out)
    else:
        assert out or err
