"""A plan that finds nothing to do: `portal` against Terraform with a thin provider for the same workspace.

The provider is in Python, and one in Go would take less processor time. So each plan has two rows: against Terraform as
it ran, and against that less all processor time of the provider's processes, from their start on. The second is a
bound: a provider that did its work in no time at all would save no more.
"""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import configured
from benchmarks.findings import Amount, Finding, Limit, NotMeasured, ratio
from benchmarks.ours import PLAN, portal_apply, portal_plan, work
from benchmarks.places import ROOT, Stage, program, terraform_framework
from benchmarks.processes import Command, interleaved, run
from benchmarks.proxy import between
from benchmarks.servers import HOST, TOKEN, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TERRAFORM, LESS = "Terraform", "Terraform less its provider's processor time"
LATENCY = 0.05
_WORK = (
    (configured.BASE, 0.0, Limit(0.4)),
    (1_000, 0.0, Limit(0.2)),
    (100, LATENCY, Limit(0.3)),
)
"""How many settings, with how much latency, and the target."""
_SOURCE = "bench.example/portal/portal"
_PROVIDER = "#!{python}\nfrom terraform_provider import main\n\nmain()\n"
_SETTINGS = 'provider_installation {{\n  dev_overrides {{\n    "{source}" = "{provider}"\n  }}\n}}\n'
_RUN = "run"
"""Begins in the file of what the provider took what it took in one run of Terraform, which starts it several times."""


def measure(stage: Stage) -> Iterator[Finding]:
    if missing := terraform_missing():
        yield NotMeasured("no-op plan against Terraform with a thin provider", missing)
        return
    for size, latency, limit in _WORK:
        folder = stage.new_folder(f"terraform-{size}")
        theirs = configured.terraform(size)
        (folder / "portal.yaml").write_text(configured.filled(configured.portal(size), len(theirs)))
        terraform_made(stage, folder, theirs)
        with workspace(stage, folder / "workspace.db") as port:
            run(portal_apply(stage, folder, port))
            run(terraform_apply(folder, port))
            yield _counted(stage, folder, port, size)
            yield from _compared(stage, folder, port, (size, latency, limit))


def terraform_missing() -> str | None:
    """Return why there is no Terraform; None where there is one."""
    return None if program("terraform") else "Terraform is absent: HashiCorp's package `terraform` brings it"


def terraform_made(stage: Stage, folder: Path, configuration: str) -> None:
    """Lay into a folder a configuration, and the provider that its commands need."""
    (folder / "main.tf").write_text(configuration)
    provider = folder / "provider"
    provider.mkdir()
    shutil.copy(ROOT / "benchmarks" / "terraform_provider.py", provider)
    program_file = provider / f"terraform-provider-{_SOURCE.rpartition('/')[2]}"
    program_file.write_text(_PROVIDER.format(python=terraform_framework(stage.peers) / "python"))
    program_file.chmod(0o755)
    (folder / "settings.tfrc").write_text(_SETTINGS.format(source=_SOURCE, provider=provider))


def terraform_plan(folder: Path, port: int) -> Command:
    """Return the plan of the configuration in `folder` that finds nothing to do in the workspace at `port`."""
    return _terraform(TERRAFORM, folder, port, ["plan"], "No changes.")


def terraform_apply(folder: Path, port: int) -> Command:
    """Return the apply of the configuration in `folder`, which takes over what is in the workspace at `port`."""
    return _terraform("terraform apply", folder, port, ["apply", "-auto-approve"], "Apply complete!")


def provider_took(folder: Path, runs: int) -> list[float]:
    """Return how many seconds of processor the provider took in each of the last runs in `folder`."""
    every = (folder / "spent").read_text(encoding="ascii").split(_RUN)
    return [sum(map(float, one.split())) for one in every[-runs:]]


def _terraform(name: str, folder: Path, port: int, verb: list[str], says: str) -> Command:
    spent = folder / "spent"

    def before() -> None:
        with spent.open("a", encoding="ascii") as stream:
            stream.write(f"{_RUN}\n")

    environment = {
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": str(folder / "settings.tfrc"),
        # What the provider's framework keeps between runs stays in the folder.
        "HOME": str(folder),
        "WORKSPACE": f"http://{HOST}:{port}",
        "TOKEN": TOKEN,
        "SPENT": str(spent),
    }
    argv = [program("terraform") or "terraform", *verb, "-input=false", "-no-color"]
    return Command(name, argv, says, folder=folder, environment=environment, before=before)


def _counted(stage: Stage, folder: Path, port: int, size: int) -> Finding:
    """Count requests, which do not drift."""
    counts = []
    with between(port) as proxy:
        for command in (portal_plan(stage, folder, proxy.port), terraform_plan(folder, proxy.port)):
            proxy.sent.clear()
            run(command)
            counts.append(len(proxy.sent))
    return Amount(work(size), "HTTP requests", counts[0], {TERRAFORM: counts[1]}, Limit(1))


def _compared(stage: Stage, folder: Path, port: int, case: tuple[int, float, Limit]) -> Iterator[Finding]:
    size, latency, limit = case
    named = f"{work(size)}, {latency * 1000:g} ms of latency" if latency else work(size)
    rounds = stage.rounds if size == configured.BASE else stage.fewer()
    with between(port, latency) if latency else nullcontext() as proxy:
        heard = proxy.port if proxy else port
        taken = interleaved([portal_plan(stage, folder, heard), terraform_plan(folder, heard)], rounds)
    provider = provider_took(folder, rounds)
    taken[LESS] = [
        replace(one, clock=one.clock - took, processor=one.processor - took)
        for one, took in zip(taken[TERRAFORM], provider, strict=True)
    ]
    yield ratio(named, taken, PLAN, TERRAFORM, limit)
    yield ratio(named, taken, PLAN, LESS)
    seconds = {f"{TERRAFORM}'s provider": round(median(provider), 2)}
    ours = round(median(one.processor for one in taken[PLAN]), 2)
    yield Amount(named, "seconds of processor", ours, seconds, None)
