"""The homepage: saved as a draft, public when published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.admin.client import HELP_CENTER, SECTIONS, Api, Clock, codes, dump
from tests.support.databases import one_is_enough
from tests.support.sample import sample

if TYPE_CHECKING:
    from sqlalchemy import Engine

DRAFT = f"{HELP_CENTER}/homepage/draft"
PUBLISH = f"{HELP_CENTER}/homepage/publish"


def publish(api: Api, revision: int | None) -> Any:
    return api.send("POST", PUBLISH, json={}, revision=revision)


def test_a_save_touches_the_draft_only(api: Api) -> None:
    live = api.get(DRAFT).json()["live"]
    response = api.patch(DRAFT, {"sections": SECTIONS})
    assert response.json() == {
        "revision": 2,
        "draft": SECTIONS,
        "live": live,
        "draft_edited": {"by": "ada", "at": "2026-03-14T12:00:00Z"},
        "also": {},
    }
    (entry,) = api.activity()
    assert set(entry["changes"]) == {"draft", "draft_edited"}
    assert entry["changes"]["draft"] == {"before": live, "after": SECTIONS}


def test_publishing_sets_the_draft_live(api: Api) -> None:
    api.patch(DRAFT, {"sections": SECTIONS})
    response = publish(api, 2)
    assert response.json() == {"revision": 3, "draft": SECTIONS, "live": SECTIONS, "draft_edited": None, "also": {}}
    assert api.activity()[0]["description"] == "Set the homepage of acme live"


def test_publishing_what_is_live_changes_nothing(api: Api, engine: Engine) -> None:
    before = dump(engine)
    assert publish(api, 1).json()["revision"] == 1
    assert dump(engine) == before


def test_saving_the_same_draft_keeps_who_edited_it(api: Api, engine: Engine, clock: Clock) -> None:
    api.patch(DRAFT, {"sections": SECTIONS})
    before = dump(engine)
    clock.forward(hours=1)
    assert api.patch(DRAFT, {"sections": SECTIONS}, revision=2).json()["draft_edited"]["at"] == "2026-03-14T12:00:00Z"
    assert dump(engine) == before


def test_a_draft_edited_back_has_still_been_edited(api: Api) -> None:
    original = api.get(DRAFT).json()["draft"]
    api.patch(DRAFT, {"sections": SECTIONS})
    back = api.patch(DRAFT, {"sections": original}, revision=2).json()
    assert back["draft"] == back["live"]
    assert back["draft_edited"]["by"] == "ada"
    assert publish(api, 3).json()["draft_edited"] is None


def test_sections_keep_their_order_and_what_they_hold(api: Api) -> None:
    sections = [
        {"type": "zeta", "enabled": False, "settings": {"b": [1, 1.5, None, True, {"ü": "x"}], "a": {}}},
        {"type": "Some Vendor/Thing", "enabled": True, "settings": {}},
        {"type": "alpha", "enabled": True, "settings": {"1": 1}},
    ]
    assert api.patch(DRAFT, {"sections": sections}).json()["draft"] == sections
    assert list(api.get(DRAFT).json()["draft"][0]["settings"]) == ["b", "a"]
    assert api.patch(DRAFT, {"sections": []}, revision=2).json()["draft"] == []


@one_is_enough
@pytest.mark.parametrize(
    ("sections", "status", "code"),
    [
        ([SECTIONS[0], SECTIONS[0]], 422, "section_duplicate"),
        ([{"type": "", "enabled": True, "settings": {}}], 422, "value_invalid"),
        ([{**SECTIONS[0], "type": str(number)} for number in range(101)], 422, "value_invalid"),
        ([{"type": "search", "enabled": True}], 400, "parameter_invalid"),
        ([{"type": "search", "enabled": 1, "settings": {}}], 400, "parameter_invalid"),
        ([{"type": "search", "enabled": True, "settings": []}], 400, "parameter_invalid"),
        ([{"type": "search", "enabled": True, "settings": {}, "more": 1}], 400, "parameter_invalid"),
        (["search"], 400, "parameter_invalid"),
        ({}, 400, "parameter_invalid"),
    ],
)
def test_a_page_that_is_none_is_refused(api: Api, engine: Engine, sections: Any, status: int, code: str) -> None:
    before = dump(engine)
    response = api.patch(DRAFT, {"sections": sections})
    assert (response.status_code, set(codes(response))) == (status, {code})
    assert dump(engine) == before


def test_both_writes_need_the_current_revision(api: Api, engine: Engine) -> None:
    api.patch(DRAFT, {"sections": SECTIONS})
    before = dump(engine)
    assert api.patch(DRAFT, {"sections": []}, revision=1).status_code == 412
    assert publish(api, 1).status_code == 412
    assert api.patch(DRAFT, {"sections": []}, revision=None).status_code == 428
    assert publish(api, None).status_code == 428
    assert api.send("POST", PUBLISH, json={"sections": []}, revision=2).status_code == 400
    assert api.send("POST", PUBLISH, content=b"", revision=2).status_code == 400
    assert api.patch(DRAFT, {}, revision=2).status_code == 400
    assert dump(engine) == before


@one_is_enough
def test_the_draft_has_no_path_for_publishing_by_other_methods(api: Api) -> None:
    assert api.get(PUBLISH).status_code == 405
    assert api.send("PUT", DRAFT, json={}).status_code == 405


def test_what_the_homepage_shows_of_articles() -> None:
    with sample() as workspace, workspace.client() as client:
        answer = client.get("help_centers/acme/homepage/content").json()
        assert client.get("help_centers/nope/homepage/content").status_code == 404
    assert answer["name"] == "Acme Help Center"
    first = answer["collections"][0]
    assert (first["name"], first["size"]) == ("First steps", 3)
    assert answer["featured"][0]["title"] == "Plan your first route"
    moments = [one["updated_at"] for one in answer["announced"]]
    assert moments == sorted(moments, reverse=True)
    assert "body" not in str(answer)
