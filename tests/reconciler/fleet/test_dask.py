"""A fleet on a Dask cluster: real worker processes on this machine, with a scheduler that speaks TCP."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import dask
import pytest
from distributed import Client, LocalCluster

from reconciler import __version__
from reconciler.core.errors import WorkspaceUnusable
from reconciler.fleet.executors import base
from reconciler.fleet.executors import dask as fleet_dask
from reconciler.fleet.executors import open as fleet_running
from tests.reconciler.fleet.test_executors import die_on_three, gone, plan
from tests.support.faults.child import Child
from tests.support.fleet import many, mixed
from tests.support.sample import ROOT, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHER = "OTHER_TOKEN"


@contextmanager
def cluster(workers: int, **environment: str) -> Iterator[LocalCluster]:
    """Run a cluster whose worker processes have these variables, and which gives up a task of which a worker died."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            env=environment,
        ) as running,
    ):
        yield running


def named(one: LocalCluster) -> str:
    """Return what the command calls a cluster."""
    return f"dask://{one.scheduler_address.removeprefix('tcp://')}"


@pytest.fixture(scope="module")
def two() -> Iterator[LocalCluster]:
    with cluster(2, **{many.VARIABLE: TOKEN, "PORTAL_PATIENCE": "0"}) as workers:
        yield workers


@pytest.fixture
def bare() -> Iterator[LocalCluster]:
    with cluster(0) as workers:
        yield workers


@contextmanager
def worker(one: LocalCluster, path: Path) -> Iterator[None]:
    """Add a worker that takes its code from another folder."""
    command = [sys.executable, "-m", "distributed.cli.dask_worker", one.scheduler_address, "--no-nanny"]
    process = subprocess.Popen(
        [*command, "--no-dashboard", "--nthreads", "1"],
        env={**os.environ, "PYTHONPATH": str(path)},
        cwd=path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with Client(one, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=60)
        yield
    finally:
        process.kill()
        process.wait()


def test_a_cluster_comes_to_the_same_document(two: LocalCluster, tmp_path: Path) -> None:
    with many.workspaces(5) as urls:
        wanted = mixed.write(tmp_path / "fleet", urls, 55)
        there = plan(tmp_path, "--executor", named(two))
        assert there == plan(tmp_path, "--jobs", "2")
    assert json.loads(there)["totals"]["outcomes"] == wanted.outcomes
    # What the cluster knows of it names neither a token nor what is in a file.
    with Client(two, set_as_default=False) as client:
        logs = repr((client.get_worker_logs(), two.get_logs(), list(two.scheduler.transition_log)))
    assert "portal_work" in logs
    assert TOKEN not in logs
    assert "hc-" not in logs


def test_a_worker_reads_the_token_from_a_variable_of_its_own(two: LocalCluster, tmp_path: Path) -> None:
    with many.workspaces(1) as urls:
        mixed.write(tmp_path / "fleet", urls, 2)
        for file in (tmp_path / "fleet").iterdir():
            file.write_text(file.read_text(encoding="utf-8").replace(many.VARIABLE, OTHER), encoding="utf-8")
        told = json.loads(plan(tmp_path, "--executor", named(two), code=7, **{OTHER: TOKEN}))
        here = json.loads(plan(tmp_path, code=0, **{OTHER: TOKEN}))
    assert here["totals"]["outcomes"] == {"no_changes": 2}
    for one in told["portals"]:
        (problem,) = one["diagnostics"]
        assert problem["code"] == "token-missing"
        assert OTHER in problem["remedy"]


def test_a_worker_that_dies_loses_what_kills_it_and_nothing_else(two: LocalCluster) -> None:
    with fleet_running.opened(named(two), 1, None) as executor:
        assert dict(base.each(die_on_three, [2, 3], executor, gone)) == {2: 4, 3: "executor-worker-lost"}
        assert dict(base.each(die_on_three, [4, 5], executor, gone)) == {4: 8, 5: 10}


def test_no_work_waits_for_ever_where_there_are_no_workers_any_more(bare: LocalCluster) -> None:
    with ExitStack() as stack:
        stack.enter_context(worker(bare, ROOT))
        executor = stack.enter_context(fleet_running.opened(named(bare), 1, "1"))
        done = dict(base.each(die_on_three, [3, 4], executor, gone))
    assert done[3] == "executor-without-workers"


def test_a_cluster_that_cannot_be_used_is_refused(bare: LocalCluster, tmp_path: Path) -> None:
    (tmp_path / "fleet").mkdir()
    mixed.write(tmp_path / "fleet" / "inside", [mixed.NOWHERE], 1)
    assert refused(tmp_path, named(bare)) == "executor-without-workers"
    assert refused(tmp_path, "dask://127.0.0.1:1") == "executor-unreachable"
    other = tmp_path / "other"
    for package in ("reconciler", "schemas"):
        shutil.copytree(ROOT / package, other / package, ignore=shutil.ignore_patterns("__pycache__"))
    with worker(bare, other):
        fleet_dask.connect(named(bare), None).shutdown()
    guards = other / "reconciler" / "plan" / "checks" / "guards.py"
    guards.write_text(guards.read_text(encoding="utf-8") + "\n# Otherwise.\n", encoding="utf-8")
    with worker(bare, other):
        assert refused(tmp_path, named(bare)) == "executor-version"


def refused(folder: Path, address: str) -> str:
    """Return the code of why a command on a cluster came to nothing, having told it as a document too."""
    given = ["plan", "-f", "fleet", "-e", "production", "--executor", address, "--format", "json"]
    ended = Child(folder, given, {many.VARIABLE: TOKEN, "PORTAL_PATIENCE": "5"}).wait()
    assert ended.code == 1, ended
    document: dict[str, Any] = json.loads(ended.out)
    (problem,) = document["diagnostics"]
    # Nothing on stderr but the same once more: no remarks of Dask.
    assert ended.err.startswith("error[executor-"), ended.err
    assert len(ended.err.splitlines()) == 2, ended.err
    return str(problem["code"])


def test_a_worker_of_another_version_does_nothing() -> None:
    assert fleet_dask.portal_work("another", b"not even read") == ("unlike", __version__)


def test_what_a_cluster_needs_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    for kind in ("dask://127.0.0.1:1", "processes"):
        with pytest.raises(WorkspaceUnusable) as caught, fleet_running.opened(kind, 2, None):
            pass
        (problem,) = caught.value.diagnostics
        assert problem.code == "executor-not-installed"
        assert "tickets-portal[dask]" in problem.remedy
        assert "--executor threads" in problem.remedy


def test_the_embedded_workspace_is_not_for_workers_elsewhere(tmp_path: Path) -> None:
    mixed.write(tmp_path / "fleet", [mixed.NOWHERE], 2)
    ended = Child(tmp_path, ["plan", "-f", "fleet", "--executor", "dask://127.0.0.1:1"], {}).wait()
    assert ended.code == 64
    assert "--workspace or --env" in ended.err
