"""Shared parts of the settings pages: sending a form to the API, and showing problems beside the typed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

from workspace.core.errors import ApiError
from workspace.core.texts import _
from workspace.web.console import api
from workspace.web.console.api import Refusal
from workspace.web.console.shell import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workspace.core.errors import Problem

_PRECONDITION = 412
_SHOWN = frozenset({400, 409, 422, 423})


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a form: the API's answer, the problems, or the conflict with changes since the page was loaded."""

    done: bool
    document: Any = None
    problems: Sequence[Problem] = ()
    conflict: Mapping[str, Any] | None = None

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows it."""
        if self.conflict is not None:
            return _PRECONDITION
        return 422 if self.problems else 200

    def notice(self, done: str) -> Notice | None:
        """Return the message above the page, None for an empty one; a conflict has a place of its own."""
        if self.problems:
            return Notice(_("This was not saved."), "bad", self.problems)
        return Notice(done) if self.done and done else None

    def shown(self, done: str) -> dict[str, Any]:
        """Return the values that every settings page shows of it; the typed reason comes back until it is saved."""
        reason = "" if self.done else request.form.get("reason", "")
        return {"status": self.status, "notice": self.notice(done), "conflict": self.conflict, "reason": reason}


NOTHING = Outcome(done=False)
"""The outcome of a page without a form."""


def send(method: str, path: str, body: Mapping[str, Any] | None = None, *, creates: bool = False) -> Outcome:
    """Send a form with its revision and its reason; ApiError for a problem that no form can mend."""
    revision = None if creates else request.form.get("revision")
    return attempt(method, path, body, revision=revision, creates=creates)


def attempt(
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    revision: str | int | None = None,
    creates: bool = False,
) -> Outcome:
    """Send a request in the name of a form; ApiError for a problem that no form can mend."""
    reason = request.form.get("reason", "").strip()
    try:
        document = api.send(method, path, body, revision=revision, creates=creates, reason=reason)
    except Refusal as refusal:
        if refusal.status == _PRECONDITION and refusal.problems[0].data:
            return Outcome(done=False, conflict={"expected": revision, **refusal.problems[0].data})
        if refusal.status in _SHOWN:
            return Outcome(done=False, problems=refusal.problems)
        raise ApiError(refusal.status, refusal.problems) from refusal
    return Outcome(done=True, document=document)


def checked(name: str) -> bool:
    """Return True if a box of the form is ticked."""
    return request.form.get(name) == "yes"
