"""The evaluator that runs the workflows: what it answers is what GitHub answers, and the rest it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.expressions import Status, Unknown, condition, evaluate, interpolate

KNOWN: dict[str, Any] = {
    "github": {"event": {"labels": [{"name": "A"}, {"name": "b:c"}], "fork": False}, "ref": "refs/heads/main"},
    "vars": {},
    "inputs": {"mode": "plan", "count": 2},
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("inputs.mode == 'PLAN'", True),
        ("inputs['mode'] != 'plan'", False),
        ("vars.MISSING != ''", False),
        ("vars.MISSING.deeper == null", True),
        ("contains(github.event.labels.*.name, 'B:C') && 'yes' || 'no'", "yes"),
        ("contains(github.event.labels.*.name, 'b') && 'yes' || 'no'", "no"),
        ("contains(github.ref, 'main')", True),
        ("!github.event.fork && (inputs.count == 2 || false)", True),
        ("inputs.count == '2'", True),
        ("'it''s'", "it's"),
    ],
)
def test_what_is_known(expression: str, value: Any) -> None:
    assert evaluate(expression, KNOWN) == value


@pytest.mark.parametrize("expression", ["secrets.A", "toJSON(vars)", "1 +", "inputs.mode inputs", "'open", "(true", ""])
def test_what_is_not_known_is_refused(expression: str) -> None:
    with pytest.raises(Unknown):
        evaluate(expression, KNOWN)


def test_a_whole_object_is_no_text() -> None:
    assert interpolate("${{ inputs.mode }}-${{ inputs.count }}-${{ vars.NONE }}", KNOWN) == "plan-2-"
    with pytest.raises(Unknown):
        interpolate("${{ github.event }}", KNOWN)


def test_a_condition_that_does_not_ask_needs_success() -> None:
    failed = Status(failed=True)
    assert condition(None, KNOWN, Status())
    assert not condition(None, KNOWN, failed)
    assert not condition("inputs.mode == 'plan'", KNOWN, failed)
    assert condition("${{ !cancelled() && inputs.mode == 'plan' }}", KNOWN, failed)
    assert condition("always()", KNOWN, failed)
    assert not condition("success()", KNOWN, failed)
    assert condition("failure()", KNOWN, failed)
