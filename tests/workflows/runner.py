"""Runs the jobs of a workflow as they are written; what it does not understand is an error."""

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
from tests.workflows.expressions import Status, condition, interpolate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_STEP = {"name", "id", "if", "uses", "with", "env", "run", "shell"}
_JOB = {
    *("name", "if", "needs", "runs-on", "timeout-minutes", "permissions", "strategy", "environment", "env", "steps"),
    *("outputs", "concurrency"),
}
_BASH = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"]
PYTHON = """#!/usr/bin/env bash
# What a build installs is what is under test: nothing is fetched.
if [ "$1 $2" = "-m pip" ]; then echo "$@" >> "$RUNNER_TEMP/installed"; exit 0; fi
exec {python} "$@"
"""


@dataclass
class Step:
    """What became of one step."""

    where: str
    outcome: str
    out: str = ""


@dataclass
class Done:
    """What became of one job of a matrix."""

    name: str
    result: str
    environment: str | None = None
    permissions: Mapping[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    summary: str = ""
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def said(self) -> str:
        """Return what its scripts printed."""
        return "\n".join(f"{one.where}: {one.outcome}\n{one.out}" for one in self.steps)


@dataclass
class Runner:
    """A machine that runs workflows.

    Attributes:
        root: The repository as it is on the forge.
        temporary: Where each job works.
        github: What every job is told in the context of that name.
        variables: The variables of the repository.
        secrets: The secrets that each environment has, by its name.
        token_for: Makes the token of a job from its permissions.
        actions: What stands in for the actions of others, by their names.
        told: What every script is told besides.
        commands: Where the command of this project is.
    """

    root: Path
    temporary: Path
    github: dict[str, Any]
    variables: dict[str, str]
    secrets: dict[str, dict[str, str]]
    token_for: Callable[[Mapping[str, str]], str]
    actions: dict[str, Callable[[Job, Mapping[str, str]], None]]
    told: dict[str, str]
    commands: Path
    executed: set[str] = field(default_factory=set)

    def run(self, name: str, event: str, payload: dict[str, Any], **github: Any) -> list[Done]:
        """Run a workflow for an event, and return what became of each of its jobs."""
        workflow = load(self.root / ".github" / "workflows" / name)
        assert event in workflow["on"], f"{name} is not set off by {event}"
        told = {**self.github, "event_name": event, "event": payload, **github}
        done: list[Done] = []
        needs: dict[str, dict[str, Any]] = {}
        for key, job in workflow["jobs"].items():
            assert set(job) <= _JOB, f"{name} {key}: {set(job) - _JOB}"
            needed = [one for one in done if one.name == job.get("needs")]
            # What needs a job that did not run does not run either.
            if "needs" in job and (not needed or any(one.result != "success" for one in needed)):
                continue
            for matrix in _matrix(job.get("strategy", {})):
                # What a job is granted is what its workflow is, where it does not say.
                whole = {"permissions": workflow.get("permissions"), **job}
                run = Job(self, f"{name}/{key}", whole, {"matrix": matrix, "github": told, "needs": needs})
                if run.wanted():
                    done.append(run.run())
                    needs[key] = {"outputs": run.outputs()}
        return done


class Job:
    """One job of a matrix."""

    def __init__(self, runner: Runner, where: str, job: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        """Know what is to be done."""
        github = told["github"]
        self.runner, self.where, self._job = runner, where, job
        granted = job["permissions"]
        assert isinstance(granted, dict), f"{where} does not say what its token may do"
        number = len(list(runner.temporary.iterdir()))
        self.workspace, self.temporary = (
            runner.temporary / f"{number}" / "work",
            runner.temporary / f"{number}" / "temp",
        )
        self.workspace.mkdir(parents=True)
        (self.temporary / "bin").mkdir(parents=True)
        shim = self.temporary / "bin" / "python"
        shim.write_text(PYTHON.format(python=sys.executable))
        shim.chmod(0o755)
        self.contexts: dict[str, Any] = {
            "github": {**github, "token": runner.token_for(granted), "workspace": str(self.workspace)},
            "matrix": told["matrix"],
            "needs": told["needs"],
            "vars": runner.variables,
            "runner": {"temp": str(self.temporary)},
            "inputs": github["event"].get("inputs") or {},
        }
        named = job.get("environment")
        environment = interpolate(named, self.contexts) if named else None
        self.contexts["secrets"] = runner.secrets.get(environment or "", {})
        self.done = Done(where.partition("/")[2], "success", environment, granted)
        self.status = Status()

    def wanted(self) -> bool:
        """Tell whether its condition holds; secrets may not be asked there."""
        known = {name: one for name, one in self.contexts.items() if name not in ("secrets", "runner", "matrix")}
        return condition(self._job.get("if"), known, self.status)

    def run(self) -> Done:
        """Do its steps."""
        env = {name: interpolate(value, self.contexts) for name, value in self._job.get("env", {}).items()}
        self.contexts["steps"] = {}
        summary = self.temporary / "summary"
        summary.touch()
        self._steps(self._job["steps"], self.where, {**self.contexts, "env": env}, env, None)
        self.done.summary = summary.read_text()
        self.done.result = "failure" if self.status.failed else "success"
        self.done.outputs = {name: one["outputs"] for name, one in self.contexts["steps"].items()}
        return self.done

    def outputs(self) -> dict[str, str]:
        """Return what the jobs that need it are told."""
        return {name: interpolate(value, self.contexts) for name, value in self._job.get("outputs", {}).items()}

    def _steps(
        self,
        steps: list[dict[str, Any]],
        where: str,
        contexts: dict[str, Any],
        env: Mapping[str, str],
        action: Path | None,
    ) -> None:
        for number, step in enumerate(steps):
            assert set(step) <= _STEP, f"{where}: {set(step) - _STEP}"
            name = f"{where}#{number}"
            if not condition(step.get("if"), contexts, self.status):
                continue
            self.runner.executed.add(name)
            own = {key: interpolate(value, contexts) for key, value in step.get("env", {}).items()}
            outputs: dict[str, Any] = {}
            said = Step(name, "success")
            if "run" in step:
                failed = self._script(step, said, {**env, **own}, outputs, action)
            else:
                failed = self._use(step, contexts, {**env, **own}, outputs)
            self.done.steps.append(said)
            if failed:
                said.outcome, self.status.failed = "failure", True
            if "id" in step:
                contexts["steps"][step["id"]] = {"outputs": outputs, "outcome": said.outcome}

    def _use(
        self, step: Mapping[str, Any], contexts: Mapping[str, Any], env: Mapping[str, str], outputs: dict[str, Any]
    ) -> bool:
        given = {name: interpolate(value, contexts) for name, value in step.get("with", {}).items()}
        if step["uses"] != "./":
            name, _, commit = step["uses"].partition("@")
            assert re.fullmatch(r"[0-9a-f]{40}", commit), step["uses"]
            self.runner.actions[name](self, given)
            return False
        action = load(self.workspace / "action.yml")
        assert not set(given) - set(action["inputs"]), set(given) - set(action["inputs"])
        inputs = {
            name: given.get(name, interpolate(one.get("default", ""), {"github": self.contexts["github"]}))
            for name, one in action["inputs"].items()
        }
        assert not [name for name, one in action["inputs"].items() if one.get("required") and name not in given]
        # What a composite action is not told, it cannot know: neither secrets nor variables, nor the steps around it.
        inner = {name: self.contexts[name] for name in ("github", "runner", "matrix")} | {"inputs": inputs, "steps": {}}
        before = self.status.failed
        self._steps(action["runs"]["steps"], "action.yml", inner, env, self.workspace)
        outputs |= {name: interpolate(one["value"], inner) for name, one in action["outputs"].items()}
        return self.status.failed and not before

    def _script(
        self,
        step: Mapping[str, Any],
        said: Step,
        env: Mapping[str, str],
        outputs: dict[str, Any],
        action: Path | None,
    ) -> bool:
        assert "${{" not in step["run"], f"{said.where} puts an expression into a script"
        if action:
            assert step["shell"] == "bash", said.where
        script, told = self.temporary / "script.sh", self.temporary / "outputs"
        script.write_text(step["run"])
        told.write_text("")
        event = self.contexts["github"]
        given = {
            **clean_environment(),
            **self.runner.told,
            "PATH": f"{self.temporary / 'bin'}:{self.runner.commands}:{os.environ['PATH']}",
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": event["repository"],
            "GITHUB_SHA": event["sha"],
            "GITHUB_REF": event["ref"],
            "GITHUB_EVENT_PATH": str(self._event()),
            "GITHUB_OUTPUT": str(told),
            "GITHUB_STEP_SUMMARY": str(self.temporary / "summary"),
            "RUNNER_TEMP": str(self.temporary),
            **({"GITHUB_ACTION_PATH": str(action)} if action else {}),
            **env,
        }
        # A workflow's own scripts run without pipefail where they name no shell.
        bash = _BASH if "shell" in step else ["bash", "-e"]
        ended = subprocess.run(
            [*bash, str(script)],
            cwd=self.workspace,
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        said.out = ended.stdout
        assert "Traceback" not in said.out, said.out
        outputs |= dict(line.split("=", 1) for line in told.read_text().splitlines())
        return ended.returncode != 0

    def _event(self) -> Path:
        import json

        path = self.temporary / "event.json"
        path.write_text(json.dumps(self.contexts["github"]["event"]))
        return path


def load(path: Path) -> dict[str, Any]:
    """Return a workflow or an action; `on` is no truth value there."""
    contents: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    if True in contents:
        contents["on"] = contents.pop(True)
    return contents


def every_step(root: Path) -> Iterator[str]:
    """Yield what identifies each step of the portal's workflows, and of the action."""
    for path in sorted((root / ".github" / "workflows").glob("portal-*.yml")):
        for key, job in load(path)["jobs"].items():
            yield from (f"{path.name}/{key}#{number}" for number in range(len(job["steps"])))
    yield from (f"action.yml#{number}" for number in range(len(load(root / "action.yml")["runs"]["steps"])))


def _matrix(strategy: Mapping[str, Any]) -> list[dict[str, Any]]:
    matrix = strategy.get("matrix", {})
    assert len(matrix) <= 1, matrix
    return [{name: value} for name, values in matrix.items() for value in values] or [{}]


def copied(source: Path, target: Path) -> None:
    """Put what a workflow needs of a repository somewhere."""
    for name in ("action.yml", "examples", ".github"):
        from_, to = source / name, target / name
        if from_.is_dir():
            shutil.copytree(from_, to, dirs_exist_ok=True)
        else:
            shutil.copy(from_, to)
