"""What the modules of the admin API share: the request's parts, checked; and the answer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, current_app, g, request

from workspace.core import validation
from workspace.core.errors import ApiError, Problem, invalid_parameter, not_found
from workspace.database import engine as db
from workspace.database import store
from workspace.settings import kinds
from workspace.settings import observed as configuration
from workspace.writes import admin_write as writes
from workspace.writes import leases
from workspace.writes import steps as journal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from contextlib import AbstractContextManager
    from datetime import date

    from sqlalchemy import Connection

    from workspace.access.in_force import InForce
    from workspace.database.prepared import Bare
    from workspace.web.app_config import Settings
    from workspace.writes.admin_write import AdminWrite
    from workspace.writes.audit_log import Caller

PREFIX = "/portal_admin/v1"
EXTENSION = "workspace"
MAX_BODY = 1024 * 1024
"""How many bytes a request body may have, where nothing else is said."""
READ_METHODS = frozenset({"GET", "HEAD"})

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ONLY_READS = "_only_reads"
_MAX_BODY = "_max_body"
_View = TypeVar("_View", bound="Callable[..., Response]")


def running() -> Settings:
    """Return the settings of the application that handles this request."""
    settings: Settings = current_app.extensions[EXTENSION]
    return settings


def caller() -> Caller:
    """Return who makes this request."""
    found: Caller = g.caller
    return found


def only_reads(view: _View) -> _View:
    """Mark a view that changes nothing although its method is POST: the scope `read` is enough for it."""
    setattr(view, _ONLY_READS, True)
    return view


def takes(size: int) -> Callable[[_View], _View]:
    """Mark a view whose request body may have more bytes than usual."""

    def mark(view: _View) -> _View:
        setattr(view, _MAX_BODY, size)
        return view

    return mark


def max_body() -> int:
    """Return how many bytes the body of this request may have."""
    view = current_app.view_functions.get(request.endpoint or "")
    found: int = getattr(view, _MAX_BODY, MAX_BODY)
    return found


def too_large() -> ApiError:
    """Return the answer for a body that has more."""
    return ApiError(413, Problem("payload_too_large", f"the body is larger than {max_body()} bytes"))


def needs_write() -> bool:
    """Return whether this request needs the scope `write`."""
    view = current_app.view_functions[request.endpoint or ""]
    return request.method not in READ_METHODS and not getattr(view, _ONLY_READS, False)


def reading() -> AbstractContextManager[Connection]:
    """Open a transaction that sees one moment."""
    return db.reading(running().engine)


def in_force(connection: Connection | Bare, help_center: str) -> InForce | None:
    """Return what is in force for a Help Center, or None where there is none of that identifier.

    Args:
        connection: A transaction that has changed no settings.
        help_center: Its identifier.
    """
    return running().kept.of(connection, help_center, today())


def now() -> int:
    """Return the current moment in seconds since 1970."""
    return int(running().clock().timestamp())


def today() -> date:
    """Return the current day in UTC."""
    return running().clock().date()


def body(schema: str) -> dict[str, Any]:
    """Return the request's body, of the form that the admin API's description gives.

    Args:
        schema: The name of the schema there.

    Raises:
        ApiError: 400, 413 or 422.
    """
    data = request.get_data(cache=False)
    # The application lets through one byte more, at most.
    if len(data) > max_body():
        raise too_large()
    document = validation.parse(data)
    validation.check(schema, document)
    g.body = document
    return document


def query(known: Mapping[str, Callable[[str], Any]], several: Collection[str] = ()) -> dict[str, Any]:
    """Return the query parameters that were given, read.

    Args:
        known: How each parameter there is reads its text; a ValueError says that it cannot.
        several: Those that may be given more than once; what is returned of them is a list.

    Raises:
        ApiError: 400 for one that is unknown, given twice, or unreadable.
    """
    found: dict[str, Any] = {}
    for name, texts in request.args.lists():
        if name not in known:
            raise invalid_parameter(f"there is no parameter {name!r} here", name)
        if len(texts) > 1 and name not in several:
            raise invalid_parameter("is given more than once", name)
        try:
            values = [known[name](text) for text in texts]
        except ValueError as problem:
            raise invalid_parameter(str(problem), name) from problem
        found[name] = values if name in several else values[0]
    return found


def whole_number(text: str, least: int, most: int) -> int:
    """Return the number that a query parameter is; a ValueError says that it is none, or out of bounds."""
    # int() would also read other digits, signs, blanks and underscores.
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise ValueError(f"is a whole number from {least} to {most}")
    return int(text)


def expected_revision() -> int:
    """Return the revision that `If-Match` names.

    Raises:
        ApiError: 428 where there is none, 400 where it is no revision.
    """
    text = request.headers.get("If-Match")
    if text is None:
        raise ApiError(428, Problem("precondition_required", 'a write needs If-Match: "REVISION"', "If-Match"))
    return _revision(text)


def creates() -> bool:
    """Return whether the request says `If-None-Match: *`: there must be nothing of that name yet.

    Raises:
        ApiError: 400 where the header has another value.
    """
    text = request.headers.get("If-None-Match")
    if text is not None and text.strip() != "*":
        raise invalid_parameter("If-None-Match of a write is always *", "If-None-Match")
    return text is not None


def answer(
    document: Mapping[str, Any] | None, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response with a JSON body, or without a body."""
    response = Response(None if document is None else _written(document), status=status, mimetype="application/json")
    if headers:
        response.headers.extend(dict(headers))
    return response


def resource(document: Mapping[str, Any], *, status: int = 200) -> Response:
    """Return a response with a settings resource, whose revision is its `ETag`."""
    return answer(document, status=status, headers={"ETag": f'"{document["revision"]}"'})


def show(address: str) -> Response:
    """Answer a GET of a resource that is a revision and values.

    Raises:
        ApiError: 404.
    """
    with reading() as connection:
        stored = store.load(connection, address)
    if stored is None:
        raise not_found()
    return resource(configuration.state(stored))


def change(address: str, title: str) -> Response:
    """Answer a PATCH of a resource that is a revision and values.

    Args:
        address: The resource.
        title: What the resource is called in activity entries.

    Raises:
        ApiError: As the admin API describes.
    """
    expected = expected_revision()
    kind = kinds.kind_of(address)
    values = body(kinds.SCHEMAS[kind])

    def do(write: AdminWrite) -> Response:
        before = write.load(address, expected)
        document = kinds.combine(write.connection, kind, before.document, values)
        after = write.replace(before, document, described(title, before.document, document))
        return resource({**configuration.state(after), "also": {}})

    return write(do)


def write(do: Callable[[AdminWrite], Response], *, takes_step: bool = True) -> Response:
    """Do a write in the caller's name and answer it: every write of the admin API comes through here.

    One transaction: its lease is checked, a step that was done before is answered as it was then, any other
    write is done and, where it is a step, kept with its answer.

    Args:
        do: Makes the changes and the answer; called at most once, after the request's body was read.
        takes_step: Whether the write may be a step of an apply.

    Raises:
        ApiError: As the admin API describes.
    """
    claim = leases.claim(request.headers.get(leases.HEADER))
    step = journal.step(request.headers.get(journal.HEADER), request_digest)
    if step is not None and not takes_step:
        raise invalid_parameter("this write cannot be a step of an apply", journal.HEADER)
    if step is not None and claim is None:
        raise leases.needed(f"a step needs the lease under which it is done: {leases.HEADER}: NAME/FENCE")
    with writes.admin_write(running().engine, caller(), now(), claim) as made:
        return do(made) if step is None else _once(made, step, do)


def request_digest() -> str:
    """Return what tells this request from another one, its headers apart."""
    return journal.digest(request.method, request.path, g.get("body"))


def described(title: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return what a change of some fields is called in an activity entry."""
    fields = [name for name in after if not store.same(before.get(name), after[name])]
    return f"Changed {title}: {', '.join(fields)}"


def _once(write: AdminWrite, step: journal.Step, do: Callable[[AdminWrite], Response]) -> Response:
    kept = journal.kept(write, step)
    if kept is not None:
        response = Response(kept.body or None, status=kept.status, mimetype="application/json")
        response.headers.extend({"ETag": kept.etag} if kept.etag is not None else {})
        return response
    response = do(write)
    answered = journal.Answer(response.status_code, response.get_data(as_text=True), response.headers.get("ETag"))
    journal.keep(write, step, answered)
    return response


def _revision(text: str) -> int:
    found = re.fullmatch(r'\s*"([0-9]{1,18})"\s*', text, re.ASCII)
    if found is None:
        raise invalid_parameter('If-Match is one revision in quotes: "3"', "If-Match")
    return int(found[1])
