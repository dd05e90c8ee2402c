"""A workspace whose settings and people are a vendor's: from an account to a database that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace.core.errors import ApiError, WorkspaceError
from workspace.database import engine as db
from workspace.serve import startup
from workspace.upstream import account as whose
from workspace.upstream import observing
from workspace.upstream.intercom import reads
from workspace.upstream.intercom.api import Account, Api
from workspace.upstream.intercom.workspace import Intercom

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

LOOK_AGAIN = 2.0
"""The seconds for which an observation of the vendor is good enough: opening and planning need one together."""


def account(region: str | None, token: str, url: str | None) -> Account:
    """Return an account, and find its region if not given; WorkspaceError if no region takes the token."""
    if region is None:
        try:
            region = reads.find_region(lambda place: Api(Account(place, token, url)))
        except ApiError as problem:
            (first, *_) = problem.problems
            raise WorkspaceError(first.message, str((first.data or {}).get("remedy", ""))) from problem
    return Account(region, token, url)


def connect(account: Account) -> Intercom:
    """Return the vendor's workspace behind an account; nothing is requested yet."""
    return Intercom(Api(account))


def open_database(target: str | Path, upstream: Intercom) -> Engine:
    """Open a vendor's workspace, begun in an empty database; WorkspaceError if unusable, another's, or not observed."""
    engine = startup.open_database(target)
    try:
        observing.look_at_first(engine, upstream)
    except BaseException:
        engine.dispose()
        raise
    return engine


def check(engine: Engine, upstream: Intercom, say: Callable[[str], None]) -> None:
    """Observe the vendor, and report a failure; WorkspaceError for a token of another workspace."""
    try:
        observing.look(engine, upstream)
    except ApiError as problem:
        (first, *_) = problem.problems
        say(f"portal serve: warning: {first.message}; what was known before is served")


def require_none(engine: Engine) -> None:
    """Refuse a database with an upstream, whose settings would change here and nowhere else, with WorkspaceError."""
    with db.reading(engine) as connection:
        vendor = whose.vendor(connection)
    if vendor is not None:
        raise WorkspaceError(
            f"the database holds what is known of a workspace of {vendor.capitalize()}",
            f"Serve it with --upstream {vendor}, or another database without.",
        )
