"""Granted companies of an Intercom workspace: read person by person, taken one by one, given as a whole set."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.core.errors import Stale
from reconciler.operations import plan as planning
from reconciler.plan.document import write as documents
from reconciler.render.text import plan as text
from tests.support import applying
from tests.support.upstream.vendor import Vendor, api, error
from workspace.core.errors import ApiError
from workspace.upstream.intercom import grants
from workspace.upstream.intercom.people import IntercomPeople
from workspace.upstream.problems import UpstreamError
from workspace.upstream.protocol import MirroredAttributes, Write

if TYPE_CHECKING:
    import httpx

    from reconciler.plan.model import Plan
    from tests.support.upstream.stage import Stage

pytestmark = pytest.mark.slow

PATH = "/contacts/c-1/granted_companies"


class Grants(Vendor):
    """A vendor with the grants of one contact, as its documentation has them."""

    def __init__(self, *there: str, on: bool = True) -> None:
        super().__init__(bend=None)
        self.there, self.on = set(there), on
        self.inner = self  # type: ignore[assignment]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        import httpx

        self.requests.append(request)
        queue = self._scripted.get((request.method, request.url.path), [])
        scripted = queue.pop(0) if queue else None
        if callable(scripted):
            scripted(self)
        elif scripted is not None:
            return httpx.Response(scripted[0], json=scripted[1], request=request)
        status, body = self._answer(request)
        return httpx.Response(status, json=body, request=request) if body is not None else httpx.Response(status)

    def _answer(self, request: httpx.Request) -> tuple[int, Any]:
        if request.method == "GET":
            ids = sorted(self.there) if self.on else []
            return 200, {"company_ids": ids, "pages": {"total_pages": 1}}
        if not self.on:
            return 404, error("granted_companies_not_enabled")
        if request.method == "PUT":
            self.there = set(json.loads(request.content)["company_ids"])
            return 200, {"company_ids": sorted(self.there)}
        name = request.url.path.removeprefix(f"{PATH}/")
        if name not in self.there:
            return 404, error("company_not_found")
        self.there.remove(name)
        return 204, None

    def sent(self) -> list[str]:
        return [f"{one.method} {one.url.raw_path.decode().partition('?')[0]}" for one in self.requests]


def change(before: list[str], after: list[str]) -> Write:
    return Write(grants.ADDRESS, {"c-1": before}, {"c-1": after})


def test_a_set_is_taken_from_before_it_is_given_to() -> None:
    vendor = Grants("a/1", "b")
    assert grants.write(api(vendor), change(["a/1", "b"], ["b", "c"])) == {"c-1": ["b", "c"]}
    assert vendor.sent() == [
        f"GET {PATH}",
        f"DELETE {PATH}/a%2F1",
        f"GET {PATH}",
        f"PUT {PATH}",
        f"GET {PATH}",
    ]
    assert json.loads(vendor.requests[3].content) == {"company_ids": ["b", "c"]}
    assert {one.headers["Intercom-Version"] for one in vendor.requests} == {"2.18"}


def test_what_is_only_taken_is_never_put() -> None:
    vendor = Grants("a", "b", "c")
    grants.write(api(vendor), change(["a", "b", "c"], ["b"]))
    assert [one.partition(" ")[0] for one in vendor.sent()] == ["GET", "DELETE", "DELETE", "GET"]
    assert vendor.there == {"b"}


def test_a_second_delete_is_done() -> None:
    vendor = Grants("a")
    vendor.script("DELETE", f"{PATH}/a", lambda server: server.there.clear())  # type: ignore[arg-type]
    assert grants.write(api(vendor), change(["a"], [])) == {"c-1": []}


def test_a_write_that_was_made_before_is_not_made_again() -> None:
    vendor = Grants("b")
    assert grants.write(api(vendor), change(["a"], ["b"])) == {"c-1": ["b"]}
    assert vendor.sent() == [f"GET {PATH}"]


def test_somebody_elses_grant_is_a_conflict_and_stays() -> None:
    vendor = Grants("a", "theirs")
    with pytest.raises(ApiError) as refused:
        grants.write(api(vendor), change(["a"], ["b"]))
    assert (refused.value.status, refused.value.problems[0].code) == (412, "upstream_conflict")
    assert vendor.there == {"a", "theirs"}


def test_a_grant_that_appears_right_before_the_put_is_not_replaced() -> None:
    vendor = Grants("a")
    vendor.script("DELETE", f"{PATH}/a", lambda server: server.there.add("theirs"))  # type: ignore[arg-type]
    with pytest.raises(ApiError) as refused:
        grants.write(api(vendor), change(["a"], ["b"]))
    assert refused.value.problems[0].code == "upstream_conflict"
    assert vendor.there == {"theirs"}


def test_where_the_feature_is_off_support_is_named() -> None:
    vendor = Grants(on=False)
    with pytest.raises(UpstreamError) as refused:
        grants.write(api(vendor), change([], ["b"]))
    assert refused.value.code == "upstream_grants_off"
    assert "Support" in refused.value.remedy


def test_an_empty_set_is_put_where_nothing_else_shows_that_the_feature_is_on() -> None:
    vendor = Grants()
    assert grants.write(api(vendor), change([], [])) == {"c-1": []}
    assert vendor.sent() == [f"GET {PATH}", f"PUT {PATH}"]
    with pytest.raises(UpstreamError):
        grants.write(api(Grants(on=False)), change([], []))


def test_what_is_told_otherwise_afterwards_was_not_taken() -> None:
    vendor = Grants()
    vendor.script("PUT", PATH, (200, {"company_ids": ["b"]}))
    with pytest.raises(UpstreamError) as refused:
        grants.write(api(vendor), change([], ["b"]))
    assert refused.value.code == "upstream_not_taken"


def test_a_lost_answer_is_looked_after() -> None:
    vendor = Grants()
    vendor.script("PUT", PATH, (502, {}))
    with pytest.raises(UpstreamError) as refused:
        grants.write(api(vendor), change([], ["b"]))
    assert refused.value.code == "upstream_not_taken"


def test_all_pages_are_read() -> None:
    vendor = Vendor()
    first = [f"a-{number:03}" for number in range(150)]
    vendor.script("GET", PATH, (200, {"company_ids": first}), (200, {"company_ids": ["b"]}))
    assert grants.read(api(vendor), "c-1") == [*first, "b"]


def test_an_answer_without_its_list_is_refused() -> None:
    vendor = Vendor()
    vendor.script("GET", PATH, (200, {"type": "list"}))
    with pytest.raises(UpstreamError) as refused:
        grants.read(api(vendor), "c-1")
    assert refused.value.code == "upstream_answer"


@pytest.mark.parametrize("shape", ["list", "itself"])
def test_a_company_that_no_list_gives_is_read_by_its_id(shape: str) -> None:
    vendor = Vendor()
    company = {"type": "company", "id": "c-1", "company_id": "north/1", "name": "Northern"}
    given = {"type": "list", "data": [company]} if shape == "list" else company
    vendor.script("GET", "/companies", (200, given), (404, error("company_not_found")), (200, given))
    people = IntercomPeople(api(vendor), MirroredAttributes())
    employer = people.company_called("north/1")
    assert employer is not None
    assert (employer.company.id, employer.company.company_id) == ("c-1", "north/1")
    assert people.company_called("north/1") is None
    # A filter that the service leaves out of account finds no other company.
    assert people.company_called("other") is None
    assert vendor.requests[0].url.params["company_id"] == "north/1"


# --- behind a workspace ---------------------------------------------------------------------------


def planned(stage: Stage, granted: dict[str, Any]) -> Plan:
    from tests.support.laws.stage import read

    values = {"version": 1, "name": "acme", "help_center": {"identifier": "acme"}, "granted_companies": granted}
    now = datetime.fromtimestamp(stage.clock.now, UTC)
    return planning.make_plan(read(values), stage.target(), now=now)


def there(stage: Stage, email: str) -> list[str]:
    with stage.behind() as intercom:
        query = {"query": {"field": "email", "operator": "=", "value": email}}
        (contact,) = intercom.post("/contacts/search", json=query).json()["data"]
        newer = {"Intercom-Version": "2.18"}
        answer = intercom.get(f"/contacts/{contact['id']}/granted_companies", headers=newer)
        ids: list[str] = answer.json()["company_ids"]
    return sorted(ids)


@pytest.fixture
def somebody(stage: Stage) -> tuple[str, str]:
    """A person of the vendor's workspace, and a company that they do not belong to."""
    with stage.behind() as intercom:
        company = intercom.post("/companies", json={"company_id": "north/1", "name": "Northern"}).json()
        contact = intercom.post("/contacts", json={"email": "dana@partner.example", "role": "user"}).json()
        colleague = intercom.post("/contacts", json={"email": "nora@north.example", "role": "user"}).json()
        intercom.post(f"/contacts/{colleague['id']}/companies", json={"id": company["id"]})
    return str(contact["email"]), str(company["company_id"])


def test_an_empty_answer_is_unknown_until_a_write_has_worked(stage: Stage, somebody: tuple[str, str]) -> None:
    person, company = somebody
    plan = planned(stage, {person: [company]})
    (change_of,) = plan.changes
    assert change_of.fields[0].known is not None
    assert change_of.fields[0].known.unknown
    assert plan.knowledge is not None
    assert plan.knowledge.counts["unknown"] == 1
    assert "not known" in text.plan(documents.to_document(plan))
    assert applying.run(plan, stage.target()).failure is None
    assert there(stage, person) == [company]
    again = planned(stage, {person: [company]})
    assert again.changes == ()
    assert again.knowledge is not None
    assert again.knowledge.counts["observed"] == 1
    assert stage.configuration()["upstream"]["mirror"]["grants"] == "known"


def test_somebody_outside_a_company_counts_as_reading_its_tickets(stage: Stage, somebody: tuple[str, str]) -> None:
    person, company = somebody
    assert applying.run(planned(stage, {person: [company]}), stage.target()).failure is None
    asked = {"people": [person]}
    checked = stage.admin().post("/help_centers/acme/access/check", json=asked).json()["results"][0]
    assert (checked["person"]["companies"], checked["granted"]) == ([], ["Northern"])


def test_a_grant_by_hand_is_found_and_taken(stage: Stage, somebody: tuple[str, str]) -> None:
    person, company = somebody
    assert applying.run(planned(stage, {person: [company]}), stage.target()).failure is None
    assert applying.run(planned(stage, {person: []}), stage.target()).failure is None
    assert there(stage, person) == []
    assert planned(stage, {person: []}).changes == ()
    with stage.behind() as intercom:
        query = {"query": {"field": "email", "operator": "=", "value": person}}
        (contact,) = intercom.post("/contacts/search", json=query).json()["data"]
        newer = {"Intercom-Version": "2.18"}
        body = {"company_ids": [company]}
        assert intercom.put(f"/contacts/{contact['id']}/granted_companies", json=body, headers=newer).is_success
    plan = planned(stage, {person: []})
    assert [(one.address, one.field) for one in plan.drift] == [("granted_companies", person)]
    assert applying.run(plan, stage.target()).failure is None
    assert there(stage, person) == []


def test_nobody_is_asked_about_whom_the_file_does_not_name(stage: Stage, somebody: tuple[str, str]) -> None:
    person, company = somebody
    planned(stage, {person: [company]})
    asked = [one for one in stage.vendor.paths() if one.endswith("/granted_companies")]
    assert len(asked) == 1


def test_a_conflict_at_the_vendor_leaves_the_apply_stale(stage: Stage, somebody: tuple[str, str]) -> None:
    person, company = somebody
    assert applying.run(planned(stage, {person: [company]}), stage.target()).failure is None
    plan = planned(stage, {person: []})
    with stage.behind() as intercom:
        intercom.post("/companies", json={"company_id": "south", "name": "South"})
        query = {"query": {"field": "email", "operator": "=", "value": person}}
        (contact,) = intercom.post("/contacts/search", json=query).json()["data"]
        newer = {"Intercom-Version": "2.18"}
        body = {"company_ids": [company, "south"]}
        assert intercom.put(f"/contacts/{contact['id']}/granted_companies", json=body, headers=newer).is_success
    failure = applying.run(plan, stage.target()).failure
    assert isinstance(failure, Stale)
    assert there(stage, person) == [company, "south"]
