"""The part of a rule that the vendor's search holds finds the people whom the rule's part means here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from workspace.upstream import mirror, observing
from workspace.upstream.protocol import MirroredAttributes

if TYPE_CHECKING:
    import httpx

    from tests.support.upstream.stage import Stage

EMAIL = {"attribute": "email", "type": "text", "comparison": "contains", "value": "examply"}
BETA = {"attribute": "tag", "type": "tag", "comparison": "eq", "value": "beta"}
PLAN = {"attribute": "company.plan", "type": "text", "comparison": "eq", "value": "team"}
NAMES = {"attribute": "name", "type": "text", "comparison": "starts_with", "value": "a"}
NOBODY = {"attribute": "email", "type": "text", "comparison": "in", "value": ["nobody@elsewhere.example"]}


def group(operator: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"operator": operator, "predicates": list(rules)}


EITHER = group("or", EMAIL, NAMES)


@pytest.fixture
def admin(stage: Stage) -> httpx.Client:
    observing.look(stage.engine, stage.upstream())
    wanted = MirroredAttributes(frozenset({"name"}), frozenset({"plan"}))
    mirror.Mirror(stage.engine, stage.upstream()).refresh(wanted, int(stage.clock.now))
    return stage.admin()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "part"),
    [
        (None, None),
        (EMAIL, group("and", EMAIL)),
        (group("and", EMAIL, BETA, PLAN), group("and", EMAIL)),
        (group("and", group("and", EMAIL, PLAN), EITHER), group("and", EMAIL, EITHER)),
        (group("or", EMAIL, PLAN), None),
        (group("not", EMAIL), None),
        (NOBODY, group("and", NOBODY)),
    ],
)
def test_both_count_the_same(admin: httpx.Client, rule: Any, part: Any) -> None:
    answer = admin.post("/mirror/compare", json={"rule": rule})
    assert answer.status_code == 200, answer.text
    comparison = answer.json()
    assert comparison["part"] == part
    assert comparison["theirs"] == comparison["here"]
    assert comparison["agrees"] is True


def test_nobody_mirrored_is_no_agreement(stage: Stage) -> None:
    observing.look(stage.engine, stage.upstream())
    comparison = stage.admin().post("/mirror/compare", json={"rule": None}).json()
    assert (comparison["here"], comparison["agrees"]) == (None, False)


def test_a_rule_that_is_none_is_refused(admin: httpx.Client) -> None:
    assert admin.post("/mirror/compare", json={"rule": {"operator": "xor", "predicates": []}}).status_code in {400, 422}
