"""Access checks of one person under the settings in force, one statement each and without the framework.

Only the plain case is answered here, as the application does; it is asked for anything else, an error too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import true
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from workspace.access.check import CheckAtOnce
from workspace.access.in_force import MOMENT
from workspace.core.days import day_of
from workspace.identity import tokens
from workspace.web.callers import REASON, SIGNED_IN
from workspace.web.http import CALLER, PREFIX, ROUTE, written
from workspace.writes import moments

if TYPE_CHECKING:
    from datetime import date, datetime
    from wsgiref.types import WSGIEnvironment

    from workspace.access.in_force import InForce
    from workspace.database.prepared import Pinned
    from workspace.web.app_config import Settings

_BEFORE, _AFTER = f"{PREFIX}/help_centers/", "/access/check"
_ROUTE = f"{_BEFORE}<help_center>{_AFTER}"
# One reference without escapes, of no more bytes than it may have characters: JSON and its schema surely let it pass.
_SINGLE = re.compile(rb'\s*\{\s*"people"\s*:\s*\[\s*"([^"\\\x00-\x1f]{1,1000})"\s*\]\s*\}\s*', re.ASCII)
_OTHERWISE = frozenset({SIGNED_IN, *(f"HTTP_{name.upper().replace('-', '_')}" for name in (REASON, moments.HEADER))})
"""What makes another question of it."""
_MOMENT, _HOLDER = MOMENT.subquery("moment"), tokens.HOLDER.subquery("holder")
_BESIDE = _MOMENT.outerjoin(_HOLDER, true())
_OF_MOMENT = len(_MOMENT.c)
_FACTS = (*(column.label(f"moment_{column.key}") for column in _MOMENT.c), *_HOLDER.c)


class Checks:
    """Answers access checks of one workspace."""

    def __init__(self, settings: Settings, pinned: Pinned) -> None:
        self._settings, self._pinned = settings, pinned
        self._compiled: dict[str, tuple[InForce, date, CheckAtOnce]] = {}

    def answer(
        self, environ: WSGIEnvironment, body: bytes, now: datetime, *, waits: bool = True
    ) -> tuple[bytes, int] | None:
        """Answer a request, with the moment until which it may be kept; None if the application has to.

        Unless it `waits`, no connection is opened and no statement made for it.
        """
        path: str = environ["PATH_INFO"]
        known = self._settings.kept.known(path[len(_BEFORE) : -len(_AFTER)])
        if known is None or environ["REQUEST_METHOD"] != "POST" or not path.startswith(_BEFORE):
            return None
        token, match = _token(environ), _SINGLE.fullmatch(body)
        if token is None or match is None or not _OTHERWISE.isdisjoint(environ):
            return None
        try:
            return self._answer(environ, known, token, match[1].decode(), now, waits=waits)
        except (DBAPIError, PoolTimeout, ValueError):
            # The application asks again, and tells how it fails.
            return None

    def _answer(
        self,
        environ: WSGIEnvironment,
        known: tuple[tuple[Any, ...], InForce],
        token: str,
        ref: str,
        now: datetime,
        *,
        waits: bool,
    ) -> tuple[bytes, int] | None:
        (*moment, day), in_force = known
        today, seconds = day_of(now), int(now.timestamp())
        hashed = tokens.digest(token)
        check = self._of(in_force, today, make=waits)
        if check is None:
            return None
        with self._pinned.connection(opened=not waits) as bare:
            rows = check.rows(bare, ref, hash=hashed, now=seconds)
        if day != today or not rows or list(rows[0][:_OF_MOMENT]) != moment:
            # Other settings than those of the statement are in force.
            return None
        holder = tokens.holder_in(rows[0], hashed)
        if holder is None or not holder.is_noted(seconds):
            return None
        environ[ROUTE], environ[CALLER] = _ROUTE, holder.name
        checked = check.checked(rows, ref, card_shown=in_force.card_shown)
        return written({"results": [checked.document()]}).encode(), holder.known_until(seconds)

    def _of(self, in_force: InForce, today: date, *, make: bool) -> CheckAtOnce | None:
        identifier = in_force.observed.identifier
        compiled = self._compiled.get(identifier)
        if compiled is None or compiled[0] is not in_force or compiled[1] != today:
            if not make:
                return None
            compiled = in_force, today, CheckAtOnce(in_force.view, today, _BESIDE, _FACTS, "hash", "now")
            self._compiled[identifier] = compiled
        return compiled[2]


def _token(environ: WSGIEnvironment) -> str | None:
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token if scheme.lower() == "bearer" and token else None
