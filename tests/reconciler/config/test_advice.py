"""What is said about each diagnostic code: its examples do what they claim."""

from __future__ import annotations

import re
from datetime import date

import pytest

from reconciler.config import validate as semantics
from reconciler.config.yaml import document as source
from reconciler.core.codes import CODES, advice
from reconciler.core.errors import PortalError

TODAY = date(2026, 11, 22)
WHOLE = ("file-empty", "missing-key", "yaml-version", "yaml-several-documents")
"""What their examples leave out, they leave out on purpose."""

NEEDED = {"version": "1", "name": "acme-support", "help_center": "{identifier: acme}"}


def codes_of(code: str, text: str) -> list[str]:
    """Return the codes of what is wrong with an example."""
    if code not in WHOLE:
        missing = [key for key in NEEDED if not re.search(rf"^{key}:", text, re.MULTILINE)]
        text = "".join(f"{key}: {NEEDED[key]}\n" for key in missing) + text
    try:
        return [one.code for one in semantics.validate(source.parse(text, "example.yaml"), TODAY)]
    except PortalError as problem:
        return [one.code for one in problem.diagnostics]


@pytest.mark.parametrize("code", [one for one in sorted(CODES) if advice(one).bad])
def test_a_bad_example_has_that_problem_and_no_other(code: str) -> None:
    assert codes_of(code, advice(code).bad) == [code]


@pytest.mark.parametrize("code", [one for one in sorted(CODES) if advice(one).good])
def test_a_mended_example_is_valid(code: str) -> None:
    assert codes_of(code, advice(code).good) == []


def test_what_is_said_is_said_in_sentences() -> None:
    for text in (text for one in map(advice, CODES) for text in (one.remedy, one.why) if text):
        assert text.endswith(".") or "pip install" in text
        assert text[0] == "`" or text[0].isupper()
