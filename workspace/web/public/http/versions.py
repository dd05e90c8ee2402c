"""The versions of the vendor's API on offer, and their differences in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app, g, request

from workspace.core.errors import ApiError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

NEWEST = "2.16"
NEWER = ("2.18", "Preview")
"""The versions that have what none of the others has; of these nothing else is spoken here."""
_SPOKEN = {f"2.{minor}": minor for minor in range(9, 17)}
_STATES_ARE_OBJECTS = 12
"""Before this minor version a ticket's state was a word, with its labels beside it, and there was no list of states."""


_NEWER = "_newer"
_View = TypeVar("_View", bound="Callable[..., Any]")


def newer(view: _View) -> _View:
    """Mark a view that only newer versions have."""
    setattr(view, _NEWER, True)
    return view


def begin() -> None:
    """Take the version that the request names, or the newest; ApiError 400 for an unknown one."""
    named = request.headers.get("Intercom-Version", NEWEST)
    spoken: dict[str, str] = {text.lower(): text for text in _spoken()}
    if named.lower() not in spoken:
        message = f"Requested resource is not available in current API version. This workspace speaks {_versions()}."
        raise ApiError(400, Problem("intercom_version_invalid", message))
    g.intercom_version = spoken[named.lower()]


def _is_newer() -> bool:
    return bool(getattr(current_app.view_functions.get(request.endpoint or ""), _NEWER, False))


def _spoken() -> tuple[str, ...]:
    return NEWER if _is_newer() else tuple(_SPOKEN)


def _versions() -> str:
    return f"{' and '.join(NEWER)} here" if _is_newer() else f"{min(_SPOKEN, key=_SPOKEN.__getitem__)} to {NEWEST}"


def current() -> str:
    """Return the version that the present request is answered as."""
    return str(g.get("intercom_version", NEWEST))


def states_are_objects() -> bool:
    """Return True if a ticket's state is an object in the request's version."""
    return _SPOKEN.get(current(), _STATES_ARE_OBJECTS) >= _STATES_ARE_OBJECTS
