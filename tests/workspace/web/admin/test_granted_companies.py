"""Who is granted which company, over the admin API: a setting of the workspace that is kept with the people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.admin.client import codes
from tests.support.databases import one_is_enough
from workspace.database import engine as db
from workspace.people import rows as people
from workspace.people.rows import Company, Contact
from workspace.serve.sandbox import create_sandbox

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.support.admin.client import Api, Clock

PATH = "/granted_companies"


@pytest.fixture(autouse=True)
def crowd(engine: Engine) -> None:
    with db.writing(engine) as connection:
        people.add_companies(
            connection, [Company(id=f"id-{one}", company_id=one, name=one.title(), created_at=0) for one in ("a", "b")]
        )
        people.add_contacts(
            connection,
            [
                Contact(id="p-1", role="user", created_at=0, external_id="u-1", email="Dana@x.example"),
                Contact(id="p-2", role="user", created_at=0, email="two@x.example"),
                Contact(id="p-3", role="user", created_at=0, email="two@x.example"),
            ],
        )


def told(api: Api) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.send("GET", PATH).json()["people"]
    return items


def test_people_are_granted_companies_by_any_of_their_names(api: Api) -> None:
    first = api.send("PATCH", PATH, json={"people": {"dana@x.example": ["b", "a"]}}, revision=1)
    assert (first.status_code, first.json()["revision"]) == (200, 2)
    assert told(api) == [{"id": "p-1", "external_id": "u-1", "email": "Dana@x.example", "companies": ["a", "b"]}]
    assert api.configuration()["granted_companies"] == {"revision": 2, "enabled": True, "people": told(api)}
    again = api.send("PATCH", PATH, json={"people": {"u-1": ["a", "b"]}}, revision=2)
    assert again.json()["revision"] == 2
    assert api.send("PATCH", PATH, json={"people": {"p-1": [], "p-2": ["a"]}}, revision=2).json()["revision"] == 3
    assert [one["id"] for one in told(api)] == ["p-2"]
    entry = api.send("GET", f"/activity?resource={PATH[1:]}").json()["data"][0]
    assert entry["changes"] == {
        "people": {"before": {"p-1": ["a", "b"], "p-2": []}, "after": {"p-1": [], "p-2": ["a"]}}
    }


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"nobody": ["a"]}, 422, "value_invalid"),
        ({"two@x.example": ["a"]}, 422, "value_invalid"),
        ({"u-1": ["a"], "dana@x.example": ["b"]}, 422, "value_invalid"),
        ({"u-1": ["a", "gone"]}, 404, "company_not_found"),
        ({"u-1": [str(number) for number in range(101)]}, 422, "value_invalid"),
    ],
)
@one_is_enough
def test_what_cannot_be_granted_is_refused_as_a_whole(api: Api, wanted: Any, status: int, code: str) -> None:
    refused = api.send("PATCH", PATH, json={"people": {"p-3": ["a"], **wanted}}, revision=1)
    assert (refused.status_code, codes(refused)) == (status, [code])
    assert told(api) == []
    assert api.send("GET", PATH).json()["revision"] == 1


@one_is_enough
def test_a_stale_revision_is_refused(api: Api) -> None:
    api.send("PATCH", PATH, json={"people": {"u-1": ["a"]}}, revision=1)
    refused = api.send("PATCH", PATH, json={"people": {"u-1": ["b"]}}, revision=1)
    assert (refused.status_code, codes(refused)) == (412, ["revision_mismatch"])
    # Law 11: another write that was decided on what was granted then is not made either.
    decided = {"Portal-Decided-On": "granted_companies=1"}
    late = api.send("PATCH", "/help_centers/acme/audience", json={"mode": "nobody"}, revision=1, headers=decided)
    assert (late.status_code, codes(late)) == (412, ["basis_moved"])


@one_is_enough
def test_it_is_switched_off_only_while_nobody_is_granted_a_company(api: Api) -> None:
    api.send("PATCH", PATH, json={"people": {"u-1": ["a"]}}, revision=1)
    assert codes(api.send("PATCH", PATH, json={"enabled": False}, revision=2)) == ["value_invalid"]
    api.send("PATCH", PATH, json={"people": {"u-1": []}}, revision=2)
    assert api.send("PATCH", PATH, json={"enabled": False}, revision=3).json()["enabled"] is False
    refused = api.send("PATCH", PATH, json={"people": {"u-1": ["a"]}}, revision=4)
    assert (refused.status_code, codes(refused)) == (404, ["granted_companies_not_enabled"])


@one_is_enough
def test_references_are_resolved(api: Api) -> None:
    asked = {"people": ["u-1", "two@x.example", "nobody"], "companies": ["a", "gone"]}
    assert api.send("POST", "/help_centers/acme/access/resolve", json=asked).json() == {
        "people": [
            {"ref": "u-1", "id": "p-1", "ambiguous": 0},
            {"ref": "two@x.example", "id": None, "ambiguous": 2},
            {"ref": "nobody", "id": None, "ambiguous": 0},
        ],
        "missing_companies": ["gone"],
    }


@one_is_enough
def test_a_comparison_tells_who_would_be_granted_more_or_less(api: Api) -> None:
    api.send("PATCH", PATH, json={"people": {"p-2": ["a"]}}, revision=1)
    view = {"open": True, "audience": {"mode": "everyone", "rule": None}, "ticket_visibility": {"restricted": False}}
    view["ticket_visibility"] = {"restricted": False, "conditions": None}
    after = {**view, "granted": {"u-1": ["a", "b"], "p-2": []}}
    answer = api.send("POST", "/help_centers/acme/access/compare", json={"before": view, "after": after}).json()
    named = {name: [one["id"] for one in answer[name]["sample"]] for name in ("gained", "sees_more", "sees_less")}
    assert named == {"gained": [], "sees_more": ["p-1"], "sees_less": ["p-2"]}
    assert answer["companies_gained"]["sample"] == ["B"]
    assert answer["companies_lost"]["count"] == 0
    asked = {"people": ["u-1", "p-2"], "view": after, "card_shown": False}
    checked = api.send("POST", "/help_centers/acme/access/check", json=asked).json()["results"]
    assert [one["can"]["see_company_tickets"] for one in checked] == [True, False]


@one_is_enough
def test_a_sandbox_takes_grants_of_people_whom_it_does_not_know(api: Api, clock: Clock) -> None:
    api.send("PATCH", PATH, json={"people": {"u-1": ["a"]}}, revision=1)
    answer = api.configuration(record="acme")
    app, token = create_sandbox(answer, clock)
    from tests.support.admin.client import Api as Client

    other = Client(app)
    other.http.headers["Authorization"] = f"Bearer {token}"
    assert told(other) == told(api)
    made = other.send("PATCH", PATH, json={"people": {"u-1": [], "new@x.example": ["b", "c"]}}, revision=2)
    assert made.status_code == 200, made.text
    assert [one["companies"] for one in told(other)] == [["b", "c"]]
    assert [one["companies"] for one in told(api)] == [["a"]]
