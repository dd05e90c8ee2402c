"""Policies of a team about a plan document: rules in Rego beside the configuration, and functions of packages.

Both follow conftest's custom: `deny` or `violation` forbids a plan, `warn` remarks on it, each as a text or as `{msg:
…}`. A policy that cannot be asked forbids the plan, too.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import Diagnostic, error, warning
from reconciler.core.secrets import mask, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

FOLDER = "policies"
"""The folder beside a configuration whose `.rego` files are its policies."""
GROUP = "portal.policies"
"""The group of entry points by which a package installs policies: each a function from a plan to its results."""

_ENGINE = "opa"
_SECONDS = 60.0
_RULE = re.compile(r"(?P<kind>deny|violation|warn)(_\w+)?")
_MOST_CHARACTERS = 500
_CHANGE = "Change the plan, or correct the policy: no --allow overrides it."
_INSTALL = f"Install {_ENGINE} where plans are made and applied. Without it, nothing is applied."
_MEND = "Correct the policy. Until it runs, nothing is applied."


@dataclass(frozen=True, slots=True)
class Judgement:
    """The result of the policies asked, by name; an error blocks the plan."""

    policies: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def judge(plan: Mapping[str, Any], needed: Sequence[str] = ()) -> Judgement:
    """Judge a plan by every policy; a missing one of those `needed`, which judged it when made, forbids it."""
    query: dict[str, Callable[[], Mapping[str, Any]]] = {}
    folder = Path(plan["configuration"]["file"]).parent / FOLDER
    if any(folder.glob("*.rego")):
        query[f"{folder.as_posix()}/*.rego"] = lambda: _of_rego(folder, plan)
    for name, load in _installed():
        query[f"python:{name}"] = lambda load=load: load()(deepcopy(plan))  # type: ignore[misc]  # bound now
    diagnostics = [answer for name, ask in query.items() for answer in _answers(name, ask)]
    gone = [name for name in needed if name not in query]
    diagnostics += [
        error("policy-missing", f"{name} judged this plan, and is not here", remedy=_MISSING) for name in gone
    ]
    return Judgement(tuple(query), tuple(diagnostics))


_MISSING = "Apply it where the policies are: beside the configuration, and installed."


def _answers(name: str, ask: Callable[[], Mapping[str, Any]]) -> Iterator[Diagnostic]:
    try:
        yield from _read(name, ask())
    except Exception as problem:  # noqa: BLE001 (whatever a policy does, nothing is applied)
        remedy = _INSTALL if isinstance(problem, FileNotFoundError) else _MEND
        yield error("policy-failed", f"{name} cannot be asked: {reason(problem)}", remedy=remedy)


def _read(name: str, rules: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield the results of rules, without their helpers; raise ValueError where no rule has a known name."""
    results = [(match["kind"], value) for rule, value in rules.items() if (match := _RULE.fullmatch(rule))]
    if not results:
        raise ValueError("it has no rule deny, violation or warn (in Rego: in the package main)")
    for kind, value in results:
        for text in _texts(value):
            message = mask(text)[:_MOST_CHARACTERS]
            if kind == "warn":
                yield warning("policy-warned", f"{name}: {message}", remedy="Think about it before you apply.")
            else:
                yield error("policy-denied", f"{name}: {message}", remedy=_CHANGE)


def _texts(value: Any) -> Iterator[str]:
    for entry in value if isinstance(value, list | tuple | set | frozenset) else [value]:
        text = entry.get("msg") if isinstance(entry, dict) else entry
        if not isinstance(text, str) or not text.strip():
            raise ValueError("a rule says a list of texts, or of mappings with msg")
        yield text


def _of_rego(folder: Path, plan: Mapping[str, Any]) -> Mapping[str, Any]:
    # Loaded where there are such policies: most plans are judged by none.
    import shutil
    import subprocess

    engine = shutil.which(_ENGINE)
    if engine is None:
        raise FileNotFoundError(f"they are in Rego, and there is no {_ENGINE} on the PATH")
    ended = subprocess.run(  # noqa: S603 (no part of it is from elsewhere)
        [engine, "eval", "--format", "json", "--stdin-input", "--data", str(folder), "data.main"],
        input=json.dumps(plan).encode(),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
        # Rules can read variables, and rules can send: what is secret is not there for them.
        env={"PATH": environ.get("PATH", "")},
    )
    if ended.returncode:
        raise OSError(f"{_ENGINE} ended with {ended.returncode}: {_first_words(ended.stderr or ended.stdout)}")
    results = json.loads(ended.stdout).get("result", [])
    rules: Mapping[str, Any] = results[0]["expressions"][0]["value"] if results else {}
    return rules


def _first_words(output: bytes) -> str:
    return " ".join(output.decode(errors="replace").split())[:_MOST_CHARACTERS]


@cache
def _installed() -> tuple[tuple[str, Callable[[], Any]], ...]:
    """Return the name and the loader of each installed policy."""
    # It takes its time, and most plans have nothing to do.
    from importlib.metadata import entry_points

    return tuple(
        (point.name, point.load)
        for point in sorted(entry_points(group=GROUP), key=lambda entry_point: entry_point.name)
    )
