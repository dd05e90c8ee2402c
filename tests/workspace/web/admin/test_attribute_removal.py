"""A data attribute is removed where nothing uses it. On both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from tests.support.admin.client import HELP_CENTER, Api, codes, dump
from workspace.database import engine as db
from workspace.database import tables

if TYPE_CHECKING:
    import httpx
    from sqlalchemy import Engine

TIER = "/data_attributes/company/plan_tier"


def remove(api: Api, path: str = TIER, revision: int | None = 1, **more: Any) -> httpx.Response:
    return api.send("DELETE", path, revision=revision, **more)


def names(wire: str, value: str = "team") -> dict[str, Any]:
    return {"attribute": wire, "type": "text", "comparison": "eq", "value": value}


def said(response: httpx.Response) -> dict[str, str]:
    assert (response.status_code, set(codes(response))) == (422, {"attribute_in_use"})
    return {one["field"]: one["message"] for one in response.json()["errors"]}


def test_an_attribute_is_removed(api: Api) -> None:
    removed = remove(api)
    assert (removed.status_code, removed.json()) == (200, {"deleted": True, "revision": None, "also": {}})
    assert api.get(TIER).status_code == 404
    assert [one["name"] for one in api.configuration()["data_attributes"]] == ["companies"]
    (entry,) = api.activity(resource="data_attribute/company.plan_tier")
    assert (entry["activity_type"], entry["revision"]) == ("data_attribute_change", 2)
    assert entry["description"] == "Removed the data attribute company.plan_tier"
    assert entry["changes"]["options"] == {"before": ["free", "team"], "after": None}
    # Nothing can name it any more.
    refused = api.patch(
        f"{HELP_CENTER}/audience", {"mode": "rule", "rule": names("company.custom_attributes.plan_tier")}
    )
    assert (refused.status_code, codes(refused)) == (422, ["unknown_attribute"])
    assert remove(api).status_code == 404


def test_one_that_is_made_again_goes_on_counting(api: Api) -> None:
    """Whoever remembers a revision of the former one must not write over the new one."""
    remove(api)
    made = api.create(TIER, {"type": "integer"})
    assert (made.status_code, made.headers["ETag"][:3]) == (201, '"3-')
    for attempt in (remove(api), api.patch(TIER, {"description": "x"})):
        assert (attempt.status_code, codes(attempt)) == (412, ["revision_mismatch"])
        assert [one["description"].split()[0] for one in attempt.json()["errors"][0]["data"]["changes"]] == [
            "Created",
            "Removed",
        ]
    assert api.patch(TIER, {"description": "x"}, revision=3).json()["revision"] == 4
    assert remove(api, revision=4).status_code == 200


def test_removing_says_what_it_was_made_from(api: Api, engine: Engine) -> None:
    before = dump(engine)
    assert remove(api, revision=None).status_code == 428
    assert remove(api, revision=2).status_code == 412
    assert remove(api, "/data_attributes/ticket/plan_tier").status_code == 404
    assert remove(api, "/data_attributes/contact/plan_tier").status_code == 404
    builtin = remove(api, "/data_attributes/contact/companies")
    assert (builtin.status_code, codes(builtin)) == (422, ["value_invalid"])
    assert dump(engine) == before


def test_one_that_a_rule_names_stays(api: Api, engine: Engine) -> None:
    wire = "company.custom_attributes.plan_tier"
    audience = {
        "operator": "and",
        "predicates": [names(wire), {"operator": "not", "predicates": [names(wire, "free")]}],
    }
    api.patch(f"{HELP_CENTER}/audience", {"mode": "rule", "rule": audience})
    # The conditions of a restriction that is off are kept, and may come back.
    api.patch("/help_centers/other/ticket_visibility", {"restricted": False, "conditions": names(wire)})
    before = dump(engine)
    assert said(remove(api)) == {
        "audience/acme": "company.plan_tier is used by 2 conditions of the audience of acme",
        "ticket_visibility/other": "company.plan_tier is used by 1 condition of the ticket visibility of other",
    }
    assert dump(engine) == before
    api.patch(f"{HELP_CENTER}/audience", {"mode": "everyone"}, revision=2)
    api.patch("/help_centers/other/ticket_visibility", {"conditions": None}, revision=2)
    assert remove(api).status_code == 200


def test_a_name_belongs_to_one_model(api: Api) -> None:
    api.create("/data_attributes/contact/plan_tier", {"type": "string"})
    rule = names("custom_attributes.plan_tier")
    api.patch(f"{HELP_CENTER}/audience", {"mode": "rule", "rule": rule})
    assert set(said(remove(api, "/data_attributes/contact/plan_tier"))) == {"audience/acme"}
    assert remove(api).status_code == 200


def test_one_that_has_values_stays(api: Api, engine: Engine) -> None:
    api.create("/data_attributes/contact/size", {"type": "integer"})
    with db.writing(engine) as connection:
        connection.execute(insert(tables.companies).values(id="c", created_at=1))
        connection.execute(insert(tables.company_values).values(owner_id="c", name="plan_tier", text="team"))
        people = [{"id": one, "role": "user", "created_at": 1, "archived": False} for one in ("p", "q")]
        connection.execute(insert(tables.contacts), people)
        values = [{"owner_id": one, "name": "size", "number": 1.0} for one in ("p", "q")]
        connection.execute(insert(tables.contact_values), values)
    before = dump(engine)
    text = "company.plan_tier has a value for 1 company"
    assert said(remove(api)) == {"data_attribute/company.plan_tier": text}
    text = "contact.size has a value for 2 people"
    assert said(remove(api, "/data_attributes/contact/size")) == {"data_attribute/contact.size": text}
    assert dump(engine) == before


def test_removing_may_be_a_step(api: Api, engine: Engine) -> None:
    step = api.begin()
    first = remove(api, headers=step)
    before = dump(engine)
    again = remove(api, revision=7, headers=step)
    assert (again.status_code, again.content) == (200, first.content)
    assert dump(engine) == before
    (kept,) = api.get("/receipts/r1").json()["steps"]
    assert (kept["resource"], kept["before_revision"], kept["revision"]) == (
        "data_attribute/company.plan_tier",
        1,
        None,
    )
