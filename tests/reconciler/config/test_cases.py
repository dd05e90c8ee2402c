"""Small files, each with what is said about it. `UPDATE_GOLDEN=1` writes the texts anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from click import unstyle

from reconciler.config import validate as semantics
from reconciler.config.yaml import document as source
from reconciler.core.diagnostics import Severity
from reconciler.core.errors import ConfigurationInvalid
from reconciler.render.text.diagnostics import text
from tests.support.golden import assert_golden

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.core.diagnostics import Diagnostic

ROOT = Path(__file__).parents[3]
CASES = Path(__file__).parents[2] / "cases" / "config"
INVALID = sorted((CASES / "invalid").glob("*.yaml"))
VALID = [*sorted((CASES / "valid").glob("*.yaml")), ROOT / "examples" / "portal.yaml"]


def found_in(path: Path) -> Sequence[Diagnostic]:
    """Return what is said about a file, which is called by its bare name."""
    data = path.read_bytes()
    try:
        return semantics.validate(source.parse(source.decode(data, path.name), path.name))
    except ConfigurationInvalid as problem:
        return problem.diagnostics


def said(diagnostics: Sequence[Diagnostic]) -> str:
    return unstyle(text(diagnostics))


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid(path: Path) -> None:
    problems = found_in(path)
    assert any(one.severity is Severity.ERROR for one in problems)
    assert all(one.source and one.source.file == path.name for one in problems)
    places = [(one.source.line, one.source.column) for one in problems if one.source]
    assert places == sorted(places)
    assert "do_not_show" not in repr(problems)
    assert_golden(path.with_suffix(".txt"), said(problems))


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid(path: Path) -> None:
    problems = found_in(path)
    assert not [one for one in problems if one.severity is Severity.ERROR]
    if problems:
        assert_golden(path.with_suffix(".txt"), said(problems))
    else:
        assert not path.with_suffix(".txt").exists()


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_both_validators_accept_what_is_valid(path: Path) -> None:
    schema = json.loads((ROOT / "schemas" / "portal.schema.json").read_text(encoding="utf-8"))
    values = source.parse(source.decode(path.read_bytes(), ""), "").values
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    assert not list(validator.iter_errors(values))


def test_no_text_is_left_without_its_file() -> None:
    for path in CASES.rglob("*.txt"):
        assert path.with_suffix(".yaml").exists(), path
