"""No request makes the public API fail: whatever is sent, it answers, or says what is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.admin.client import Clock
from tests.support.databases import KINDS
from tests.support.examples import examples
from tests.support.sample import TOKEN, sample
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

Request = tuple[str, str, Any]
Place = tuple[Any, ...]


@pytest.fixture(scope="module", params=KINDS)
def api(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """The public API of one workspace for all requests; what they write stays."""
    with sample(request.param) as workspace:
        app = create_app(
            Settings(
                engine=workspace.engine,
                embedded=EphemeralToken(TOKEN, "anybody"),
                clock=Clock(),
                requests_per_minute=10**7,
            )
        )
        with httpx.Client(
            transport=httpx.WSGITransport(app),
            base_url="http://workspace",
            headers={"Authorization": f"Bearer {TOKEN}"},
        ) as client:
            yield client


def told(api: httpx.Client, path: str, **more: Any) -> Any:
    return api.get(path, **more).json()


@pytest.fixture(scope="module")
def right(api: httpx.Client) -> list[Request]:
    """Requests that are answered well, one for everything that takes a body."""
    contact, company = (told(api, f"/{one}")["data"][0]["id"] for one in ("contacts", "companies"))
    billing = next(one for one in told(api, "/ticket_types")["data"] if one["name"] == "Billing")
    kind, attribute = (f"/ticket_types/{billing['id']}", billing["ticket_type_attributes"]["data"][-1]["id"])
    title = {"field": "title", "operator": "~", "value": "a"}
    ticket = api.post("/tickets/search", json={"query": title}).json()["tickets"][0]["id"]
    pagination = {"per_page": 5, "starting_after": None}
    person = {"external_id": "x-1", "email": "x@y.example", "name": "X", "phone": "1", "signed_up_at": 1}
    firm = {"name": "F", "plan": "p", "size": 3, "monthly_spend": 1, "industry": "i"}
    custom = {"job_title": "x", "portal_training": True, "onboarded_on": 1}
    said = {"_default_title_": "T", "_default_description_": "D", "Invoice": 7, "Amount in EUR": 1.5}
    own = {"name": "a", "description": "", "data_type": "list", "list_items": "a, b"}
    created = {"field": "created_at", "operator": ">", "value": 1}
    tagged = {"field": "tag_id", "operator": "=", "value": "x"}
    trained = {"field": "custom_attributes.portal_training", "operator": "IN", "value": [True]}
    amount = {"field": f"ticket_attribute.{attribute}", "operator": "=", "value": True}
    return [
        ("POST", "/contacts", {**person, "custom_attributes": custom}),
        ("PUT", f"/contacts/{contact}", {**person, "role": "user", "custom_attributes": custom}),
        ("POST", f"/contacts/{contact}/companies", {"id": company}),
        ("POST", "/contacts/search", {"query": either(title | {"field": "name"}, created), "pagination": pagination}),
        (
            "POST",
            "/contacts/search",
            {"query": either(tagged, trained), "sort": {"field": "name", "order": "ascending"}},
        ),
        (
            "POST",
            "/companies",
            {"company_id": "f", "remote_created_at": 1, **firm, "custom_attributes": {"plan_tier": "team", "seats": 5}},
        ),
        ("PUT", f"/companies/{company}", firm),
        ("POST", "/tags", {"name": "t", "users": [{"id": contact}]}),
        ("POST", "/tags", {"name": "t", "companies": [{"company_id": "examply", "untag": True}]}),
        (
            "POST",
            "/data_attributes",
            {"name": "d", "model": "company", "data_type": "options", "options": [{"value": "o"}, {"value": "p"}]},
        ),
        ("POST", "/ticket_types", {"name": "n", "category": "Customer"}),
        ("PUT", kind, {"name": "Billing", "category": "Customer"}),
        ("POST", f"{kind}/attributes", {**own, "required_to_create": False, "visible_to_contacts": True}),
        ("PUT", f"{kind}/attributes/{attribute}", {"name": "Pays late", "archived": False}),
        (
            "POST",
            "/tickets",
            {"ticket_type_id": billing["id"], "contacts": [{"id": contact}], "ticket_attributes": said},
        ),
        ("PUT", f"/tickets/{ticket}", {"company_id": company, "ticket_attributes": {"_default_title_": "T"}}),
        (
            "POST",
            f"/tickets/{ticket}/reply",
            {"message_type": "comment", "type": "user", "body": "b", "user_id": "u-1201"},
        ),
        ("POST", "/tickets/search", {"query": either(title, created, amount), "pagination": pagination}),
        ("POST", "/admins/activity_logs/search", {"created_at_after": 1, "created_at_before": 9, "event_types": []}),
    ]


def either(*filters: dict[str, Any]) -> dict[str, Any]:
    return {"operator": "OR", "value": [{"operator": "AND", "value": list(filters)}, *filters]}


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Yield the way to every value inside one."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        yield (*at, step)
        yield from places(one, (*at, step))


def changed(value: Any, at: Place, new: Any) -> Any:
    """Return a value with another one in one place."""
    if not at:
        return new
    held = {**value} if isinstance(value, dict) else [*value]
    held[at[0]] = changed(held[at[0]], at[1:], new)
    return held


odd = st.sampled_from(
    [
        *(None, True, False, 0, -1, 2**31, 2**53, 2**63, 10**400, 0.5, 1e308, "", " ", "x" * 300, "\0", "\ud800", "ß"),
        *("9" * 30, "%", "user", "admin", "=", "IN", "AND", "id", "email_domain", "segment_id", "ticket_attribute.x"),
        *([], {}, [None], [[]], {"id": None}, ["x"] * 101, [{"id": "x"}] * 2, {"x": 1}),
    ]
)


def test_the_right_requests_are_right(api: httpx.Client, right: list[Request]) -> None:
    # Otherwise what is wrong with the wrong ones would be something else.
    for method, path, body in right:
        answer = api.request(method, path, json=body)
        # What was made before is refused the second time.
        assert answer.status_code in {200, 409} or "already" in answer.text, (method, path, answer.text)


@given(data=st.data())
@examples(45)
def test_every_request_is_answered(api: httpx.Client, right: list[Request], data: st.DataObject) -> None:
    method, path, body = data.draw(st.sampled_from(right))
    for _ in range(data.draw(st.integers(1, 2))):
        body = changed(body, data.draw(st.sampled_from([(), *places(body)])), data.draw(odd))
    answer = api.request(method, path, content=json.dumps(body).encode())
    assert answer.status_code < 500, f"{method} {path} {body}: {answer.text}"


@given(data=st.data())
@examples(18)
def test_every_address_is_answered(api: httpx.Client, data: st.DataObject) -> None:
    name = st.sampled_from(["acme", "none", "x%20y", "%00", "..", "x" * 300, "1", "%25"])
    path = data.draw(st.sampled_from(ADDRESSES)).format(data.draw(name), data.draw(name))
    names = (
        "page",
        "per_page",
        "starting_after",
        "scroll_param",
        "order",
        "name",
        "tag_id",
        "created_at_after",
        "model",
    )
    text = st.sampled_from(["0", "1", "-1", "9" * 30, "x", "%", "asc", "contact", "", "\0", "WzEsMSwxLDFd"])
    query = data.draw(st.dictionaries(st.sampled_from(names), text, max_size=2))
    assert api.request(data.draw(st.sampled_from(["GET", "DELETE"])), path, params=query).status_code < 500


ADDRESSES = [
    *("/me", "/admins", "/admins/{}", "/admins/activity_logs", "/contacts", "/contacts/{}", "/contacts/{}/companies"),
    *("/contacts/{}/tags/{}", "/contacts/find_by_external_id/{}", "/companies", "/companies/{}", "/companies/scroll"),
    *("/companies/{}/contacts", "/data_attributes", "/tags/{}", "/segments/{}", "/help_center/help_centers/{}"),
    *("/ticket_types/{}", "/ticket_states", "/tickets/{}", "/contacts/{}/segments", "/companies/{}/segments"),
]
