"""Runs the jobs of a GitLab template as they are written; what it does not understand is an error."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.faults.child import clean_environment
from tests.workflows.runner import PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_JOB = {
    *("extends", "image", "interruptible", "before_script", "script", "environment", "artifacts", "rules"),
    *("variables", "resource_group", "needs"),
}
_COMPARED = re.compile(r'^(\$\w+|"[^"]*") == (\$\w+|"[^"]*")$')


@dataclass
class Ended:
    """What became of one job."""

    name: str
    code: int
    out: str
    environment: str
    kept: dict[str, bytes]


@dataclass
class Pipelines:
    """A machine that runs pipelines.

    Attributes:
        template: The file with the jobs.
        source: The repository as it is on the forge.
        temporary: Where each job works.
        commands: Where the command of this project is.
        told: The variables of the project, and what GitLab tells each job.
        secrets: The variables that each environment has, by its name.
    """

    template: Path
    source: Path
    temporary: Path
    commands: Path
    told: dict[str, str]
    secrets: dict[str, dict[str, str]]
    executed: set[str] = field(default_factory=set)

    def run(self, **told: str) -> list[Ended]:
        """Run a pipeline: the jobs whose rules hold, by hand where that is wanted."""
        document = yaml.safe_load(self.template.read_text())
        done: list[Ended] = []
        for name, job in jobs(document).items():
            assert set(job) <= _JOB, f"{name}: {set(job) - _JOB}"
            variables = {**document["variables"], **self.told, **told, **job.get("variables", {})}
            needed = [one for one in done if one.name in job.get("needs", [])]
            if any(one.code for one in needed) or not any(_holds(rule["if"], variables) for rule in job["rules"]):
                continue
            done.append(self._job(name, job, variables, needed))
        return done

    def _job(self, name: str, job: Mapping[str, Any], variables: Mapping[str, str], needed: list[Ended]) -> Ended:
        home = self.temporary / str(len(list(self.temporary.iterdir())))
        work = home / "work"
        shutil.copytree(self.source, work)
        for one in needed:
            for path, content in one.kept.items():
                (work / path).write_bytes(content)
        shim = home / "bin" / "python"
        shim.parent.mkdir()
        shim.write_text(PYTHON.format(python=sys.executable))
        shim.chmod(0o755)
        environment = _expanded(job["environment"]["name"], variables)
        given = {
            **clean_environment(),
            **variables,
            **self.secrets[environment],
            "PATH": f"{shim.parent}:{self.commands}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(home),
        }
        script = home / "script.sh"
        script.write_text("\n".join(("set -eo pipefail", *job["before_script"], *job["script"])))
        ended = subprocess.run(
            ["bash", str(script)],
            cwd=work,
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in ended.stdout, ended.stdout
        self.executed.add(name)
        paths = [_expanded(one, variables) for one in job.get("artifacts", {}).get("paths", [])]
        kept = {path: (work / path).read_bytes() for path in paths if (work / path).exists()}
        return Ended(name, ended.returncode, ended.stdout, environment, kept)


def jobs(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the jobs of a template, each with what it extends."""
    return {
        name: _whole(document, name)
        for name, job in document.items()
        if not name.startswith(".") and name != "variables" and isinstance(job, dict)
    }


def _whole(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    job = dict(document[name])
    parent = job.pop("extends", None)
    return job if parent is None else _merged(_whole(document, parent), job)


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {key: _merged(one[key], other[key]) for key in one.keys() & other.keys() if isinstance(one[key], dict)}
    return {**one, **other, **both}


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda match: variables[match[1]], text)


def _holds(rule: str, variables: Mapping[str, str]) -> bool:
    return all(_equal(one, variables) for one in rule.split(" && "))


def _equal(comparison: str, variables: Mapping[str, str]) -> bool:
    match = _COMPARED.match(comparison)
    assert match, f"not understood: {comparison}"
    one, other = (variables.get(side[1:]) if side.startswith("$") else side[1:-1] for side in match.groups())
    return one is not None and one == other


def every_job(template: Path) -> Iterator[str]:
    """Yield the names of a template's jobs."""
    yield from jobs(yaml.safe_load(template.read_text()))
