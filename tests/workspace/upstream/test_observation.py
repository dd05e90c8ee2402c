"""Acceptance check 31: a plan from an observation is the same plan, byte for byte; and the file tells nothing else."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.reconciler.cli.conftest import Place, served
from tests.workspace.upstream.test_questions import FILE

__all__ = ["served"]


@pytest.fixture
def place(served: Place) -> Place:
    (served.folder / "portal.yaml").write_text(FILE, encoding="utf-8")
    token = served.environment["PORTAL_TOKEN"]
    headers = {"Authorization": f"Bearer {token}", "Intercom-Version": "2.16"}
    with httpx.Client(base_url=served.url, headers=headers) as http:
        body = {"name": "canary_attribute", "model": "contact", "data_type": "string"}
        assert http.post("/data_attributes", json=body).is_success
        query: dict[str, Any] = {"query": {"field": "role", "operator": "=", "value": "user"}}
        for one in http.post("/contacts/search", json=query).json()["data"][:20]:
            values = {"custom_attributes": {"canary_attribute": "CANARY-VALUE"}, "phone": "CANARY-PHONE"}
            assert http.put(f"/contacts/{one['id']}", json=values).is_success
    return Place(served.folder, environment={"PORTAL_INTERCOM_URL": served.url, "INTERCOM_TOKEN": token})


PLAN = ("plan", "-e", "production", "--format", "json")


BY_RULE = 'granted_by_rule: [{where: {attribute: person.email, contains: "@"}, companies: [acme-1]}]\n'


@pytest.mark.parametrize("more", ["", BY_RULE], ids=["as it is", "granted by rule"])
def test_the_same_bytes_without_a_workspace(place: Place, more: str) -> None:
    (place.folder / "portal.yaml").write_text(FILE + more, encoding="utf-8")
    first = place.portal(*PLAN, "--save-observation", "seen.json")
    assert first.code in {0, 3}, first.err
    assert json.loads(first.out)["access"]["after"]["count"] > 0
    nowhere = {"PORTAL_INTERCOM_URL": "http://127.0.0.1:9", "INTERCOM_TOKEN": ""}
    again = [place.portal(*PLAN, "--from-observation", "seen.json", **nowhere) for _ in range(2)]
    assert [one.out for one in again] == [first.out, first.out]
    assert {one.code for one in again} == {first.code}


def test_the_file_holds_no_secret_and_no_attribute_that_no_rule_names(place: Place) -> None:
    assert place.portal(*PLAN, "--save-observation", "seen.json").code in {0, 3}
    text = (place.folder / "seen.json").read_text(encoding="utf-8")
    assert "CANARY-VALUE" not in text
    assert "CANARY-PHONE" not in text
    assert place.environment["INTERCOM_TOKEN"] not in text
    assert '"ip"' not in text
    assert "plan_tier" in text


def test_another_file_asks_what_was_not_answered(place: Place) -> None:
    assert place.portal(*PLAN, "--save-observation", "seen.json").code in {0, 3}
    other = FILE.replace("is: [team]", "is: [enterprise]")
    (place.folder / "portal.yaml").write_text(other, encoding="utf-8")
    ran = place.portal("plan", "-e", "production", "--from-observation", "seen.json")
    assert ran.code == 64
    assert "observation-lacks" in ran.err


@pytest.mark.parametrize("content", ["", "[]", '{"kind": "plan"}'])
def test_what_is_no_observation_is_told(place: Place, content: str) -> None:
    (place.folder / "seen.json").write_text(content, encoding="utf-8")
    ran = place.portal("plan", "-e", "production", "--from-observation", "seen.json")
    assert ran.code == 64
    assert "observation-invalid" in ran.err
