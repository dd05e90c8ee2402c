"""What all tests share."""

from __future__ import annotations

import gc
import os
import signal
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.pool import QueuePool

from tests.support import certificate
from tests.support.compiling import share
from tests.support.databases import KINDS
from tests.support.examples import TIMES
from tests.support.marks import MARKS, mark

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from playwright.sync_api import Browser
    from sqlalchemy import Engine

# What a cluster is needed for is left out where `make check` has installed none.
collect_ignore = [] if find_spec("distributed") else ["reconciler/fleet/test_dask.py"]

# An example may make a whole workspace: its time says nothing, and the data behind it is large.
settings.register_profile(
    "explore",
    max_examples=50 * TIMES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    derandomize=False,
)
# The same examples in every run: whether a change may land must not hang on what was drawn today. The workflows of the
# night and `make test-newest` draw others each time, with `--hypothesis-profile=explore`.
settings.register_profile("suite", settings.get_profile("explore"), derandomize=True)
settings.load_profile("suite")

# Processes that tests begin keep what they compile, whatever the tests were told: it is a third of their start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["SSL_CERT_FILE"] = certificate.one()

# A shell lets what it runs in the background ignore Ctrl-C, as nohup does with the end of a terminal; and whatever
# that begins ignores it, too.
for number, handler in {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}.items():
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)


# The engines that a test made: Python 3.13 complains about a connection that nobody closed.
_ENGINES: list[Engine] = []


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks, and keep what tests open."""
    share(_ENGINES.append)
    for name, meaning in MARKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among what is imported and collected, for it stays: that is a fifth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by what it needs."""
    for item in items:
        mark(item)


def pytest_collection_finish() -> None:
    """Look no more for garbage among what was imported, and seldom for other: it would be a twentieth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


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
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Half as many workers again as there are processors: many tests wait for a process that waits for another.

    The fast tests wait for nobody, and each worker imports everything first.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    fast = config.option.markexpr.startswith("not ")
    return processors if fast else processors + (processors + 1) // 2


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """The kind of database: whatever asks for it is asked of both."""
    return str(request.param)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a real browser."""
    from tests.support.pages.browser import chromium, started

    with started(chromium()) as server:
        yield server
