"""What the modules of the admin API share: the request's parts, checked; and the answer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, current_app, g, request

from workspace import configuration, db, kinds, store, validation, writes
from workspace.errors import ApiError, Problem, invalid_parameter, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import date

    from sqlalchemy import Connection

    from workspace.activity import Caller
    from workspace.settings import Settings
    from workspace.writes import AdminWrite

PREFIX = "/portal_admin/v1"
EXTENSION = "workspace"
MAX_BODY = 1024 * 1024
"""How many bytes a request body may have."""
TOO_LARGE = Problem("payload_too_large", f"the body is larger than {MAX_BODY} bytes")
READ_METHODS = frozenset({"GET", "HEAD"})

_ONLY_READS = "_only_reads"
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


def needs_write() -> bool:
    """Return whether this request needs the scope `write`."""
    view = current_app.view_functions[request.endpoint or ""]
    return request.method not in READ_METHODS and not getattr(view, _ONLY_READS, False)


def reading() -> AbstractContextManager[Connection]:
    """Open a transaction that sees one moment."""
    return db.reading(running().engine)


def writing() -> AbstractContextManager[AdminWrite]:
    """Begin an admin write in the caller's name."""
    return writes.admin_write(running().engine, caller(), now())


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
    if len(data) > MAX_BODY:
        raise ApiError(413, TOO_LARGE)
    document = validation.parse(data)
    validation.check(schema, document)
    return document


def query(known: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """Return the query parameters that were given, read.

    Args:
        known: How each parameter there is reads its text; a ValueError says that it cannot.

    Raises:
        ApiError: 400 for one that is unknown, given twice, or unreadable.
    """
    found: dict[str, Any] = {}
    for name, texts in request.args.lists():
        if name not in known:
            raise invalid_parameter(f"there is no parameter {name!r} here", name)
        if len(texts) > 1:
            raise invalid_parameter("is given more than once", name)
        try:
            found[name] = known[name](texts[0])
        except ValueError as problem:
            raise invalid_parameter(str(problem), name) from problem
    return found


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
    text = None if document is None else json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, status=status, mimetype="application/json")
    response.headers.extend(dict(headers or {}))
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
    with writing() as write:
        before = write.load(address, expected)
        document = kinds.combine(write.connection, kind, before.document, values)
        after = write.replace(before, document, described(title, before.document, document))
    return resource({**configuration.state(after), "also": {}})


def described(title: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return what a change of some fields is called in an activity entry."""
    fields = [name for name in after if not store.same(before.get(name), after[name])]
    return f"Changed {title}: {', '.join(fields)}"


def _revision(text: str) -> int:
    found = re.fullmatch(r'\s*"([0-9]{1,18})"\s*', text, re.ASCII)
    if found is None:
        raise invalid_parameter('If-Match is one revision in quotes: "3"', "If-Match")
    return int(found[1])
