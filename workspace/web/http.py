"""Parts of a request and of an answer that every API shares."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from flask import Response, current_app, request

from workspace.core.errors import ApiError, Problem, invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from flask import Flask

PREFIX = "/portal_admin/v1"
"""The prefix of the admin API's paths."""
MAX_BODY = 1024 * 1024
"""The most bytes of a request body, by default."""
ROUTE = "workspace.route"
"""The key in the WSGI environment of the pattern of the request's path, for the access log."""
CALLER = "workspace.caller"
"""The key in it of the name of the request's token."""
ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
"""Headers of every answer; pages say afterwards what is different in theirs."""
READ_METHODS = frozenset({"GET", "HEAD"})

written = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
"""Return a document as the JSON of an answer."""
_RANDOM = ~(0xF000 << 64 | 0xC000 << 48)
_VERSION = 0x4000 << 64 | 0x8000 << 48
_ONLY_READS = "_only_reads"
_MAX_BODY = "_max_body"
_View = TypeVar("_View", bound="Callable[..., Response]")


def new_request_id() -> str:
    """Return a random UUID (version 4), in a fifth of the library's time: nobody needs to be kept from guessing it."""
    text = f"{random.getrandbits(128) & _RANDOM | _VERSION:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


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
    """Return the most bytes of this request's body."""
    view = current_app.view_functions.get(request.endpoint or "")
    limit: int = getattr(view, _MAX_BODY, MAX_BODY)
    return limit


def longest_body(app: Flask) -> int:
    """Return the bytes of the longest body that an application takes."""
    return max(MAX_BODY, *(getattr(view, _MAX_BODY, 0) for view in app.view_functions.values()))


def writes(app: Flask) -> Callable[[str, str], bool]:
    """Return a test of method and path for writes, without routing: the path's last part tells reads apart."""
    endings = {
        rule.rule.rpartition("/")[2]
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], _ONLY_READS, False)
    }
    return lambda method, path: method not in READ_METHODS and path.rpartition("/")[2] not in endings


def too_large() -> ApiError:
    """Return the answer for a body that has more."""
    return ApiError(413, Problem("payload_too_large", f"the body is larger than {max_body()} bytes"))


def needs_write() -> bool:
    """Return True if this request needs the scope `write`."""
    return changes(request.method, request.endpoint or "")


def changes(method: str, endpoint: str) -> bool:
    """Return True if a request of this method may change something at an endpoint of this application."""
    return method not in READ_METHODS and not getattr(current_app.view_functions[endpoint], _ONLY_READS, False)


def query(known: Mapping[str, Callable[[str], Any]], several: Collection[str] = ()) -> dict[str, Any]:
    """Parse query parameters by their parsers, `several` as lists; ApiError 400 if unknown, repeated or unreadable."""
    entry: dict[str, Any] = {}
    for name, texts in request.args.lists():
        if name not in known:
            raise invalid_parameter(f"there is no parameter {name!r} here", name)
        if len(texts) > 1 and name not in several:
            raise invalid_parameter("is given more than once", name)
        try:
            values = [known[name](text) for text in texts]
        except ValueError as problem:
            raise invalid_parameter(str(problem), name) from problem
        entry[name] = values if name in several else values[0]
    return entry


def whole_number(text: str, least: int, most: int) -> int:
    """Parse the whole number of a query parameter; ValueError if it is none or out of bounds."""
    # int() would also read other digits, signs, blanks and underscores.
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise ValueError(f"is a whole number from {least} to {most}")
    return int(text)


def local_address(address: str) -> str:
    """Return an absolute address without its scheme and host."""
    parts = urlsplit(address)
    # Two slashes at the front would name a host.
    path = f"/{parts.path.lstrip('/')}"
    return f"{path}?{parts.query}" if parts.query else path


def answer(
    document: Mapping[str, Any] | None, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response with a JSON body, or without a body."""
    response = Response(None if document is None else written(document), status=status, mimetype="application/json")
    if headers:
        response.headers.extend(dict(headers))
    return response
