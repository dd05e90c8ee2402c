"""What a reviewer reads: the text of a plan in telling situations, and its document against the schema."""

from __future__ import annotations

import json
import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import jsonschema_rs
import pytest
import yaml
from markdown_it import MarkdownIt

from reconciler.config import desired as config
from reconciler.config import validate as semantics
from reconciler.config.yaml import document as source
from reconciler.core import documents
from reconciler.core.contract import load_json
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE, Risk
from reconciler.plan.document import write
from reconciler.render.markdown import plan as markdown
from reconciler.render.plain import columns
from reconciler.render.text import plan as text
from reconciler.render.text.fit import fitted
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


@cache
def planned(case: Path) -> dict[str, Any]:
    """Return the document of the plan that a case leads to."""
    given = yaml.safe_load(case.read_text(encoding="utf-8"))
    with sample() as workspace:
        if "applied" in given:
            first = planning.make_plan(
                read(values_of(given["applied"])), workspace.target(), now=NOW, allowed=ALLOWABLE
            )
            assert applying.run(first, workspace.target()).failure is None
        for method, path, body in given.get("meddled", ()):
            workspace.meddle(method, path, body)
        wanted = values_of("example" if given.get("example") else given["file"])
        allowed = [Risk(one) for one in given.get("allow", ())]
        plan = planning.make_plan(read(wanted), workspace.target(), now=NOW, allowed=allowed)
    return write.to_document(plan)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_plan(case: Path) -> None:
    document = planned(case)
    jsonschema_rs.validator_for(load_json("plan.schema.json")).validate(json.loads(documents.dumps(document)))
    assert_golden(case.with_suffix(".txt"), click.unstyle(text.plan(document)))


TELLING = {
    "01-first-apply": ("Widens access", "gained", "portal:widens_access"),
    "02-first-apply-allowed": ("Widens access", "gained", ""),
    "04-audience-changed-by-hand": ("people since a change by hand", "lost", "portal:narrows_access"),
    "05-required-settings-unmet": ("required-setting", "", "solve the "),
    "08-foreign-draft": ("Publishes somebody else", "", "portal:publishes_foreign_draft"),
    "09-closing": ("Closes the portal", "lost", "portal:narrows_access"),
    "11-expectation-broken": ("expectation-broken", "gained", "olve the "),
    "12-rule-edited": ("(+0 −0)", "", ""),
    "14-degraded": ("", "", ""),
    "15-everyone": ("Lets everyone in", "gained", "portal:widens_access"),
}
"""Of each telling plan: the worst that it does, whom that touches, and what lets it through; empty where nothing."""


@pytest.mark.parametrize("name", TELLING)
def test_a_comment_says_the_worst_and_what_lets_it_through(name: str) -> None:
    """Whoever reads the beginning of the comment, and nothing else, can answer for it."""
    document = planned(CASES[0].parent / f"{name}.yaml")
    comment = markdown.plan(document, forge="github")  # type: ignore[arg-type]  # a document, as it is written
    assert_golden(CASES[0].parent / f"{name}.comment.txt", re.sub(r"[0-9a-f]{64}", "0" * 64, comment))
    worst, whom, way = TELLING[name]
    beginning = unescape(comment.partition("| | change |")[0])
    assert worst in beginning
    assert way in beginning
    assert ("**To let it through:**" in beginning) is (document["outcome"] == "blocked")
    if whom:
        people = document["access"][whom]
        assert people["count"] > 0
        assert all(one in beginning for one in people["sample"])


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", TELLING)
def test_a_plan_fits_the_terminal(name: str, width: int) -> None:
    """No line is cut by the terminal, and none says anything else than where there is room."""
    document = planned(CASES[0].parent / f"{name}.yaml")
    whole = click.unstyle(text.plan(document))  # type: ignore[arg-type]  # a document, as it is written
    shown = click.unstyle(fitted(text.plan(document, width), width))  # type: ignore[arg-type]
    assert_golden(CASES[0].parent / f"{name}.{width}.txt", shown)
    assert all(columns(line) <= width for line in shown.splitlines())
    assert shown.split() == whole.split()


@pytest.mark.parametrize("name", TELLING)
def test_a_comment_becomes_a_page(name: str) -> None:
    """The comment, as a browser gets it: what is prose is no code, and no mark of Markdown is left over."""
    comment = (CASES[0].parent / f"{name}.comment.txt").read_text(encoding="utf-8")
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(comment)
    assert_golden(CASES[0].parent / f"{name}.comment.html", page)
    prose = re.sub(r"<(pre|code)\b.*?</\1>|<[^>]*>", "", page, flags=re.DOTALL)
    assert not re.search(r"\*\*|^#|^\||```", prose, flags=re.MULTILINE)
