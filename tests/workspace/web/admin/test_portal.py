"""The switch: what it needs, what it does beside, what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.admin.client import HELP_CENTER, Api, Clock, codes, dump, fields
from tests.support.databases import one_is_enough

if TYPE_CHECKING:
    from sqlalchemy import Engine

PORTAL = f"{HELP_CENTER}/portal"
DRAFT = f"{HELP_CENTER}/homepage/draft"
CARD = {"type": "tickets_portal", "enabled": True, "settings": {}}
# One value that breaks each required setting of the default profile.
BREAKS = [
    ("messenger_installed", "/site", {"messenger_installed": False}),
    ("help_center_live", HELP_CENTER, {"live": False}),
    ("custom_domain", HELP_CENTER, {"custom_domain": None}),
    ("https", HELP_CENTER, {"https": False}),
    ("https", "/site", {"certificate_valid": False}),
    ("cookie_forwarding", HELP_CENTER, {"cookie_forwarding": False}),
    ("cookie_forwarding", "/site", {"cookie_forwarding_detectable": False}),
    ("jwt_enforced", "/identity", {"mode": "hmac"}),
    ("companies_protected", "/data_attributes/contact/companies", {"messenger_writable": True}),
    ("plan", "/site", {"plan": "essential"}),
]


def test_enabling_names_every_unmet_setting_and_changes_nothing(api: Api, engine: Engine) -> None:
    before = dump(engine)
    response = api.patch(PORTAL, {"enabled": True})
    assert (response.status_code, set(codes(response))) == (422, {"required_setting_unmet"})
    checks = api.configuration()["required_settings"]["checks"]
    unmet = {check["id"]: check for check in checks if check["level"] == "required" and check["status"] != "met"}
    assert fields(response) == set(unmet)
    for problem in response.json()["errors"]:
        check = unmet[problem["field"]]
        assert problem["message"] == f"{check['title']}: {check['found']}"
        assert problem["data"] == {name: check[name] for name in ("remedy", "status", "known")}
    assert dump(engine) == before


@one_is_enough
@pytest.mark.parametrize(("setting", "path", "values"), BREAKS)
def test_one_unmet_setting_is_enough_to_refuse(
    api: Api, engine: Engine, setting: str, path: str, values: dict[str, object]
) -> None:
    api.meet_requirements()
    assert api.configuration()["required_settings"]["met"] is True
    api.patch(path, values, revision=2)
    before = dump(engine)
    response = api.patch(PORTAL, {"enabled": True})
    assert (response.status_code, fields(response)) == (422, {setting})
    assert dump(engine) == before


@pytest.mark.parametrize(("setting", "path", "values"), BREAKS)
def test_breaking_a_setting_later_closes_but_does_not_switch_off(
    api: Api, setting: str, path: str, values: dict[str, object]
) -> None:
    api.meet_requirements()
    api.patch(PORTAL, {"enabled": True})
    assert api.get(PORTAL).json()["effective"] is True
    api.patch(path, values, revision=2)
    portal = api.get(PORTAL).json()
    assert (portal["values"], portal["effective"], portal["revision"]) == ({"enabled": True}, False, 2)
    assert api.configuration()["portal"]["effective"] is False
    # Saying again that it is enabled changes nothing, and so needs nothing.
    assert api.patch(PORTAL, {"enabled": True}, revision=2).json()["revision"] == 2
    assert api.patch(PORTAL, {"enabled": False}, revision=2).status_code == 200


def test_enabling_generates_the_url_and_adds_the_card_to_the_draft(api: Api) -> None:
    api.meet_requirements()
    before = api.get(DRAFT).json()
    revision = api.configuration()["revision"]
    response = api.patch(PORTAL, {"enabled": True})
    assert response.json() == {
        "revision": 2,
        "values": {"enabled": True},
        "url": "https://help.acme.example/en/tickets-portal",
        "effective": True,
        "also": {"homepage/acme": {"previous_revision": 1, "revision": 2}},
    }
    after = api.get(DRAFT).json()
    assert after == {
        "revision": 2,
        "draft": [*before["draft"], CARD],
        "live": before["live"],
        "draft_edited": {"by": "ada", "at": "2026-03-14T12:00:00Z"},
    }
    # One write, two resources, two entries.
    entries = api.activity(after_revision=revision)
    assert {entry["resource"] for entry in entries} == {"portal/acme", "homepage/acme"}
    assert {entry["revision"] for entry in entries} == {revision + 1}
    assert {entry["activity_type"] for entry in entries} == {"help_center_settings_change"}


@pytest.mark.parametrize("enabled", [True, False])
def test_a_card_that_is_there_is_left_as_it_is(api: Api, *, enabled: bool) -> None:
    api.meet_requirements()
    sections = [{"type": "tickets_portal", "enabled": enabled, "settings": {"title": "Yours"}}]
    api.patch(DRAFT, {"sections": sections})
    assert api.patch(PORTAL, {"enabled": True}).json()["also"] == {}
    assert api.get(DRAFT).json()["draft"] == sections
    assert api.get(DRAFT).json()["revision"] == 2


def test_disabling_changes_nothing_else(api: Api) -> None:
    api.meet_requirements()
    api.patch(PORTAL, {"enabled": True})
    before = api.configuration()
    response = api.patch(PORTAL, {"enabled": False}, revision=2)
    assert response.json() == {
        "revision": 3,
        "values": {"enabled": False},
        "url": None,
        "effective": False,
        "also": {},
    }
    after = api.configuration()
    assert {name for name in after if after[name] != before[name]} == {"revision", "moment", "portal"}
    # Enabled again it is found where it was.
    assert api.patch(PORTAL, {"enabled": True}, revision=3).json()["url"] == before["portal"]["url"]


def test_an_acknowledgement_counts_until_its_last_day(api: Api, clock: Clock) -> None:
    api.meet_requirements()
    api.patch("/site", {"cookie_forwarding_detectable": False}, revision=2)
    until = {"acknowledged_by": "Ada", "reason": "A proxy hides it", "until": "2026-03-16"}
    api.patch(HELP_CENTER, {"cookie_forwarding": until}, revision=2)
    assert api.patch(PORTAL, {"enabled": True}).json()["effective"] is True
    for step, effective in ((2, True), (1, False)):
        clock.forward(days=step)
        assert api.get(PORTAL).json()["effective"] is effective
    (check,) = [one for one in api.configuration()["required_settings"]["checks"] if one["id"] == "cookie_forwarding"]
    assert (check["status"], check["known"]) == ("unknown", "acknowledged")
    assert check["found"] == "help_center.cookie_forwarding is acknowledged by Ada until 2026-03-16, which has passed"


def test_a_stale_switch_is_refused_before_its_requirements(api: Api) -> None:
    response = api.patch(PORTAL, {"enabled": True}, revision=7)
    assert (response.status_code, codes(response)) == (412, ["revision_mismatch"])
    assert api.patch(PORTAL, {"enabled": True}, revision=None).status_code == 428
    assert api.patch(PORTAL, {"enabled": "yes"}).status_code == 400
    assert api.patch(PORTAL, {"url": "https://x.example"}).status_code == 400
