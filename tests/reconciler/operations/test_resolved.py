"""`portal show --resolved`: what counts in an environment, and where each value is from."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click import unstyle
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.app import run
from reconciler.config import desired as config
from reconciler.config import validate as semantics
from reconciler.config.environments.files import Files
from reconciler.config.environments.overrides import effective
from reconciler.config.environments.provenance import origins
from reconciler.config.yaml.document import parse
from reconciler.operations.resolve import resolved_document
from reconciler.render.text.resolved import resolved
from tests.reconciler.cli.conftest import Run
from tests.reconciler.cli.test_end_to_end import document as checked
from tests.support.config.written import written
from tests.support.examples import examples
from tests.support.golden import assert_golden
from tests.support.laws.strategies import configurations
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CASES = ROOT / "tests" / "cases" / "cli"
STAGING = """\
workspace: ${PORTAL_STAGING_WORKSPACE}
token: ${PORTAL_STAGING_TOKEN}
promote_from: production
overrides:
  help_center:
    custom_domain: help.staging.acme.example
    cookie_forwarding: {acknowledged_by: ada@acme.example, reason: "The proxy: it hides it.", until: 2027-01-31}
  audience: nobody
  homepage: {sections: [], unlisted: hide}
"""
MAY = "\npromotion: {may_differ: [help_center, audience, homepage]}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with the example, whose environment `staging` stands in a file of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTAL_STAGING_TOKEN", "never-show-this")
    monkeypatch.setenv("PORTAL_STAGING_WORKSPACE", "https://never-show-this.example")
    text = (ROOT / "examples" / "portal.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition("  staging:\n")
    production = rest.partition("  production:\n")[2].replace("    promote_from: staging\n", "")
    (tmp_path / "portal.yaml").write_text(f"{head}  production:\n{production}{MAY}", encoding="utf-8")
    (tmp_path / "portal.staging.yaml").write_text(STAGING, encoding="utf-8")
    return tmp_path


def shown(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["show", "--resolved", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "never-show-this" not in out
    return out


@pytest.mark.parametrize("name", ["staging", "production", None])
def test_a_person_sees_where_each_value_is_from(
    here: Path, name: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shown(*(("-e", name) if name else ()), capsys=capsys)
    assert_golden(CASES / f"resolved-{name or 'none'}.txt", out)


def test_a_program_sees_it_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown("-e", "staging", "--format", "json", capsys=capsys)
    diagnostics = checked(Run(0, out, ""), "result.schema.json")
    assert diagnostics["configuration"]["environment"] == "staging"
    assert diagnostics["values"]["environments"] == {
        "staging": {
            "workspace": "${PORTAL_STAGING_WORKSPACE}",
            "token": "${PORTAL_STAGING_TOKEN}",
            "promote_from": "production",
        }
    }
    of = diagnostics["origins"]
    assert of["help_center.custom_domain"] == {
        "file": "portal.staging.yaml", "line": 6, "column": 20, "from": "override",
    }  # fmt: skip
    assert of["help_center.cookie_forwarding.until"]["from"] == "override"
    assert of["homepage.sections"] == {"file": "portal.staging.yaml", "line": 9, "column": 24, "from": "override"}
    assert of["help_center.live"] == {"file": "portal.yaml", "line": 18, "column": 9, "from": "base"}
    assert of["environments.staging.token"]["file"] == "portal.staging.yaml"
    assert json.loads(shown("--format", "json", capsys=capsys))["configuration"]["environment"] is None


def test_what_an_entry_of_the_main_file_overrides_is_an_override(capsys: pytest.CaptureFixture[str]) -> None:
    example = str(ROOT / "examples" / "portal.yaml")
    contents = json.loads(shown("-e", "staging", "-f", example, "--format", "json", capsys=capsys))
    overridden = [path for path, one in contents["origins"].items() if one["from"] == "override"]
    assert overridden == ["help_center.custom_domain"]
    assert {one["file"] for one in contents["origins"].values()} == {example}


def test_what_cannot_be_used_is_not_resolved(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "portal.staging.yaml").write_text(STAGING.replace("audience", "audiance"), encoding="utf-8")
    assert run(["show", "--resolved"]) == 0
    capsys.readouterr()
    assert run(["show", "--resolved", "-e", "staging", "--format", "json"]) == 1
    out, _ = capsys.readouterr()
    diagnostics = checked(Run(1, out, ""), "result.schema.json")
    assert [(one["code"], one["source"]["file"]) for one in diagnostics["diagnostics"]] == [
        ("unknown-key", "portal.staging.yaml")
    ]


@pytest.mark.parametrize(
    "arguments", [[], ["plan.json", "--resolved"], ["--resolved", "--format", "sarif"], ["--resolved", "-e"]]
)
def test_what_makes_no_sense_is_refused(arguments: list[str]) -> None:
    assert run(["show", *arguments]) == 64


def test_a_receipt_is_looked_for_with_the_file_that_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.move("portal.yaml", "acme.yaml")
    assert run(["show", "r1", "-e", "stagin", "-f", "acme.yaml"]) == 1
    assert "`stagin` is not an environment of acme.yaml" in capsys.readouterr().err


PARTS = ("help_center", "audience", "homepage", "portal", "messenger", "guards")


@examples(12)
@given(configurations(), configurations(), st.data())
def test_what_is_shown_says_the_same_and_every_place_is_right(
    values: dict[str, Any], other: dict[str, Any], data: st.DataObject
) -> None:
    overrides = {key: part for key, part in other.items() if key in PARTS}
    entry = {"workspace": "https://a.example", "token": "${T}", "overrides": overrides}
    values = {**values, "promotion": {"may_differ": list(PARTS)}}
    main, own = (data.draw(written(st.just(one))) for one in (values, entry))
    whole = Files("portal.yaml", {"portal.yaml": main, "own.yaml": own}, {"staging": ("own.yaml",)}).document()
    if any(one.severity == "error" for one in semantics.validate(whole)):
        return
    merged = effective(whole, "staging")
    shown = resolved_document(replace(config.build(merged), environment="staging"), whole)
    said = parse(unstyle(resolved(shown)), "x").values
    said.pop("environments", None)
    assert said == merged.values

    texts = {"portal.yaml": main.decode(), "own.yaml": own.decode()}
    for one in origins(whole, "staging"):
        assert one.overridden == (one.source.file == "own.yaml" and one.path[0] != "environments")
        line = texts[one.source.file].removeprefix("\ufeff").replace("\r\n", "\n").split("\n")[one.source.line - 1]
        value = merged.root.at(one.path)
        if value is not None and isinstance(value.value, bool):
            assert line[one.source.column - 1 :].startswith((json.dumps(value.value), "*", "&"))
