"""What a reviewer reads: the text of a plan in telling situations, and its document against the schema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import jsonschema_rs
import pytest
import yaml

from reconciler.config import desired as config
from reconciler.config import validate as semantics
from reconciler.config.yaml import document as source
from reconciler.core import documents
from reconciler.core.contract import load_json
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE, Risk
from reconciler.plan.document import write
from reconciler.render.text import plan as text
from tests.support import applying
from tests.support.golden import assert_golden
from tests.support.sample import NOW, ROOT, sample

if TYPE_CHECKING:
    from reconciler.config.desired import Config

CASES = sorted((Path(__file__).parents[2] / "cases" / "plan").glob("*.yaml"))


@cache
def example() -> dict[str, Any]:
    values: dict[str, Any] = dict(source.load(str(ROOT / "examples" / "portal.yaml")).values)
    values.pop("environments", None)
    return values


def values_of(given: dict[str, Any] | str) -> dict[str, Any]:
    """Return the values of a file that a case describes: whole, or the example with parts replaced."""
    if given == "example":
        return example()
    parts = dict(given)
    base = example() if parts.pop("base", None) else {"version": 1, "name": "acme-support"}
    return {**base, **parts}


def read(values: dict[str, Any]) -> Config:
    # As JSON with a line for each value, which is YAML too: the golden texts show its lines.
    document = source.parse(json.dumps(values, indent=2), "portal.yaml")
    problems = semantics.validate(document)
    assert not problems, problems
    return config.build(document)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_plan(case: Path) -> None:
    given = yaml.safe_load(case.read_text(encoding="utf-8"))
    with sample() as found:
        if "applied" in given:
            first = planning.make_plan(read(values_of(given["applied"])), found.target(), now=NOW, allowed=ALLOWABLE)
            assert applying.run(first, found.target()).failure is None
        for method, path, body in given.get("meddled", ()):
            found.meddle(method, path, body)
        wanted = values_of("example" if given.get("example") else given["file"])
        allowed = [Risk(one) for one in given.get("allow", ())]
        plan = planning.make_plan(read(wanted), found.target(), now=NOW, allowed=allowed)
    document = write.to_document(plan)
    jsonschema_rs.validator_for(load_json("plan.schema.json")).validate(json.loads(documents.dumps(document)))
    assert_golden(case.with_suffix(".txt"), click.unstyle(text.plan(document)))
