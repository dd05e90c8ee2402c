"""The versions of the vendor's API that a request may name, and what of them an answer must know."""

from __future__ import annotations

from flask import g, request

from workspace.core.errors import ApiError, Problem

NEWEST = "2.16"
_SPOKEN = {f"2.{minor}": minor for minor in range(9, 17)}
_STATES_ARE_OBJECTS = 12
"""Before this minor version a ticket's state was a word, with its labels beside it, and there was no list of states."""


def begin() -> None:
    """Take the version that the present request names; the newest where it names none.

    Raises:
        ApiError: 400 where the workspace does not speak it.
    """
    named = request.headers.get("Intercom-Version", NEWEST)
    if named not in _SPOKEN:
        message = (
            "Requested resource is not available in current API version. "
            f"This workspace speaks {min(_SPOKEN, key=_SPOKEN.__getitem__)} to {NEWEST}."
        )
        raise ApiError(400, Problem("intercom_version_invalid", message))
    g.intercom_version = named


def current() -> str:
    """Return the version that the present request is answered as."""
    return str(g.get("intercom_version", NEWEST))


def states_are_objects() -> bool:
    """Return whether a ticket's state is an object in the present request's version."""
    return _SPOKEN[current()] >= _STATES_ARE_OBJECTS
