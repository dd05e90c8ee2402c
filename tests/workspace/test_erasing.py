"""Whoever is deleted is named by no receipt any more. On both databases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from tests.reconciler.plan.test_plan_text import example, read
from tests.support import applying
from tests.support.sample import NOW, TOKEN, Sample, sample
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

EMAIL, NAME = "a.zoë@examply.com", "Zoë Añez"


def rest(workspace: Sample) -> httpx.Client:
    settings = Settings(engine=workspace.engine, embedded=EphemeralToken(TOKEN, "ci"), clock=lambda: NOW)
    headers = {"Authorization": f"Bearer {TOKEN}", "Intercom-Version": "2.16"}
    return httpx.Client(transport=httpx.WSGITransport(create_app(settings)), base_url="http://sample", headers=headers)


def made(api: httpx.Client, **values: Any) -> str:
    answer = api.post("/contacts", json={"role": "user", **values})
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


@pytest.mark.slow
def test_a_deleted_person_is_named_by_no_receipt(database_kind: str) -> None:
    with sample(database_kind) as workspace, rest(workspace) as api:
        person = made(api, external_id="zoe", email=EMAIL, name=NAME)
        other = made(api, external_id="other", email="aa@examply.com", name="Zoë")
        values: Mapping[str, Any] = {
            **example(),
            "audience": {"any": [{"attribute": "person.email", "ends_with": "@examply.com"}]},
            "expectations": [{"person": EMAIL, "can": ["open_portal"]}],
        }
        plan = planning.make_plan(read(dict(values)), workspace.target(), now=NOW, allowed=ALLOWABLE)
        assert applying.run(plan, workspace.target()).failure is None
        before = workspace.target().receipt("r1")
        assert EMAIL in before["plan"]["access"]["gained"]["sample"]
        assert api.delete(f"/contacts/{person}").is_success
        after = workspace.target().receipt("r1")
    access = after["plan"]["access"]
    assert EMAIL not in json.dumps(access, ensure_ascii=False)
    assert "(erased)" in access["gained"]["sample"]
    assert "aa@examply.com" in access["gained"]["sample"], other
    assert access["gained"]["count"] == before["plan"]["access"]["gained"]["count"]
    # What the team wrote stays: it is their configuration.
    assert [one["person"] for one in after["plan"]["expectations"]] == [EMAIL]
