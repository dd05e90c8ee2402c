"""What the public API shares with the admin API: attributes, tags in rules, Help Centers, activity, teammates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.databases import one_is_enough
from tests.support.public.asking import new_company, new_contact, ok, refused

if TYPE_CHECKING:
    import httpx

    from tests.support.admin.client import Clock
    from tests.support.sample import Sample

TAKEN = "You already have '{0}' in your {1} data. To save this as new {1} data, use a different name."


def test_me_and_the_teammates(api: httpx.Client, admin: httpx.Client) -> None:
    me = ok(api.get("/me"))
    assert (me["name"], me["email"]) == ("Mara Lindholm", "mara@acme.example")
    assert me["app"]["identity_verification"] is False
    ok(admin.patch("/identity", json={"mode": "hmac"}, headers={"If-Match": '"1"'}))
    assert ok(api.get("/me"))["app"]["identity_verification"] is True
    teammates = ok(api.get("/admins"))["admins"]
    assert [one["name"] for one in teammates] == sorted(one["name"] for one in teammates)
    assert ok(api.get(f"/admins/{me['id']}"))["email"] == "mara@acme.example"
    refused(api.get("/admins/none"), 404, "admin_not_found", "Admin not found")


def test_activity_is_what_the_vendor_has_a_type_for(api: httpx.Client, admin: httpx.Client, clock: Clock) -> None:
    start = int(clock().timestamp())
    ok(admin.patch("/identity", json={"mode": "hmac"}, headers={"If-Match": '"1"'}))
    clock.forward(seconds=5)
    ok(admin.patch("/help_centers/acme", json={"live": True}, headers={"If-Match": '"1"'}))
    clock.forward(seconds=5)
    ok(admin.patch("/site", json={"messenger_installed": False}, headers={"If-Match": '"1"'}))
    ok(api.post("/data_attributes", json={"name": "team", "model": "contact", "data_type": "string"}))
    logs = ok(api.get(f"/admins/activity_logs?created_at_after={start - 1}"))["activity_logs"]
    assert [one["activity_type"] for one in logs] == ["help_center_settings_change", "security_settings_change"]
    assert logs[0]["metadata"] == {"changes": {"live": {"before": False, "after": True}}}
    assert logs[0]["performed_by"]["email"] == "mara@acme.example"
    assert len(ok(api.get(f"/admins/activity_logs?created_at_after={start}"))["activity_logs"]) == 1
    between = {"created_at_after": start - 1, "created_at_before": start + 5}
    body = ok(api.get("/admins/activity_logs", params=between))["activity_logs"]
    assert [one["activity_type"] for one in body] == ["security_settings_change"]
    one = ok(api.get(f"/admins/activity_logs?created_at_after={start - 1}&per_page=1"))
    assert ok(api.get(one["pages"]["next"]))["activity_logs"] == logs[1:]
    searched = {"created_at_after": start - 1, "event_types": ["security_settings_change", "no_such"], "per_page": 1}
    assert ok(api.post("/admins/activity_logs/search", json=searched))["activity_logs"] == logs[1:]
    past = api.post("/admins/activity_logs/search", json={**searched, "page": 9})
    assert ok(past)["activity_logs"] == []
    refused(api.get("/admins/activity_logs"), 400, "parameter_missing")
    refused(api.get("/admins/activity_logs?created_at_after=today"), 400, "parameter_invalid")
    refused(api.post("/admins/activity_logs/search", json={**searched, "page": 0}), 400, "parameter_invalid")
    types = ok(api.get("/admins/activity_log_event_types"))["event_types"]
    assert {"help_center_settings_change", "security_settings_change", "messenger_spaces_change"} <= set(types)


def test_help_centers_are_as_they_are_set(api: httpx.Client, admin: httpx.Client) -> None:
    (before,) = ok(api.get("/help_center/help_centers"))["data"]
    assert (before["identifier"], before["website_turned_on"], before["custom_domain"]) == ("acme", False, None)
    values = {"live": True, "custom_domain": "help.acme.example", "https": True}
    ok(admin.patch("/help_centers/acme", json=values, headers={"If-Match": '"1"'}))
    after = ok(api.get(f"/help_center/help_centers/{before['id']}"))
    assert after["website_turned_on"] is True
    assert after["url"] == "https://help.acme.example"
    assert ok(api.get("/help_center/help_centers?page=2"))["data"] == []
    refused(api.get("/help_center/help_centers/none"), 404, "not_found", "Resource Not Found")


def attribute(api: httpx.Client, name: str, model: str = "company") -> dict[str, Any]:
    by_name: dict[str, Any] = next(
        one for one in ok(api.get(f"/data_attributes?model={model}"))["data"] if one["name"] == name
    )
    return by_name


def test_attributes_are_the_same_in_both_apis(api: httpx.Client, admin: httpx.Client) -> None:
    both = ok(api.get("/data_attributes"))["data"]
    assert {one["model"] for one in both} == {"contact", "company"}
    assert attribute(api, "plan_tier")["options"] == ["free", "team", "enterprise"]
    assert attribute(api, "email", "contact")["custom"] is False
    asked = {"name": "Team size", "model": "contact", "data_type": "integer", "description": "How many"}
    made = ok(api.post("/data_attributes", json=asked))
    assert made == attribute(api, "Team size", "contact")
    assert made["messenger_writable"] is False
    seen = ok(admin.get("/data_attributes/contact/Team size"))
    assert seen["values"] == {
        "type": "integer",
        "options": None,
        "description": "How many",
        "messenger_writable": False,
    }
    put = ok(api.put(f"/data_attributes/{made['id']}", json={"messenger_writable": True, "description": "N"}))
    assert (put["id"], put["messenger_writable"], put["description"]) == (made["id"], True, "N")
    (entry, created) = ok(admin.get("/activity?resource=data_attribute/contact.Team size"))["data"]
    assert entry["changes"]["messenger_writable"] == {"before": False, "after": True}
    assert created["description"] == "Created the data attribute contact.Team size"
    person = new_contact(api, external_id="p", custom_attributes={"Team size": 4})
    assert person["custom_attributes"] == {"Team size": 4}


def test_lists_have_options(api: httpx.Client) -> None:
    options = [{"value": "red"}, {"value": "blue"}]
    asked = {"name": "colour", "model": "company", "data_type": "options", "options": options}
    made = ok(api.post("/data_attributes", json=asked))
    assert (made["data_type"], made["options"]) == ("string", ["red", "blue"])
    more = ok(api.put(f"/data_attributes/{made['id']}", json={"options": [*options, {"value": "green"}]}))
    assert more["options"] == ["red", "blue", "green"]
    path = f"/data_attributes/{made['id']}"
    refused(api.put(path, json={"options": "x"}), 400, "parameter_invalid", "Options isn't an array")
    refused(api.put(path, json={"options": [{"value": "red"}]}), 400, "parameter_invalid")
    refused(api.put(path, json=["options"]), 400, "parameter_invalid")
    refused(
        api.post("/companies", json={"company_id": "c", "custom_attributes": {"colour": "pink"}}),
        400,
        "parameter_invalid",
    )
    for wrong in ({"options": options[:1]}, {"options": options * 2}, {}):
        body = {"name": "other", "model": "company", "data_type": "options", **wrong}
        refused(api.post("/data_attributes", json=body), 400, "parameter_invalid")


@one_is_enough
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"name": "plan_tier", "model": "company", "data_type": "string"},
            TAKEN.format("plan_tier", "company"),
        ),
        (
            {"name": "job_title", "model": "contact", "data_type": "string"},
            TAKEN.format("job_title", "people"),
        ),
        (
            {"name": "x", "model": "ticket", "data_type": "string"},
            "The Data Attribute model field must be either contact or company",
        ),
        ({"name": "x", "model": "contact", "data_type": "relation"}, "Data Type isn't an option"),
        ({"name": "a\nb", "model": "contact", "data_type": "string"}, None),
        ({"name": "x", "model": "contact", "data_type": "string", "options": []}, None),
        ({"name": "x", "model": "contact", "data_type": "string", "archived": True}, None),
    ],
)
def test_an_attribute_that_cannot_be(api: httpx.Client, body: dict[str, Any], message: str | None) -> None:
    refused(api.post("/data_attributes", json=body), 400, "parameter_invalid", message)


def test_what_else_is_refused_about_attributes(api: httpx.Client) -> None:
    gone = "model=conversation is no longer supported. Use GET /conversations/attributes instead"
    refused(api.get("/data_attributes?model=conversation"), 422, "parameter_invalid", gone)
    refused(api.get("/data_attributes?model=ticket"), 400, "parameter_invalid")
    message = "We couldn't find that data attribute to update"
    refused(api.put("/data_attributes/1", json={}), 404, "field_not_found", message)
    seats = attribute(api, "seats")["id"]
    body = {"options": [{"value": "1"}, {"value": "2"}]}
    refused(api.put(f"/data_attributes/{seats}", json=body), 400, "parameter_invalid")


def test_tags_are_put_on_many_at_once(api: httpx.Client) -> None:
    person, company = new_contact(api, external_id="p"), new_company(api, company_id="c")
    asked = {"name": "gold", "companies": [{"company_id": "c"}]}
    tag = ok(api.post("/tags", json=asked))
    assert tag["companies"] == [{"id": "c", "tagged": True}]
    assert ok(api.get(f"/companies/{company['id']}"))["tags"]["tags"] == [
        {"type": "tag", "id": tag["id"], "name": "gold"}
    ]
    untagged = ok(api.post("/tags", json={"name": "gold", "companies": [{"id": company["id"], "untag": True}]}))
    assert untagged["companies"] == [{"id": company["id"], "tagged": False}]
    assert ok(api.get(f"/companies/{company['id']}"))["tags"]["tags"] == []
    assert ok(api.post("/tags", json={"name": "gold", "users": [{"id": person["id"]}]}))["id"] == tag["id"]
    assert [one["id"] for one in ok(api.get(f"/contacts/{person['id']}/tags"))["data"]] == [tag["id"]]
    assert ok(api.post("/tags", json={"name": "silver", "id": tag["id"]}))["name"] == "silver"
    assert ok(api.get(f"/tags/{tag['id']}"))["name"] == "silver"
    assert api.delete(f"/tags/{tag['id']}").status_code == 200
    refused(api.get(f"/tags/{tag['id']}"), 404, "not_found", "Resource Not Found")
    refused(api.delete(f"/tags/{tag['id']}"), 404, "not_found", "Resource Not Found")
    assert ok(api.get(f"/contacts/{person['id']}/tags"))["data"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "parameter_invalid"),
        ({"name": ""}, 400, "parameter_invalid"),
        ({"name": "x", "companies": [], "users": []}, 400, "parameter_invalid"),
        ({"name": "x", "companies": [{}]}, 400, "parameter_invalid"),
        ({"name": "x", "companies": [{"id": "none"}]}, 404, "company_not_found"),
        ({"name": "x", "companies": [{"company_id": "none"}]}, 404, "company_not_found"),
        ({"name": "x", "users": [{"id": "none"}]}, 404, "not_found"),
        ({"name": "x", "id": "none"}, 404, "not_found"),
    ],
)
def test_a_tag_request_that_fails_leaves_nothing(
    api: httpx.Client, body: dict[str, Any], status: int, code: str
) -> None:
    refused(api.post("/tags", json=body), status, code)
    assert "x" not in [one["name"] for one in ok(api.get("/tags"))["data"]]


def test_a_tag_that_decides_about_access_stays(api: httpx.Client, admin: httpx.Client, workspace: Sample) -> None:
    tags = {one["name"]: one["id"] for one in ok(api.get("/tags"))["data"]}
    rule = {
        "operator": "not",
        "predicates": [{"attribute": "tag", "type": "tag", "comparison": "in", "value": ["beta", "vip"]}],
    }
    workspace.meddle("PATCH", "help_centers/acme/audience", {"mode": "rule", "rule": rule})
    message = "Unable to delete Tag with dependent objects. Rules: audience/acme."
    refused(api.delete(f"/tags/{tags['beta']}"), 400, "tag_has_dependent_objects", message)
    refused(api.post("/tags", json={"id": tags["vip"], "name": "other"}), 400, "tag_has_dependent_objects")
    assert ok(api.post("/tags", json={"id": tags["vip"], "name": "vip"}))
    refused(api.post("/tags", json={"id": tags["pilot"], "name": "vip"}), 400, "parameter_invalid")
    assert api.delete(f"/tags/{tags['pilot']}").status_code == 200


def test_an_attribute_is_archived_unless_it_is_used(api: httpx.Client) -> None:
    made = ok(api.post("/data_attributes", json={"name": "shoes", "model": "contact", "data_type": "string"}))
    person = ok(api.post("/contacts", json={"role": "user", "external_id": "with-shoes"}))
    ok(api.put(f"/contacts/{person['id']}", json={"custom_attributes": {"shoes": "43"}}))
    refused = api.put(f"/data_attributes/{made['id']}", json={"archived": True})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "data_invalid")
    ok(api.put(f"/contacts/{person['id']}", json={"custom_attributes": {"shoes": None}}))
    assert ok(api.put(f"/data_attributes/{made['id']}", json={"archived": True}))["archived"] is True
    assert "shoes" not in {one["name"] for one in ok(api.get("/data_attributes"))["data"]}
