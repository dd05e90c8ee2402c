"""What all tests share."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool

from tests.support.databases import KINDS
from tests.support.marks import MARKS, mark
from workspace.database import engine as database_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from sqlalchemy import Engine

# What a cluster is needed for is left out where `make check` has installed none.
collect_ignore = [] if find_spec("distributed") else ["reconciler/fleet/test_dask.py"]

# An example may make a whole workspace: its time says nothing, and the data behind it is large.
settings.register_profile(
    "workspace",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("workspace")

# Processes that tests begin keep what they compile, whatever the tests were told: it is a third of their start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


# The engines that a test made: Python 3.13 complains about a connection that nobody closed.
_ENGINES: list[Engine] = []


def _kept(*arguments: Any, **options: Any) -> Engine:
    engine = create_engine(*arguments, **options)
    _ENGINES.append(engine)
    return engine


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks, and keep what tests open."""
    database_engine.create_engine = _kept
    for name, meaning in MARKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by what it needs."""
    for item in items:
        mark(item)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Close every idle connection that a test opened; whoever goes on with an engine opens another.

    An engine with a connection in use waits: a pool that was disposed of would never close that one.
    """
    for engine in _ENGINES[:]:
        if not isinstance(engine.pool, QueuePool) or not engine.pool.checkedout():
            engine.dispose()
            _ENGINES.remove(engine)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Half as many workers again as there are processors: many tests wait for a process that waits for another."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + (processors + 1) // 2


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """The kind of database: whatever asks for it is asked of both."""
    return str(request.param)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a real browser."""
    from tests.support.pages.browser import chromium, started

    with started(chromium()) as found:
        yield found
