"""The request in hand: the application's settings, its caller, its moment."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import current_app, g, request

from workspace.core.days import day_of
from workspace.database import engine as db
from workspace.writes import moments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import Connection

    from workspace.access.in_force import InForce
    from workspace.database.prepared import Bare
    from workspace.web.app_config import Settings
    from workspace.writes.audit_log import Caller

EXTENSION = "workspace"


def running() -> Settings:
    """Return the settings of the application that handles this request."""
    settings: Settings = current_app.extensions[EXTENSION]
    return settings


def caller() -> Caller:
    """Return the request's caller."""
    by: Caller = g.caller
    return by


@contextmanager
def reading() -> Iterator[Connection]:
    """Open a transaction on one moment, not older than the caller's; ApiError 412 for a moment of another history."""
    known = moments.parse(request.headers.get(moments.HEADER))
    with db.reading(running().engine) as connection:
        if known is not None:
            g.moment = moments.require(connection, known)
        yield connection


def in_force(connection: Connection | Bare, help_center: str) -> InForce | None:
    """Return the settings in force for a Help Center, None for an unknown one; the transaction has changed none."""
    return running().kept.of(connection, help_center, today())


def now() -> int:
    """Return the current moment in seconds since 1970."""
    return int(running().clock().timestamp())


def present() -> datetime:
    """Return the current moment, in the timezone by which rules that speak of days go."""
    moment = running().clock()
    return moment.astimezone(g.zone) if "zone" in g else moment


def today() -> date:
    """Return the current day: in UTC, or in the timezone of the vendor behind the workspace."""
    return day_of(present())


def go_by_zone() -> None:
    """Set this request's timezone to the upstream's, if there is one."""
    if running().upstream is not None:
        from workspace.upstream import account

        with db.reading(running().engine) as connection:
            g.zone = account.zone(connection)
