"""The number of rows of a list, on its every page: counted once until a write, as it takes a hundred times a page."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import current_app, g, has_app_context, request
from sqlalchemy import func, select

if TYPE_CHECKING:
    from collections.abc import Hashable

    from sqlalchemy import Connection, Select

    from workspace.database.unmoved import Unmoved

KEPT = "workspace.totals"
"""The key in `Flask.extensions` of the kept counts."""
_MOST = 1000


class Totals:
    """The counts of one content of the database."""

    def __init__(self, unmoved: Unmoved) -> None:
        self.unmoved = unmoved
        self._lock = Lock()
        self._known: tuple[Hashable, dict[str, int]] = (None, {})

    def of(self, content: Hashable, key: str) -> int | None:
        """Return a count of this content, or None."""
        known, counted = self._known
        return counted.get(key) if known == content else None

    def keep(self, content: Hashable, key: str, total: int) -> None:
        """Keep a count of this content, and drop those of any other."""
        with self._lock:
            if self._known[0] != content or len(self._known[1]) >= _MOST:
                self._known = content, {}
            self._known[1][key] = total


def look() -> None:
    """Read the marker before the transaction of this request begins."""
    g.content = _kept().unmoved.now()


def count(connection: Connection, statement: Select[Any]) -> int:
    """Count the rows of a statement of any order, in the request's transaction after its first read."""
    return number(connection, select(func.count()).select_from(statement.order_by(None).subquery()))


def number(connection: Connection, counted: Select[Any], asked: str = "") -> int:
    """Return the number that a statement gives, as `count` does; `asked` tells it from others at the same path."""
    content = g.get("content") if has_app_context() else None
    # The transaction began between the two looks: where they saw the same, it sees that, too.
    if content is None or _kept().unmoved.now() != content:
        return _count(connection, counted)
    key = f"{request.path} {asked}" if asked else _said(connection, counted)
    total = _kept().of(content, key)
    if total is None:
        total = _count(connection, counted)
        _kept().keep(content, key, total)
    return total


def _said(connection: Connection, counted: Select[Any]) -> str:
    compiled = counted.compile(dialect=connection.dialect)
    return f"{compiled} {sorted(compiled.params.items())!r}"


def _count(connection: Connection, counted: Select[Any]) -> int:
    return int(connection.execute(counted).scalar_one())


def _kept() -> Totals:
    totals: Totals = current_app.extensions[KEPT]
    return totals
