"""The request in hand: the application's settings, its caller, its moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, g

from workspace.database import engine as db

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import date

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
    """Return who makes this request."""
    found: Caller = g.caller
    return found


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
