"""A team's own policies about plans: in Rego by the engine on the PATH, and as functions of installed packages.

The engine here is a small program that is called as `opa` is, reads what `opa` reads and answers as `opa` answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.reconciler.cli.conftest import PORTAL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reconciler.cli.conftest import Place

ENGINE = f"""#!{sys.executable}
import json, os, pathlib, sys
given = sys.argv[1:]
assert given[:4] == ["eval", "--format", "json", "--stdin-input"], given
assert given[-1] == "data.main", given
rules = (pathlib.Path(given[given.index("--data") + 1]) / "limit.rego").read_text()
plan = json.load(sys.stdin)
if "broken" in rules:
    sys.exit("1 error occurred: limit.rego:1: rego_parse_error: unexpected token")
if "package main" not in rules:
    print("{{}}")
    sys.exit()
limit, gained = int(rules.split()[-1]), plan["access"]["gained"]["count"]
deny = [{{"msg": f"{{gained}} people at once, and {{limit}} is the most"}}] if gained > limit else []
value = {{"deny": deny, "warn_of_names": ["sees " + " ".join(sorted(os.environ))], "helper": 3}}
print(json.dumps({{"result": [{{"expressions": [{{"value": value}}]}}]}}))
"""
WIDENS = ("--allow", "widens_access")


@pytest.fixture
def judged(embedded: Place) -> Place:
    """Give a place with an engine, and a policy that lets in thirty people at once."""
    engine = embedded.folder / "bin" / "opa"
    engine.parent.mkdir()
    engine.write_text(ENGINE)
    engine.chmod(0o755)
    embedded.environment["PATH"] = f"{engine.parent}:{os.environ['PATH']}"
    embedded.environment["PORTAL_TOKEN"] = "nobody-else-may-read-this"
    limit(embedded, "package main\n# 30")
    return embedded


def limit(place: Place, rules: str) -> None:
    (place.folder / "policies").mkdir(exist_ok=True)
    (place.folder / "policies" / "limit.rego").write_text(rules)


def codes(out: str) -> list[str]:
    return [one["code"] for one in json.loads(out)["diagnostics"]]


def test_a_policy_that_holds_lets_a_plan_through(judged: Place) -> None:
    planned = judged.portal("plan", *WIDENS, "--format", "json")
    document = json.loads(planned.out)
    assert (planned.code, document["policies"]) == (0, ["policies/*.rego"])
    # A warning is told; what is secret is not there for rules to read.
    told = next(one for one in document["diagnostics"] if one["code"] == "policy-warned")
    assert "sees" in told["summary"]
    assert "PORTAL_TOKEN" not in told["summary"]
    assert "nobody-else" not in planned.out
    assert judged.portal("apply", "--yes", *WIDENS).code == 0


def test_a_policy_forbids_a_plan_whatever_is_allowed(judged: Place) -> None:
    limit(judged, "package main\n# 20")
    planned = judged.portal("plan", *WIDENS)
    assert planned.code == 3
    assert "error [policy-denied]\n  policies/*.rego: 26 people at once, and 20 is the most\n" in planned.out
    assert judged.portal("apply", "--yes", *WIDENS).code == 3
    assert "never applied" in judged.portal("drift").out


def test_policies_are_asked_again_before_a_saved_plan_is_applied(judged: Place) -> None:
    assert judged.portal("plan", *WIDENS, "--out", "plan.json").code == 0
    limit(judged, "package main\n# 20")
    applied = judged.portal("apply", "plan.json", "--yes", "--format", "json")
    assert applied.code == 3
    assert "policy-denied" in codes(applied.out)
    assert "never applied" in judged.portal("drift").out
    limit(judged, "package main\n# 30")
    assert judged.portal("apply", "plan.json", "--yes").code == 0


def test_a_policy_that_is_gone_forbids_what_it_once_let_through(judged: Place) -> None:
    assert judged.portal("plan", *WIDENS, "--out", "plan.json").code == 0
    (judged.folder / "policies" / "limit.rego").unlink()
    applied = judged.portal("apply", "plan.json", "--yes", "--format", "json")
    assert (applied.code, "policy-missing" in codes(applied.out)) == (3, True)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("package main\nbroken", "opa ended with 1: 1 error occurred: limit.rego:1: rego_parse_error"),
        ("package portal\n# 30", "it has no rule deny, violation or warn (in Rego: in the package main)"),
    ],
    ids=["broken", "another-package"],
)
def test_a_policy_that_cannot_be_asked_forbids_the_plan(judged: Place, rules: str, said: str) -> None:
    limit(judged, rules)
    planned = judged.portal("plan", *WIDENS)
    assert planned.code == 3
    assert f"policies/*.rego cannot be asked: {said}" in planned.out


def test_rego_without_its_engine_forbids_the_plan(judged: Place) -> None:
    (judged.folder / "bin" / "opa").unlink()
    judged.environment["PATH"] = str(judged.folder / "bin")
    planned = judged.portal("plan", *WIDENS)
    assert planned.code == 3
    assert "they are in Rego, and there is no opa on the PATH\n  → Install opa" in planned.out


FUNCTIONS = """
def friday(plan):
    plan["changes"].clear()
    return {"deny": [], "warn": ["on a Friday?"]}

def production(plan):
    assert plan["changes"], "another policy changed the plan"
    return {"deny": {"msg": "only production may be changed"} if plan["environment"] is None else []}

def fails(plan):
    raise KeyError("weekday")
"""


def installed(folder: Path, *names: str) -> None:
    """Lay a package with policies down as an installer does, where `planned_with` has Python look."""
    site = folder / "site"
    about = site / "acme_policies-1.0.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    (site / "acme_policies.py").write_text(FUNCTIONS)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-policies\nVersion: 1.0\n")
    entries = "".join(f"{name} = acme_policies:{name}\n" for name in names)
    (about / "entry_points.txt").write_text(f"[portal.policies]\n{entries}")


def planned_with(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `portal plan` in a process that begins anew, as only such a one finds what was installed."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "site")}
    command = [str(PORTAL), "plan", *WIDENS, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_function_of_an_installed_package_is_a_policy(embedded: Place) -> None:
    installed(embedded.folder, "friday", "production")
    planned = planned_with(embedded.folder, "--format", "json")
    document = json.loads(planned.stdout)
    said = [(one["code"], one["summary"]) for one in document["diagnostics"] if one["code"].startswith("policy-")]
    assert planned.returncode == 3, planned.stderr
    assert document["policies"] == ["python:friday", "python:production"]
    assert said == [
        ("policy-warned", "python:friday: on a Friday?"),
        ("policy-denied", "python:production: only production may be changed"),
    ]
    assert len(document["changes"]) == 7


def test_a_function_that_fails_forbids_the_plan(embedded: Place) -> None:
    installed(embedded.folder, "fails")
    planned = planned_with(embedded.folder)
    assert planned.returncode == 3, planned.stderr
    assert "python:fails cannot be asked: 'weekday'" in planned.stdout
    assert "Traceback" not in planned.stdout + planned.stderr


def test_policies_judge_each_portal_of_a_fleet(judged: Place) -> None:
    fleet = judged.folder / "portals"
    fleet.mkdir()
    (judged.folder / "portal.yaml").rename(fleet / "portal.yaml")
    (judged.folder / "policies").rename(fleet / "policies")
    assert judged.portal("plan", "-f", "portals", *WIDENS).code == 0
    (fleet / "policies" / "limit.rego").write_text("package main\n# 20")
    planned = judged.portal("plan", "-f", "portals", *WIDENS)
    assert planned.code == 3
    assert "portals/policies/*.rego: 26 people at once" in planned.out


def test_without_policies_a_plan_says_nothing_of_them(embedded: Place) -> None:
    assert "policies" not in json.loads(embedded.portal("plan", "--format", "json").out)
