"""The configurations of many Help Centers in one read: each the same as alone, whatever their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, update

from tests.support.admin.client import PLAIN_WRITES, Api, Running, codes, fields
from tests.support.databases import copied, one_is_enough
from workspace.database import engine as db
from workspace.database import tables
from workspace.settings.initialise import NewHelpCenter, initialise

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from sqlalchemy import Engine

    from tests.support.admin.client import Clock

PATH = "/configurations"
RECORD = {"help_center": "acme", "digest": "sha256:1", "values": {"identity": {"mode": "jwt"}}, "commit": None}
OWN = ("help_center", "ticket_visibility", "audience", "portal", "homepage", "required_settings")
MANY = [f"centre-{number}" for number in range(100)]


def page(api: Api, *pairs: str, tag: str | None = None) -> httpx.Response:
    return api.get(PATH, params={"of": list(pairs)}, headers={"If-None-Match": tag} if tag else {})


def alone(answer: dict[str, Any], place: int, name: str) -> dict[str, Any]:
    """Return what a page says of one configuration, as it is said of it alone."""
    entry = answer["configurations"][place]
    here = entry["help_center"]["identifier"]
    others = []
    for record in answer["records"]:
        manages = {
            address: named
            for address, named in record["manages"].items()
            if address.startswith("data_attribute/") or address.partition("/")[2] in ("", here)
        }
        if manages and record["name"] != name:
            others.append({**record, "manages": manages})
    shared = {part: value for part, value in answer.items() if part not in ("records", "configurations")}
    described, stand = answer["required_settings"], entry["required_settings"]
    titles = {one["id"]: one for one in described["settings"]}
    checks = [{**titles[check["id"]], **check} for check in stand["checks"]]
    settings = {"profile": described["profile"], "met": stand["met"], "checks": checks}
    return {**shared, **entry, "required_settings": settings, "others": others}


def test_each_is_what_it_is_alone(api: Api) -> None:
    api.meet_requirements()
    api.patch("/help_centers/acme/portal", {"enabled": True})
    api.patch("/help_centers/other/audience", {"mode": "everyone"})
    for name, values in {
        "acme": {"audience/acme": {"rule": "everyone"}, "identity": {"mode": "jwt"}},
        "acme-eu": {"audience/acme": {"rule": "nobody"}},
        "other": {"audience/other": {"rule": "everyone"}, "data_attribute/company.plan_tier": {"type": "string"}},
        "nothing": {"audience/acme": {}},
        "elsewhere": {"audience/another": {"rule": "everyone"}},
    }.items():
        api.create(f"/records/{name}", {**RECORD, "help_center": name.partition("-")[0], "values": values}).json()
    verdict = {"digest": "sha256:1", "passed": True, "observed": True, "counts": {}}
    api.send("PUT", "/records/acme/verification", json=verdict, revision=1)
    api.begin("other")
    api.lease("acme")
    asked = ["acme:acme", "other:other", "acme:acme-eu", "acme:new"]
    answer = page(api, *asked).json()
    for place, pair in enumerate(asked):
        centre, _, name = pair.partition(":")
        single = api.get(f"/help_centers/{centre}/configuration", params={"record": name}).json()
        assert alone(answer, place, name) == single, pair
    assert answer["configurations"][0]["lease"]["holder"]
    assert answer["configurations"][1]["unfinished"]["id"].startswith("r1-")
    assert answer["configurations"][3]["record"] is None


def test_no_value_of_a_record_that_was_not_asked_for_is_told(api: Api) -> None:
    api.create("/records/secretive", {**RECORD, "values": {"identity": {"mode": "told"}}})
    told = page(api, "acme:acme")
    assert "told" not in told.text
    assert told.json()["records"][0]["manages"] == {"identity": ["mode"]}


def test_a_help_center_that_is_not_there_is_null_in_its_place(api: Api) -> None:
    answer = page(api, "nope:x", "acme:x", "neither:x").json()
    assert [one and one["help_center"]["identifier"] for one in answer["configurations"]] == [None, "acme", None]
    answer = page(api, "nope:x").json()
    assert answer["configurations"] == [None]
    assert answer["identity"]["revision"] == 1


@one_is_enough
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([], "1 to 100 times"),
        (["acme"], "'acme' is not HELP_CENTER:NAME"),
        (["acme:"], "'acme:' is not HELP_CENTER:NAME"),
        ([":acme"], "':acme' is not HELP_CENTER:NAME"),
        (["acme:a", "acme:b/c"], "'acme:b/c' is not HELP_CENTER:NAME"),
        (["acme:a", "acme:b", "acme:a"], "acme:a twice"),
        ([f"acme:a{number}" for number in range(101)], "1 to 100 times"),
    ],
)
def test_what_is_no_page_is_refused(api: Api, asked: list[str], said: str) -> None:
    refused = page(api, *asked)
    assert (refused.status_code, codes(refused), fields(refused)) == (400, ["parameter_invalid"], {"of"})
    assert said in refused.json()["errors"][0]["message"]


@one_is_enough
def test_other_parameters_are_refused(api: Api) -> None:
    assert api.get(PATH, params={"of": "acme:acme", "record": "acme"}).status_code == 400


def test_nothing_changed_is_304_without_a_body(api: Api) -> None:
    tag = page(api, "acme:a", "other:b").headers["ETag"]
    again = page(api, "acme:a", "other:b", tag=tag)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    # The tag stands for what was asked for.
    for other in (["acme:a"], ["other:b", "acme:a"], ["acme:a", "other:c"]):
        assert page(api, *other, tag=tag).status_code == 200, other


@pytest.mark.parametrize(("path", "address", "values"), PLAIN_WRITES)
def test_every_write_changes_the_tag(api: Api, path: str, address: str, values: dict[str, object]) -> None:
    tag = page(api, "acme:a", "other:b").headers["ETag"]
    api.patch(path, {})
    assert page(api, "acme:a", "other:b", tag=tag).status_code == 304
    api.patch(path, values)
    assert page(api, "acme:a", "other:b", tag=tag).status_code == 200


def test_leases_receipts_and_the_day_change_the_tag(api: Api, clock: Clock) -> None:
    seen = [page(api, "acme:a", "other:b").headers["ETag"]]

    def moved() -> bool:
        seen.append(page(api, "acme:a", "other:b").headers["ETag"])
        return seen[-1] not in seen[:-1]

    api.lease("unrelated")
    assert not moved()
    api.begin("b")
    assert moved()
    # The lease expires; what is unfinished stays.
    clock.forward(minutes=2)
    assert moved()
    clock.forward(days=1)
    assert moved()


@pytest.mark.parametrize("path", ["/help_centers/acme/configuration", f"{PATH}?of=acme:acme"])
def test_a_database_that_was_put_back_and_went_another_way_has_another_tag(
    api: Api, engine: Engine, clock: Clock, path: str
) -> None:
    """The same revision, the same number of entries, but made at another moment."""
    api.patch("/identity", {"mode": "jwt"})
    tag = api.get(path).headers["ETag"]
    with db.writing(engine) as connection:
        connection.execute(update(tables.settings).where(tables.settings.c.address == "identity").values(revision=1))
        connection.execute(tables.activity.delete())
        connection.execute(update(tables.workspaces).values(revision=1))
    clock.forward(minutes=3)
    api.patch("/identity", {"mode": "hmac"})
    after = api.get(path, headers={"If-None-Match": tag})
    assert (after.status_code, after.json()["revision"]) == (200, 2)
    assert after.headers["ETag"] != tag


def fill_many(engine: Engine) -> None:
    """Put a workspace with a hundred Help Centers into a database."""
    with db.writing(engine) as connection:
        initialise(connection, "Many", help_centers=[NewHelpCenter(name, name) for name in MANY], settings={})


@pytest.fixture
def many(database_kind: str) -> Iterator[Running]:
    with copied(database_kind, fill_many) as engine:
        yield Running(engine)


def test_it_is_one_transaction_with_as_few_queries_for_many_as_for_one(many: Running) -> None:
    said: list[str] = []
    event.listen(many.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    event.listen(many.engine, "begin", lambda _: said.append("begun"))

    def selects(*pairs: str, tag: str | None = None) -> int:
        said.clear()
        page(many.api, *pairs, tag=tag)
        assert said.count("begun") == 1
        return len([one for one in said if one.startswith("SELECT")])

    every = [f"{name}:{name}" for name in MANY]
    for name in MANY[:2]:
        many.api.create(f"/records/{name}", {**RECORD, "help_center": name})
    assert selects(every[0]) == selects(*every) <= 11
    tag = page(many.api, *every).headers["ETag"]
    assert selects(*every, tag=tag) <= 5


def test_of_many_that_name_the_same_the_first_few_are_told(many: Running) -> None:
    """And that there are more, each field for itself: whoever names another one is told, however many there are."""
    for name in reversed(MANY[:12]):
        values = {"identity": {"mode": "jwt"}, "messenger_spaces": {"tickets": True}, f"audience/{name}": {"rule": 1}}
        many.api.create(f"/records/{name}", {**RECORD, "help_center": name, "values": values})
    named_alone = {"messenger_spaces": {"home": True}, "identity": {"mode": "jwt"}}
    many.api.create("/records/zoe", {**RECORD, "help_center": MANY[0], "values": named_alone})
    asked = ["centre-5:centre-5", "centre-11:centre-11"]
    answer = page(many.api, *asked).json()
    first = sorted(MANY[:12])[:7]
    assert [one["name"] for one in answer["records"]] == [*first, "centre-5", "zoe"]
    assert answer["more_records"] == [
        {"address": "identity", "fields": ["mode"]},
        {"address": "messenger_spaces", "fields": ["tickets"]},
    ]
    # All of what is told of a record here.
    spaces = {"identity": ["mode"], "messenger_spaces": ["home"]}
    assert {one["name"]: one["manages"] for one in answer["records"]}["zoe"] == spaces
    for place, pair in enumerate(asked):
        centre, _, name = pair.partition(":")
        single = many.api.get(f"/help_centers/{centre}/configuration", params={"record": name}).json()
        assert alone(answer, place, name)["more_records"] == single["more_records"]
        told = {one["name"] for one in single["others"]}
        assert {*first, "zoe"} - {name} == told
    others = many.api.post("/configurations/named_by_others", {"names": MANY[:11]}).json()
    assert [one["name"] for one in others["records"]] == ["centre-11", "zoe"]
    assert others["records"][0]["manages"] == {"identity": ["mode"], "messenger_spaces": ["tickets"]}
    assert others["more_records"] == []
    assert len(many.api.post("/configurations/named_by_others", {"names": []}).json()["records"]) == 8


def test_a_record_that_lets_go_of_something_names_it_no_more(api: Api) -> None:
    values = {"identity": {"mode": "jwt"}, "messenger_spaces": {"tickets": True, "home": True}}
    kept = api.create("/records/one", {**RECORD, "values": values}).json()
    values = {"messenger_spaces": {"tickets": False}, "identity": {}}
    kept = api.send("PUT", "/records/one", json={**RECORD, "values": values}, revision=kept["revision"]).json()
    (told,) = page(api, "acme:new").json()["records"]
    assert told["manages"] == {"messenger_spaces": ["tickets"]}
    api.send("PUT", "/records/one", json={**RECORD, "values": {}}, revision=kept["revision"])
    assert page(api, "acme:new").json()["records"] == []


def test_what_a_record_names_may_be_as_long_as_it_is(api: Api) -> None:
    long = "x" * 5000
    values = {long: {long: 1}, f"audience/{long}": {"rule": 1}, f"data_attribute/company.{long}": {long: 1, "type": 2}}
    api.create("/records/long", {**RECORD, "values": values})
    (told,) = page(api, "acme:acme").json()["records"]
    assert told["manages"] == {long: [long], f"data_attribute/company.{long}": ["type", long]}
