"""Whatever a forge answers, a command ends with a document and a code of the table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from flask import Response

from reconciler.core.errors import EXIT_CODES
from tests.reconciler.forge.test_publish import plan

if TYPE_CHECKING:
    from tests.reconciler.forge.conftest import Build

ODD: dict[str, tuple[int, Any, dict[str, str]]] = {
    "empty": (200, b"", {}),
    "null": (200, b"null", {}),
    "text": (200, b'"text"', {}),
    "number": (200, b"7", {}),
    "list of nothing": (200, b"[null]", {}),
    "list of lists": (200, b"[[1], {}]", {}),
    "mapping": (200, b'{"id": []}', {}),
    "other types": (200, b'[{"id": "x", "body": 7, "user": null, "author": [], "html_url": {}}]', {}),
    "deep": (200, b"[" * 100_000 + b"]" * 100_000, {}),
    "long number": (200, b"[" + b"9" * 6000 + b"]", {}),
    "no number": (200, b'{"id": NaN}', {}),
    "not UTF-8": (200, b'["\xff\xfe"]', {}),
    "page": (200, b"<html>Sign in</html>", {"Content-Type": "text/html"}),
    "not gzip": (200, b"[]", {"Content-Encoding": "gzip"}),
    "redirect": (302, b"", {"Location": "https://elsewhere.example/"}),
    "broken redirect": (302, b"", {"Location": "http://[broken"}),
    "refused oddly": (403, b'{"message": [1]}', {}),
    "too many, for ever": (429, b"{}", {"Retry-After": "9" * 400}),
    "too many, at some time": (403, b"[]", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 300}),
    "odd link": (200, b"[]", {"Link": "<http://[broken>; rel=next, ;;;=,"}),
    "failed": (500, b"oops", {}),
    "unheard of": (599, b"\x00", {}),
}


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_every_answer_ends_in_a_document_and_a_code(
    request: pytest.FixtureRequest, forge: str, kind: str, at: int
) -> None:
    build: Build = request.getfixturevalue(f"on_{forge}")
    server = request.getfixturevalue({"github": "hub", "gitlab": "lab"}[forge])
    plan(build.folder)
    status, body, headers = ODD[kind]
    for command in (
        ["publish", "plan.json", "--to", forge],
        ["fetch", "--from", forge, "--commit", "a" * 40, "--out", "fetched.json"],
    ):
        server.faults[:] = [lambda: None] * at + [lambda: Response(body, status, headers)] * 3
        done = build.portal(*command, "--format", "json", PORTAL_PATIENCE="0")
        server.faults.clear()
        assert done.code in EXIT_CODES
        assert "Traceback" not in done.err
        assert "internal-error" not in done.err + done.out, done.err
        assert not done.out or json.loads(done.out)
        assert done.out or done.err
