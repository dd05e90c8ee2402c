"""Who works on a fleet makes no difference to what comes of it, whatever happens to them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.fleet import planning as fleet_work
from reconciler.fleet.executors import base, turns
from reconciler.fleet.executors import dask as fleet_dask
from reconciler.fleet.executors import open as fleet_running
from reconciler.fleet.load.survey import load_members
from reconciler.fleet.model import Batch, Choice, Member, Site
from tests.support.examples import by_night
from tests.support.faults.child import Child
from tests.support.fleet import many, mixed
from tests.support.sample import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from reconciler.core.diagnostics import Diagnostic


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """Begin what processes are forked from, with all that it is to have loaded for other tests too."""
    forkserver.ensure_running()


@pytest.fixture(scope="module")
def urls() -> Iterator[list[str]]:
    with many.workspaces(4) as servers:
        yield servers


def plan(folder: Path, *arguments: str, code: int = 1, **environment: str) -> str:
    """Return what a plan of the fleet in `fleet` prints, as JSON, without what tells the moment."""
    given = ["plan", "-f", "fleet", "-e", "production", "--format", "json", *arguments]
    ended = Child(folder, given, {many.VARIABLE: TOKEN, "PORTAL_PATIENCE": "0", **environment}).wait()
    assert ended.code == code, ended
    assert ended.err == ""
    assert TOKEN not in ended.out
    return json.dumps(timeless(json.loads(ended.out)), indent=1)


def timeless(value: Any) -> Any:
    """Return a document without the moments that it was made at, and the digests that follow from those."""
    if isinstance(value, list):
        return [timeless(one) for one in value]
    if isinstance(value, dict):
        return {key: timeless(value) for key, value in value.items() if key not in ("created_at", "digest")}
    return value


def test_every_executor_comes_to_the_same_document(urls: list[str], tmp_path: Path) -> None:
    wanted = mixed.write(tmp_path / "fleet", urls, 120)
    alone = plan(tmp_path, "--jobs", "1")
    assert json.loads(alone)["totals"]["outcomes"] == wanted.outcomes
    assert plan(tmp_path, "--jobs", "4") == alone
    assert plan(tmp_path, "--executor", "processes", "--jobs", "2") == alone


@pytest.mark.parametrize("wrong", ["dask", "dask://", "dask://host", "http://host:1", "fork", "dask://me:pw@host:1"])
def test_what_is_no_executor_is_refused(wrong: str, tmp_path: Path) -> None:
    ended = Child(tmp_path, ["plan", "-f", "fleet", "--executor", wrong], {}).wait()
    assert ended.code == 64
    assert "threads, processes and dask://HOST:PORT" in ended.err


# --- workers that die ----------------------------------------------------------------------------


def die_on_three(number: int) -> int:
    """Do what kills whoever does it, for one number."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 2


def die_once(path: Path) -> str:
    """Kill whoever does it first."""
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def gone(task: Any, problem: Diagnostic) -> Any:
    return problem.code


@pytest.fixture(scope="module")
def workers() -> Iterator[Executor]:
    """Give two worker processes; they take long to begin, and those that die are begun anew."""
    with fleet_running.opened("processes", 2, None) as executor:
        assert executor is not None
        yield executor


@pytest.fixture(autouse=True)
def limited(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a worker that never comes back fail its test after two minutes, not hold up the whole suite."""

    def give_up(*_: object) -> None:
        if "workers" in request.fixturenames:
            # With what is in hand cancelled: otherwise the end of the workers waits for it, too.
            request.getfixturevalue("workers").shutdown(cancel_futures=True)
        raise TimeoutError("a worker did not come back")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def test_a_worker_that_dies_loses_what_it_had_in_hand_and_nothing_else(workers: Executor) -> None:
    done = dict(base.each(die_on_three, range(6), workers, gone))
    assert done == {0: 0, 1: 2, 2: 4, 3: "executor-worker-lost", 4: 8, 5: 10}


def test_what_only_reads_is_tried_once_more(workers: Executor, tmp_path: Path) -> None:
    assert dict(base.each(die_once, [tmp_path / "a"], workers, gone)) == {tmp_path / "a": "done"}
    done = dict(base.each(die_once, [tmp_path / "b"], workers, gone, again=False))
    assert done == {tmp_path / "b": "executor-worker-lost"}


def die_at_the_second(batch: Batch) -> fleet_work.BatchResult:
    if batch.site.address == "http://127.0.0.1:2":
        os.kill(os.getpid(), signal.SIGKILL)
    return fleet_work.BatchResult(())


def test_members_whose_worker_died_are_failed(workers: Executor, tmp_path: Path) -> None:
    for number in (1, 2):
        text = json.dumps(many.portal(f"hc-{number}", f"http://127.0.0.1:{number}"))
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
    paths = [str(tmp_path / f"{number}.yaml") for number in (1, 2)]
    entries = [one for one in load_members(paths, Choice("production", Site(None))) if isinstance(one, Member)]
    batches = [Batch(one.site, (one,)) for one in entries]
    done = {
        batch.site.address: result for batch, result in base.each(die_at_the_second, batches, workers, fleet_work.lost)
    }
    (lost,) = done["http://127.0.0.1:2"].outcomes or ()
    assert done["http://127.0.0.1:1"] == fleet_work.BatchResult(())
    assert (lost.exit_code, lost.entry["outcome"], lost.entry["name"]) == (1, "failed", "portal-hc-2")
    assert [one["code"] for one in lost.entry["diagnostics"]] == ["executor-worker-lost"]


def die_again(number: int) -> int:
    """Kill whoever does it, for odd numbers."""
    if number % 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@by_night
def test_workers_that_die_again_and_again_come_back_and_are_blamed_for_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dask = pytest.importorskip("dask")
    # Where Dask would give one up that takes longer than that to begin anew, it is told not to.
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "50 ms"}):
        with fleet_running.opened("processes", 2, None) as executor:
            for _ in range(2):
                done = dict(base.each(die_again, range(4), executor, gone))
                assert done == {0: 0, 1: "executor-worker-lost", 2: 2, 3: "executor-worker-lost"}
        monkeypatch.setattr(turns, "SECONDS_TO_RESTART", 0.5)
        with fleet_running.opened("processes", 2, None) as executor:
            assert isinstance(executor, fleet_dask.LocalCluster)
            for keeper in executor._workers.workers.values():
                executor._workers.sync(keeper.close)
            # Nobody begins anew, and nobody waits for it for long.
            began = time.monotonic()
            done = dict(base.each(die_again, range(100), executor, gone))
            assert set(done.values()) == {"executor-without-workers"}
            assert time.monotonic() - began < 20


def owner(port: int, command: int) -> int:
    """Return the process of a command that speaks from a port."""
    psutil = pytest.importorskip("psutil")
    (number,) = (
        process.pid
        for process in psutil.Process(command).children(recursive=True)
        if any(connection.laddr.port == port for connection in process.net_connections())
    )
    return int(number)


def test_a_fleet_whose_workers_are_killed_ends_with_a_document(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (tmp_path / "fleet").mkdir()
        for number in range(3):
            text = json.dumps(many.portal(f"hc-{number}", f"http://127.0.0.1:{silent.getsockname()[1]}"))
            (tmp_path / "fleet" / f"{number}.yaml").write_text(text, encoding="utf-8")
        command = [sys.executable, "-c", "from reconciler.cli import main; main()", "plan", "-f", "fleet"]
        process = subprocess.Popen(
            [*command, "-e", "production", "--executor", "processes", "--jobs", "2", "--format", "json"],
            cwd=tmp_path,
            env={**os.environ, many.VARIABLE: TOKEN},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        silent.settimeout(1)
        while process.poll() is None:
            with suppress(TimeoutError), silent.accept()[0] as connection:
                # Whoever asks is a worker.
                os.kill(owner(connection.getpeername()[1], process.pid), signal.SIGKILL)
        out, _ = process.communicate()
    assert process.returncode == 1
    document = json.loads(out)
    assert [entry["outcome"] for entry in document["portals"]] == ["failed"] * 3
    assert {entry["diagnostics"][0]["code"] for entry in document["portals"]} == {"executor-worker-lost"}


def fail(number: int) -> int:
    raise ZeroDivisionError(number)


def test_what_is_wrong_with_the_work_itself_is_not_hidden(workers: Executor) -> None:
    with pytest.raises(ZeroDivisionError, match="7"):
        list(base.each(fail, [7], workers, gone))


# --- whoever stops it ----------------------------------------------------------------------------


@pytest.mark.parametrize("executor", ["threads", "processes"])
@pytest.mark.parametrize("told", [pytest.param(signal.SIGINT, marks=by_night), signal.SIGKILL])
def test_nobody_is_left_behind(executor: str, told: signal.Signals, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # It takes what it is asked, and never answers.
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        (tmp_path / "fleet").mkdir()
        for number in range(400):
            text = json.dumps(many.portal(f"hc-{number}", url))
            (tmp_path / "fleet" / f"{number}.yaml").write_text(text, encoding="utf-8")
        # Whoever runs the tests in the background may have had the signal ignored.
        heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
        command = [sys.executable, "-c", f"{heard}; from reconciler.cli import main; main()", "plan", "-f", "fleet"]
        process = subprocess.Popen(
            [*command, "-e", "production", "--executor", executor, "--jobs", "2"],
            cwd=tmp_path,
            env={**os.environ, many.VARIABLE: TOKEN},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        silent.settimeout(60)
        with silent.accept()[0]:
            if told is signal.SIGINT:
                # As a terminal does it: to everybody who belongs to the command.
                os.killpg(process.pid, told)
            else:
                process.kill()
            out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == ((130, "") if told is signal.SIGINT else (-told, ""))
    # Who is killed cannot put its semaphores away: Python's tracker of them remarks on it.
    assert err.strip() in ("Interrupted.", "") if told is signal.SIGINT else "Traceback" not in err
    assert left_behind(process.pid) == []


def left_behind(group: int) -> list[int]:
    """Return who of a group of processes is there yet, once they have had time to end."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return []
        time.sleep(0.1)
    return [group]
