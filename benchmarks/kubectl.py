"""A plan that finds nothing to do: `portal` against `kubectl diff` with a real Kubernetes API server.

As many objects as our file has, each a ConfigMap with a setting an entry. One ConfigMap for each setting would be twice
as many, and take kubectl about twice as long.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks import configured
from benchmarks.findings import Amount, Finding, Limit, NotMeasured, ratio
from benchmarks.kubernetes import KUBECTL, kubectl_apply, kubectl_diff, kubernetes, kubernetes_missing
from benchmarks.ours import PLAN, portal_apply, portal_plan, work
from benchmarks.processes import clean_environment, interleaved, run
from benchmarks.proxy import between
from benchmarks.servers import workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.places import Stage

SIZE = 1_000
TEN_AT_A_TIME = "kubectl diff --concurrency=10"
_REQUEST = re.compile(r'(?:verb="[A-Z]+" url="|[A-Z]+ )https://')


def measure(stage: Stage) -> Iterator[Finding]:
    if missing := kubernetes_missing(stage):
        yield NotMeasured("no-op plan against kubectl diff", missing)
        return
    folder = stage.new_folder("kubectl")
    theirs = configured.configmaps(SIZE)
    (folder / "configmaps").mkdir()
    (folder / "configmaps" / "all.yaml").write_text(theirs)
    (folder / "portal.yaml").write_text(configured.filled(configured.portal(SIZE), len(theirs)))
    with workspace(stage, folder / "workspace.db") as port, kubernetes(stage, folder):
        run(portal_apply(stage, folder, port))
        run(kubectl_apply(folder))
        with between(port) as proxy:
            run(portal_plan(stage, folder, proxy.port))
        yield Amount(work(SIZE), "HTTP requests", len(proxy.sent), {KUBECTL: _requests(folder)}, Limit(1))
        quick = kubectl_diff(folder, "--concurrency=10")
        commands = [portal_plan(stage, folder, port), kubectl_diff(folder), replace(quick, name=TEN_AT_A_TIME)]
        taken = interleaved(commands, stage.fewer())
    yield ratio(work(SIZE), taken, PLAN, KUBECTL, Limit(0.3))
    yield ratio(work(SIZE), taken, PLAN, TEN_AT_A_TIME)


def _requests(folder: Path) -> int:
    """Count the requests that kubectl tells of: the connection is encrypted, and nobody in between can."""
    command = kubectl_diff(folder, "-v=6")
    environment = clean_environment() | dict(command.environment)
    said = subprocess.run(command.argv, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return len(_REQUEST.findall(said.stderr))
