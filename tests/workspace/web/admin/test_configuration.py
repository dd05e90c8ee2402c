"""The whole configuration in one read."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, insert

from tests.support.admin.client import HELP_CENTER, PLAIN_WRITES, SECTIONS, Api, Clock
from workspace.database import engine as db
from workspace.database import tables

if TYPE_CHECKING:
    from sqlalchemy import Engine

PATH = f"{HELP_CENTER}/configuration"
RECORD = {"help_center": "acme", "digest": "sha256:1", "values": {"identity": {"mode": "jwt"}}, "commit": None}


def test_the_defaults(api: Api) -> None:
    settings = api.configuration()
    assert settings["workspace"]["name"] == "Acme"
    assert settings["workspace"]["id"].startswith("ws_")
    assert settings["revision"] == 1
    assert settings["help_center"] == {
        "identifier": "acme",
        "display_name": "Acme Help",
        "url": "https://acme.helpcenter.example",
        "revision": 1,
        "values": {"live": False, "custom_domain": None, "https": False, "cookie_forwarding": False},
    }
    assert settings["identity"] == {"revision": 1, "values": {"mode": "off"}}
    assert settings["audience"] == {"revision": 1, "values": {"mode": "nobody", "rule": None}}
    assert settings["ticket_visibility"] == {"revision": 1, "values": {"restricted": False, "conditions": None}}
    assert settings["portal"] == {"revision": 1, "url": None, "effective": False, "values": {"enabled": False}}
    page = [{"type": name, "enabled": True, "settings": {}} for name in ("search", "collections")]
    assert settings["homepage"] == {"revision": 1, "draft": page, "live": page, "draft_edited": None}
    on = {name for name, shown in settings["messenger_spaces"]["values"].items() if shown}
    assert on == {"home", "messages", "help", "tickets"}
    assert settings["site"] == {
        "messenger_installed": False,
        "certificate_valid": False,
        "cookie_forwarding_detectable": False,
        "plan": "expert",
        "companies_in_use": False,
    }
    assert [(one["model"], one["name"], one["custom"]) for one in settings["data_attributes"]] == [
        ("company", "plan_tier", True),
        ("contact", "companies", False),
    ]
    assert settings["data_attributes"][1]["values"]["messenger_writable"] is True
    assert settings["required_settings"]["profile"] == "2025-jwt"
    assert settings["required_settings"]["met"] is False
    assert settings["record"] is None


def test_each_part_is_what_its_own_path_shows(api: Api) -> None:
    api.meet_requirements()
    api.patch(f"{HELP_CENTER}/portal", {"enabled": True})
    settings = api.configuration()
    assert settings["help_center"]["values"] == api.get(HELP_CENTER).json()["values"]
    for name in ("audience", "ticket_visibility", "portal"):
        assert settings[name] == api.get(f"{HELP_CENTER}/{name}").json()
    assert settings["homepage"] == api.get(f"{HELP_CENTER}/homepage/draft").json()
    for name in ("identity", "messenger_spaces"):
        assert settings[name] == api.get(f"/{name}").json()
    assert settings["site"] == api.get("/site").json()["values"]
    for one in settings["data_attributes"]:
        shown = api.get(f"/data_attributes/{one['model']}/{one['name']}").json()
        assert shown == {"revision": one["revision"], "values": one["values"]}


def test_the_url_follows_the_custom_domain(api: Api) -> None:
    api.patch(HELP_CENTER, {"custom_domain": "help.acme.example"})
    assert api.configuration()["help_center"]["url"] == "http://help.acme.example"
    api.patch(HELP_CENTER, {"https": True}, revision=2)
    assert api.configuration()["help_center"]["url"] == "https://help.acme.example"
    assert api.get("/help_centers").json() == {
        "type": "list",
        "data": [
            {"identifier": "acme", "display_name": "Acme Help", "url": "https://help.acme.example"},
            {"identifier": "other", "display_name": "Other Help", "url": "https://other.helpcenter.example"},
        ],
    }


def test_nothing_changed_is_304_without_a_body(api: Api) -> None:
    tag = api.get(PATH).headers["ETag"]
    for sent in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        response = api.get(PATH, headers={"If-None-Match": sent})
        assert (response.status_code, response.content) == (304, b""), sent
        assert response.headers["ETag"] == tag
    for sent in ('"x"', "", "x"):
        assert api.get(PATH, headers={"If-None-Match": sent}).status_code == 200, sent


@pytest.mark.parametrize(("path", "address", "values"), PLAIN_WRITES)
def test_every_write_changes_the_tag(api: Api, path: str, address: str, values: dict[str, object]) -> None:
    tag = api.get(PATH).headers["ETag"]
    api.patch(path, {})
    assert api.get(PATH, headers={"If-None-Match": tag}).status_code == 304
    api.patch(path, values)
    assert api.get(PATH, headers={"If-None-Match": tag}).status_code == 200


def test_records_and_sections_and_new_attributes_change_the_tag_too(api: Api) -> None:
    seen = {api.get(PATH).headers["ETag"]}
    api.create("/records/acme", RECORD)
    seen.add(api.get(PATH).headers["ETag"])
    api.patch(f"{HELP_CENTER}/homepage/draft", {"sections": SECTIONS})
    seen.add(api.get(PATH).headers["ETag"])
    api.send("POST", f"{HELP_CENTER}/homepage/publish", json={}, revision=2)
    seen.add(api.get(PATH).headers["ETag"])
    api.create("/data_attributes/contact/size", {"type": "integer"})
    seen.add(api.get(PATH).headers["ETag"])
    assert len(seen) == 5


def test_the_day_and_the_first_company_change_the_tag(api: Api, engine: Engine, clock: Clock) -> None:
    seen = {api.get(PATH).headers["ETag"]}
    clock.forward(days=1)
    seen.add(api.get(PATH).headers["ETag"])
    with db.writing(engine) as connection:
        connection.execute(insert(tables.companies).values(id="c", created_at=1))
        for number, (role, archived) in enumerate([("lead", False), ("user", True), ("user", False)]):
            connection.execute(
                insert(tables.contacts).values(id=str(number), role=role, created_at=1, archived=archived)
            )
        connection.execute(insert(tables.memberships).values(contact_id="0", company_id="c"))
        connection.execute(insert(tables.memberships).values(contact_id="1", company_id="c"))
    # Leads and archived people do not count.
    assert api.configuration()["site"]["companies_in_use"] is False
    assert api.get(PATH).headers["ETag"] in seen
    with db.writing(engine) as connection:
        connection.execute(insert(tables.memberships).values(contact_id="2", company_id="c"))
    assert api.configuration()["site"]["companies_in_use"] is True
    seen.add(api.get(PATH).headers["ETag"])
    assert len(seen) == 3


def test_a_record_is_included_when_asked_for(api: Api) -> None:
    api.create("/records/acme", RECORD)
    assert api.configuration()["record"] is None
    assert api.configuration(record="nope")["record"] is None
    assert api.configuration(record="acme")["record"] == api.get("/records/acme").json()


def test_other_records_are_told_with_what_they_name_here(api: Api) -> None:
    def keep(name: str, values: dict[str, dict[str, object]]) -> None:
        api.create(f"/records/{name}", {**RECORD, "values": values})

    def others(**asked: str) -> list[tuple[str, dict[str, list[str]]]]:
        return [(one["name"], one["manages"]) for one in api.configuration(**asked)["others"]]

    tag = api.get(PATH).headers["ETag"]
    assert others() == []
    keep("website", {"messenger_spaces": {"tickets": True, "home": False}, "audience/acme": {"rule": {"a": "told"}}})
    assert api.get(PATH).headers["ETag"] != tag
    keep("Support", {"data_attribute/company.tier": {"type": "string"}, "identity": {"mode": "jwt"}})
    keep("nothing", {"audience/acme": {}})
    keep("elsewhere", {"audience/another": {"rule": None}, "homepage/another": {"publish": True}})
    support = ("Support", {"data_attribute/company.tier": ["type"], "identity": ["mode"]})
    website = ("website", {"audience/acme": ["rule"], "messenger_spaces": ["home", "tickets"]})
    assert others() == others(record="nothing") == [support, website]
    assert others(record="website") == [support]
    (told,) = api.configuration(record="Support")["others"]
    record = api.get("/records/website").json()
    assert (told["applied_at"], told["applied_by"]) == (record["applied_at"], record["applied_by"])
    assert '"told"' not in api.get(f"{PATH}?record=Support").text


def test_it_is_one_transaction_with_few_queries(api: Api, engine: Engine) -> None:
    api.create("/records/acme", RECORD)
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    event.listen(engine, "begin", lambda _: said.append("begun"))
    api.configuration(record="acme")
    assert said.count("begun") == 1
    assert len([one for one in said if one.startswith("SELECT")]) <= 13
    said.clear()
    tag = api.get(PATH).headers["ETag"]
    said.clear()
    api.get(PATH, headers={"If-None-Match": tag})
    assert len([one for one in said if one.startswith("SELECT")]) <= 3


@pytest.mark.slow
def test_no_write_falls_into_the_middle_of_a_read(api: Api) -> None:
    """Identity and the Messenger's spaces are always written in turn: no read may see one ahead by two."""
    done = threading.Event()
    failures: list[tuple[int, int]] = []

    def read() -> None:
        while not done.is_set():
            settings = api.configuration()
            identity, spaces = settings["identity"]["revision"], settings["messenger_spaces"]["revision"]
            if not (0 <= identity - spaces <= 1 and settings["revision"] == identity + spaces - 1):
                failures.append((identity, spaces))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 41):
        mode = "jwt" if number % 2 else "hmac"
        assert api.patch("/identity", {"mode": mode}, revision=number).status_code == 200
        assert api.patch("/messenger_spaces", {"news": bool(number % 2)}, revision=number).status_code == 200
    done.set()
    reader.join()
    assert not failures
