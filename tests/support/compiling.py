"""Lets engines share what they compile: once in a process for each kind of database, as in a server that runs on.

A test has a database of its own, and each engine would compile every statement anew: a quarter of the time of a plan.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine
from sqlalchemy.util import LRUCache

from workspace.database import engine as database_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Dialect, Engine

_KEPT = 5_000
"""The number of statements that are kept, more than all tests of a process have."""


def share(opened: Callable[[Engine], None] = lambda _: None) -> None:
    """Let all engines of the workspace share what they compile, and tell `opened` each of them."""

    def made(*arguments: Any, **options: Any) -> Engine:
        engine = create_engine(*arguments, **options)
        kind = _alike(type(engine.dialect))
        engine.dialect.__class__ = kind
        engine._compiled_cache = _compiled(kind)
        opened(engine)
        return engine

    database_engine.create_engine = made


@cache
def _compiled(_: type[Dialect]) -> LRUCache[Any, Any]:
    return LRUCache(_KEPT)


@cache
def _alike(kind: type[Dialect]) -> type[Dialect]:
    """Return a dialect that is equal to each other one of its kind, for what is compiled is kept by its dialect."""
    same: dict[str, Any] = {
        "__eq__": lambda self, other: type(self) is type(other),
        "__hash__": lambda self: hash(type(self)),
        # It compiles nothing in another way.
        "supports_statement_cache": True,
    }
    return type(kind.__name__, (kind,), same)
