"""Shared parts of the admin API: request bodies, revisions, and writes with their answers."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, g, request

from workspace.core import validation
from workspace.core.errors import ApiError, Problem, invalid_parameter, not_found
from workspace.database import engine as db
from workspace.database import store
from workspace.settings import kinds
from workspace.web.context import caller, now, reading, running
from workspace.web.http import answer, max_body, too_large
from workspace.writes import admin_write as writes
from workspace.writes import basis, leases, moments, steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection

    from workspace.upstream import writing
    from workspace.upstream.protocol import Upstream
    from workspace.writes.admin_write import AdminWrite
    from workspace.writes.together import Together


@dataclass(frozen=True, slots=True)
class Part:
    """A write in a request of several, in `g.part`: a request inside the request takes as long as the write."""

    together: Together
    body: dict[str, Any] | None
    headers: Mapping[str, str]


def body(schema: str) -> dict[str, Any]:
    """Return the request's body, valid by a named schema of the admin API's description; ApiError 400, 413 or 422."""
    part: Part | None = g.get("part")
    document = None if part is None else part.body
    if document is None:
        data = b"" if part is not None else request.get_data(cache=False)
        # The application lets through one byte more, at most.
        if len(data) > max_body():
            raise too_large()
        document = validation.parse(data)
    validation.check(schema, document)
    g.body = document
    return document


def expected_revision() -> int:
    """Return the revision in `If-Match`; ApiError 428 if it is missing, 400 if malformed."""
    text = _condition("If-Match")
    if text is None:
        raise ApiError(428, Problem("precondition_required", 'a write needs If-Match: "REVISION"', "If-Match"))
    revision, g.known_mark = _revision(text)
    return revision


def creates() -> bool:
    """Return True for `If-None-Match: *`, a write of a new resource; ApiError 400 for another value."""
    text = _condition("If-None-Match")
    if text is not None and text.strip() != "*":
        raise invalid_parameter("If-None-Match of a write is always *", "If-None-Match")
    return text is not None


def resource(
    where: Connection | AdminWrite, address: str, document: Mapping[str, Any], *, status: int = 200
) -> Response:
    """Return a response with a settings resource of a transaction or write; its `ETag` is revision and mark."""
    revision = document["revision"]
    if isinstance(where, writes.AdminWrite):
        mark = where.mark_of(address, revision)
    else:
        mark = moments.mark_of(where, address, revision)
    return answer(document, status=status, headers={"ETag": f'"{revision}-{mark}"'})


def show(address: str) -> Response:
    """Answer a GET of settings; ApiError 404 for unknown ones."""
    with reading() as connection:
        stored = store.load(connection, address)
        if stored is None:
            raise not_found()
        return resource(connection, address, kinds.kind_of(address).shown(stored))


def change(address: str) -> Response:
    """Answer a PATCH of settings; errors as the admin API describes."""
    expected = expected_revision()
    kind = kinds.kind_of(address)
    values = body(kind.schema)

    def do(write: AdminWrite) -> Response:
        after = kind.change(write, address, values, expected)
        return resource(write, address, {**kind.shown(after), "also": {}})

    return write(do)


def write(do: Callable[[AdminWrite], Response], *, takes_step: bool = True) -> Response:
    """Make a write in the caller's name and answer it: every write of the admin API comes through here.

    One transaction: check the lease, answer a repeated step with its kept answer, check the basis of any other write,
    make it, and keep the answer of a step. `do` makes changes and answer, at most once, after reading the request's
    body. Raises ApiError as the admin API describes.
    """
    part: Part | None = g.get("part")
    if part is not None:
        with part.together.step() as made:
            response = do(made)
        g.effect = made.effect()
        return response
    claim = leases.claim(request.headers.get(leases.HEADER))
    step = steps.step(request.headers.get(steps.HEADER), request_digest)
    if step is not None and not takes_step:
        raise invalid_parameter("this write cannot be a step of an apply", steps.HEADER)
    if step is not None and claim is None:
        raise leases.needed(f"a step needs the lease under which it is done: {leases.HEADER}: NAME/FENCE")
    known = moments.parse(request.headers.get(moments.HEADER))
    decided_on = basis.parse(request.headers.get(basis.HEADER))

    def checked(made: AdminWrite) -> Response:
        if known is not None:
            moments.require(made.connection, known)
        basis.require(made.connection, decided_on)
        return do(made)

    try:
        with writes.admin_write(running().engine, caller(), now(), claim) as made:
            made.outward = _outward(made, step)
            made.known_mark = g.get("known_mark")
            response = checked(made) if step is None else _once(made, step, checked)
    except ApiError as problem:
        if (upstream := running().upstream) is None:
            raise
        return _for_a_person(problem, upstream, claim, step)
    g.moment = made.moment
    return response


def _outward(made: AdminWrite, step: steps.Step | None) -> writing.AtVendor | None:
    upstream = running().upstream
    if upstream is None:
        return None
    from workspace.upstream import writing

    named: Mapping[str, Any] = g.get("body") or {}
    # Whoever sets a homepage live names no value.
    query = frozenset(_CALLED.get(name, name) for name in named) or frozenset({"live"})
    return writing.AtVendor(upstream, made.connection, made.at, query, None if step is None else step.receipt)


_CALLED = {"sections": "draft"}
"""Names of values in a resource that differ from those in the body of a write."""


def _for_a_person(
    problem: ApiError, upstream: Upstream, claim: leases.Claim | None, step: steps.Step | None
) -> Response:
    """Answer a write that only a person can make, for which a task was opened; raise any other problem."""
    from workspace.upstream import tasks, writing

    if not isinstance(problem, writing.NeedsPerson):
        raise problem
    mine = None if step is None else (step.receipt, step.name)
    with writes.admin_write(running().engine, caller(), now(), claim) as made:
        task = tasks.open_task(made, upstream, problem.change, problem.fields, mine)
    g.moment = made.moment
    return answer(task.document(), status=202)


@contextmanager
def taking_turns() -> Iterator[Connection]:
    """Open a transaction that writes beside the settings, and leaves the workspace's revision alone."""
    known = moments.parse(request.headers.get(moments.HEADER))
    with db.writing(running().engine) as connection:
        g.moment = moments.current(connection) if known is None else moments.require(connection, known)
        yield connection


def request_digest() -> str:
    """Return the digest of this request, without its headers."""
    return steps.digest(request.method, request.path, g.get("body"))


def _once(write: AdminWrite, step: steps.Step, do: Callable[[AdminWrite], Response]) -> Response:
    kept = steps.kept(write, step)
    if kept is not None:
        response = Response(kept.body or None, status=kept.status, mimetype="application/json")
        response.headers.extend({"ETag": kept.etag} if kept.etag is not None else {})
        return response
    response = do(write)
    answered = steps.Answer(response.status_code, response.get_data(as_text=True), response.headers.get("ETag"))
    steps.keep(write, step, answered)
    return response


def _condition(name: str) -> str | None:
    part: Part | None = g.get("part")
    return request.headers.get(name) if part is None else part.headers.get(name)


def _revision(text: str) -> tuple[int, str | None]:
    match = re.fullmatch(r'\s*"([0-9]{1,18})(?:-([0-9a-z]{1,40}))?"\s*', text, re.ASCII)
    if match is None:
        raise invalid_parameter('If-Match is one revision in quotes: "3"', "If-Match")
    return int(match[1]), match[2]
