"""Writes and reads that say what they know: moments of the workspace, and what else a write was decided on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from tests.support.admin.client import HELP_CENTER, Api, codes, dump
from workspace.database import engine as db
from workspace.database import tables

if TYPE_CHECKING:
    from sqlalchemy import Engine

PORTAL = f"{HELP_CENTER}/portal"
CLOSED = {"enabled": False}
CONFIGURATION = f"{HELP_CENTER}/configuration"


def test_a_write_whose_basis_moved_is_refused_with_who_moved_it(api: Api, engine: Engine) -> None:
    api.patch("/identity", {"mode": "jwt"})
    before = dump(engine)
    decided_on = {"Portal-Decided-On": "identity=1, audience/acme=1, data_attribute/company.not%20there=0"}
    answer = api.patch(f"{HELP_CENTER}/ticket_visibility", {"restricted": True}, headers=decided_on)
    assert (answer.status_code, codes(answer)) == (412, ["basis_moved"])
    (problem,) = answer.json()["errors"]
    assert (problem["field"], problem["data"]["current_revision"]) == ("identity", 2)
    assert [one["resource"] for one in problem["data"]["changes"]] == ["identity"]
    assert dump(engine) == before


def test_a_write_whose_basis_is_as_it_was_is_done(api: Api) -> None:
    decided_on = {"Portal-Decided-On": "identity=1, site=1, data_attribute/contact.companies=1"}
    assert api.patch(f"{HELP_CENTER}/ticket_visibility", {"restricted": True}, headers=decided_on).status_code == 200


def test_a_step_that_was_done_is_answered_although_its_basis_moved(api: Api) -> None:
    path, values = f"{HELP_CENTER}/ticket_visibility", {"restricted": True}
    headers = {**api.begin(), "Portal-Decided-On": "identity=1"}
    first = api.patch(path, values, headers=headers)
    api.patch("/identity", {"mode": "jwt"})
    again = api.patch(path, values, headers=headers)
    assert (again.status_code, again.json()) == (first.status_code, first.json())


@pytest.mark.parametrize("malformed", ["", "identity", "identity=x", "identity=1,", "identity=1, identity=2", "a b=1"])
def test_a_basis_that_cannot_be_read_is_refused(api: Api, malformed: str) -> None:
    answer = api.patch(PORTAL, CLOSED, headers={"Portal-Decided-On": malformed})
    assert (answer.status_code, codes(answer)) == (400, ["parameter_invalid"])


def test_each_write_comes_to_a_moment_that_a_read_may_ask_for(api: Api) -> None:
    answer = api.patch("/identity", {"mode": "jwt"})
    moment = answer.headers["Portal-Moment"]
    assert api.get(CONFIGURATION).json()["moment"] == moment
    again = api.get(CONFIGURATION, headers={"Portal-Moment": moment})
    assert (again.status_code, again.headers["Portal-Moment"]) == (200, moment)


def test_a_moment_that_the_workspace_never_had_is_refused(api: Api, engine: Engine) -> None:
    api.patch("/identity", {"mode": "jwt"})
    known = api.patch("/identity", {"mode": "off"}, revision=2).headers["Portal-Moment"]
    lineage, _, rest = known.partition("/")
    revision, _, mark = rest.partition("-")
    before = dump(engine)
    for moment, code in (
        (f"0{lineage}/{rest}", "workspace_another"),
        (f"{lineage}/{int(revision) + 1}-{mark}", "workspace_behind"),
        (f"{lineage}/{revision}-0{mark}", "workspace_restored"),
        (f"{lineage}/{int(revision) - 1}-{mark}", "workspace_restored"),
    ):
        headers = {"Portal-Moment": moment}
        for answer in (
            api.get(CONFIGURATION, headers=headers),
            api.patch(f"{HELP_CENTER}/ticket_visibility", {"restricted": True}, headers=headers),
            api.post(
                "/leases/acme", {"id": "an-id-of-a-lease", "holder": "h", "reason": "", "ttl": 60}, headers=headers
            ),
        ):
            assert (answer.status_code, codes(answer)) == (412, [code])
    assert dump(engine) == before


def test_the_moment_of_a_workspace_without_a_write_is_its_own(api: Api, engine: Engine) -> None:
    moment = api.configuration()["moment"]
    assert api.get(CONFIGURATION, headers={"Portal-Moment": moment}).status_code == 200
    api.patch("/identity", {"mode": "jwt"})
    assert api.get(CONFIGURATION, headers={"Portal-Moment": moment}).status_code == 200
    with db.writing(engine) as connection:
        connection.execute(update(tables.workspaces).values(lineage="another"))
    assert codes(api.get(CONFIGURATION, headers={"Portal-Moment": moment})) == ["workspace_another"]


def test_a_tag_names_one_revision_also_where_its_number_comes_again(api: Api, engine: Engine) -> None:
    """The number alone is what a program says that knows it from a body; the tag tells a workspace from its copy."""
    of_first = api.get("/identity").headers["ETag"]
    changed = api.patch("/identity", {"mode": "jwt"})
    tag = changed.headers["ETag"]
    assert api.get("/identity").headers["ETag"] == tag
    other = {"If-Match": f'{tag[:-1]}0"'}
    before = dump(engine)
    answer = api.patch("/identity", {"mode": "off"}, revision=None, headers=other)
    assert (answer.status_code, codes(answer)) == (412, ["revision_mismatch"])
    assert answer.json()["errors"][0]["data"]["current_revision"] == 2
    assert dump(engine) == before
    assert api.patch("/identity", {"mode": "off"}, revision=None, headers={"If-Match": of_first}).status_code == 412
    assert api.patch("/identity", {"mode": "off"}, revision=None, headers={"If-Match": tag}).status_code == 200
    assert api.patch("/identity", {"mode": "jwt"}, revision=3).status_code == 200


def test_a_write_answers_the_tag_that_a_read_has(api: Api) -> None:
    for path, values in (
        (f"{HELP_CENTER}/audience", {"mode": "everyone"}),
        ("/site", {"certificate_valid": True}),
        (f"{HELP_CENTER}/homepage/draft", {"sections": []}),
        ("/data_attributes/contact/companies", {"messenger_writable": False}),
    ):
        answer = api.patch(path, values)
        assert answer.status_code == 200, answer.text
        assert api.get(path).headers["ETag"] == answer.headers["ETag"], path
