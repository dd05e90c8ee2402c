"""From a test workspace to the live one, both Intercom's: the same names, other ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support import applying
from tests.support.upstream.stage import Stage, staged
from tests.workspace.upstream.test_plan import SEEN, planned
from workspace.upstream import observing

if TYPE_CHECKING:
    import httpx

RULE = {"all": [{"attribute": "person.tag", "is": "beta"}, {"attribute": "company.tier", "is": "gold"}]}
FILE: dict[str, Any] = {
    **SEEN,
    "audience": RULE,
    "data_attributes": {"company": {"tier": {"type": "string", "description": "Of the file"}}},
}
WIRE = {
    "operator": "and",
    "predicates": [
        {"attribute": "tag", "type": "tag", "comparison": "eq", "value": "beta"},
        {"attribute": "company.custom_attributes.tier", "type": "text", "comparison": "eq", "value": "gold"},
    ],
}


def with_other_ids(request: httpx.Request, body: Any) -> Any:
    """Give attributes and tags other ids than the other workspace has, wherever they are told."""
    if request.url.path.startswith("/data_attributes") and "data" in body:
        for one in body["data"]:
            if "id" in one:
                one["id"] = 900_000 + one["id"] % 1000
    rows = body.get("data") or []
    tags = rows if request.url.path == "/tags" else []
    for one in rows if request.url.path in {"/contacts/search", "/companies/scroll"} else []:
        tags = [*tags, *(one["tags"].get("data") or one["tags"].get("tags") or [])]
    for one in tags:
        one["id"] = f"other-{one['id']}"
    return body


def reach(stage: Stage) -> None:
    """Apply what the API takes, and let a person say the rest."""
    observing.look(stage.engine, stage.upstream())
    attributes = {name: value for name, value in FILE.items() if name != "audience"}
    assert applying.run(planned(stage, attributes), stage.target()).failure is None
    said = {"address": "audience/acme", "values": {"mode": "rule", "rule": WIRE}}
    answer = stage.admin("Mara").post("/attestations", json=said)
    assert answer.is_success, answer.text
    stage.clock.now += 60


@pytest.mark.slow
def test_what_was_proven_in_a_test_workspace_is_nothing_to_do_in_the_live_one_after_it() -> None:
    """Acceptance check 32."""
    with staged() as test, staged() as live:
        for stage in (test, live):
            reach(stage)
            assert planned(stage, FILE).empty
        live.vendor.bend = with_other_ids
        live.clock.now += 60
        observing.look(live.engine, live.upstream())
        ids = [
            {one["name"]: one["id"] for one in stage.upstream().api.get("/data_attributes")["data"] if one["custom"]}
            for stage in (test, live)
        ]
        assert ids[0].keys() == ids[1].keys()
        assert not set(ids[0].values()) & set(ids[1].values())
        again = planned(live, FILE)
        assert again.empty, again.changes
        assert again.impact is None
