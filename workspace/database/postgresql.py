"""Settings of a connection to PostgreSQL: compilation, caching, and timeouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

_IDLE_SECONDS = 60.0
_STATEMENT_SECONDS = 30.0


def timeouts(lock: float, *, answers: bool) -> Mapping[str, float]:
    """Return a connection's timeouts in seconds, short if requests wait for it; a hanging process loses its lock."""
    statement = {"statement_timeout": _STATEMENT_SECONDS} if answers else {}
    return {"lock_timeout": lock, "idle_in_transaction_session_timeout": _IDLE_SECONDS, **statement}


def prepare(timeouts: Mapping[str, float], connection: psycopg.Connection[Any], _record: object) -> None:
    """Set up a new connection."""
    # Not with SET: a database that speaks the same protocol may not know these settings, and goes on without.
    with connection.cursor() as cursor:
        # A rule is one long expression, asked once: compiling it takes several times as long as reading it.
        cursor.execute("SELECT set_config(name, 'off', false) FROM pg_catalog.pg_settings WHERE name = 'jit'")
        # Questions about everybody put aside some hundred thousand ids; no other comes near that many.
        cursor.execute(
            "SELECT set_config(name, '64MB', false) FROM pg_catalog.pg_settings"
            " WHERE name = 'work_mem' AND setting::integer < 65536"
        )
        for name, seconds in timeouts.items():
            # A server that was told to wait for less keeps its own.
            cursor.execute(
                "SELECT set_config(name, %s, false) FROM pg_catalog.pg_settings"
                " WHERE name = %s AND (setting::integer = 0 OR setting::integer > %s)",
                (f"{seconds * 1000:.0f}ms", name, seconds * 1000),
            )
    connection.commit()
