"""Request bodies of the public API: fields and their values. A field that is not kept here counts as unknown."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from flask import request

from workspace.core import validation
from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.web.http import MAX_BODY, too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Check = Callable[[str, object], None]

LARGEST = 2**53
MAX_ID = 255
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def body(known: Mapping[str, Check], *, required: Iterable[str] = ()) -> dict[str, Any]:
    """Return the request's body, by a check for each field; ApiError 400 or 413 for an invalid one."""
    data = request.get_data(cache=False)
    if len(data) > MAX_BODY:
        raise too_large()
    document = validation.parse(data or b"{}")
    check(document, known, required=required)
    return document


def check(document: object, known: Mapping[str, Check], *, required: Iterable[str] = (), place: str = "") -> None:
    """Refuse an invalid object at a place in the body, by a check for each field, with ApiError 400."""
    if not isinstance(document, dict):
        raise invalid_parameter("must be an object", place)
    for name in required:
        if name not in document:
            raise ApiError(400, Problem("parameter_missing", f"{name} is missing", _inside(place, name)))
    for name, value in document.items():
        if name not in known:
            raise invalid_parameter(f"there is no field {name!r} here", _inside(place, name))
        known[name](_inside(place, name), value)


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def text(place: str, value: object) -> None:
    """Let a text pass."""
    if not isinstance(value, str):
        raise invalid_parameter("must be a string", place)


def identifier(place: str, value: object) -> None:
    """Let an id pass: text that is not empty and not longer than ids are."""
    text(place, value)
    if not 0 < len(str(value)) <= MAX_ID:
        raise invalid_parameter(f"must be a string of 1 to {MAX_ID} characters", place)


def email(place: str, value: object) -> None:
    """Let an email address pass."""
    if not isinstance(value, str) or not _EMAIL.fullmatch(value):
        raise invalid_parameter("must be an email address", place)


def whole(place: str, value: object) -> None:
    """Let a whole number pass."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
        raise invalid_parameter("must be an integer", place)


def moment(place: str, value: object) -> None:
    """Let a moment pass: whole seconds since 1970."""
    whole(place, value)
    if not isinstance(value, int) or not 0 <= value < _END_OF_TIME:
        raise invalid_parameter("must be a UNIX timestamp in seconds", place)


_END_OF_TIME = 253_402_300_800  # the year 10000, which no date reaches


def number(place: str, value: object) -> None:
    """Let a number pass that databases can keep."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or abs(value) > sys.float_info.max:
        raise invalid_parameter("must be a number", place)


def boolean(place: str, value: object) -> None:
    """Let true and false pass."""
    if not isinstance(value, bool):
        raise invalid_parameter("must be a boolean", place)


def truth(text: str) -> bool:
    """Parse a query parameter that is true or false; ValueError otherwise."""
    if text not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text == "true"


def mapping(place: str, value: object) -> None:
    """Let an object pass, whatever is in it."""
    if not isinstance(value, dict):
        raise invalid_parameter("must be an object", place)


def nullable(inner: Check) -> Check:
    """Return a check that lets null pass too."""

    def passes(place: str, value: object) -> None:
        if value is not None:
            inner(place, value)

    return passes


def one_of(*choices: str) -> Check:
    """Return a check that admits only these texts."""

    def passes(place: str, value: object) -> None:
        if value not in choices:
            raise invalid_parameter(f"must be one of {', '.join(choices)}", place)

    return passes


def many(inner: Check, most: int) -> Check:
    """Return a check of lists, of so many members at most."""

    def passes(place: str, value: object) -> None:
        if not isinstance(value, list) or len(value) > most:
            raise invalid_parameter(f"must be a list of at most {most}", place)
        for index, item in enumerate(value):
            inner(f"{place}[{index}]", item)

    return passes


def shaped(known: Mapping[str, Check], *required: str) -> Check:
    """Return a check of objects with certain fields."""

    def passes(place: str, value: object) -> None:
        check(value, known, required=required, place=place)

    return passes
