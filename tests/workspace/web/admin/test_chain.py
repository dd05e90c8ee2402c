"""The chain of the activity log: what was changed afterwards is found, and an erased person breaks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, select, update

from tests.support.sample import Sample, sample
from tests.workspace.test_erasing import made, rest
from workspace.database.engine import writing
from workspace.database.tables import activity, workspaces

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRIES = 4


@pytest.fixture
def workspace(database_kind: str) -> Iterator[Sample]:
    with sample(database_kind) as one:
        with one.client() as api:
            for number in range(ENTRIES):
                tag = api.get("messenger_spaces").headers["ETag"]
                body = {"tickets": number % 2 == 0}
                assert api.patch("messenger_spaces", json=body, headers={"If-Match": tag}).is_success
        yield one


def check(workspace: Sample) -> dict[str, Any]:
    with workspace.client() as api:
        answer: dict[str, Any] = api.get("activity/check").raise_for_status().json()
    return answer


def ids(workspace: Sample) -> list[int]:
    with workspace.engine.connect() as connection:
        return list(connection.execute(select(activity.c.id).order_by(activity.c.id)).scalars())


def test_a_log_that_nobody_touched_is_whole(workspace: Sample) -> None:
    answer = check(workspace)
    assert answer.pop("link")
    assert answer == {"type": "activity.check", "entries": ENTRIES, "erased": 0, "broken": None}


@pytest.mark.parametrize(
    "values",
    [
        {"by_name": "somebody else"},
        {"at": 1},
        {"changes": {"tickets": {"before": None, "after": False}}},
        {"origin": "10.0.0.9"},
        {"reason": "no reason"},
        {"digest": "0" * 64},
        {"link": "0" * 64},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_changed_entry_is_found(workspace: Sample, values: dict[str, Any]) -> None:
    second = ids(workspace)[1]
    with writing(workspace.engine) as connection:
        connection.execute(update(activity).where(activity.c.id == second).values(values))
    answer = check(workspace)
    assert answer["entries"] == 1
    assert answer["broken"]["id"] == str(second)
    assert answer["broken"]["resource"] == "messenger_spaces"
    assert answer["broken"]["why"] == ("not_in_line" if "link" in values else "changed")


def test_an_entry_that_was_taken_out_or_put_in_is_found(workspace: Sample) -> None:
    second, third = ids(workspace)[1:3]
    with writing(workspace.engine) as connection:
        row = connection.execute(select(activity).where(activity.c.id == second)).one()._asdict()
        connection.execute(delete(activity).where(activity.c.id == second))
    assert check(workspace)["broken"] == {"id": str(third), "resource": "messenger_spaces", "why": "not_in_line"}
    with writing(workspace.engine) as connection:
        connection.execute(insert(activity).values(row))
    assert check(workspace)["broken"] is None
    with writing(workspace.engine) as connection:
        connection.execute(insert(activity).values({**row, "id": ids(workspace)[-1] + 1}))
    assert check(workspace)["broken"]["why"] == "not_in_line"


def test_newest_entries_that_were_taken_out_are_found(workspace: Sample) -> None:
    with writing(workspace.engine) as connection:
        connection.execute(delete(activity).where(activity.c.id == ids(workspace)[-1]))
    assert check(workspace)["broken"] == {"id": None, "resource": None, "why": "end_missing"}
    with writing(workspace.engine) as connection:
        connection.execute(delete(activity))
    assert check(workspace)["broken"]["why"] == "end_missing"


def test_the_next_entry_goes_on_from_the_last(workspace: Sample) -> None:
    before = check(workspace)["link"]
    with workspace.client() as api:
        api.patch("site", json={"certificate_valid": False}, headers={"If-Match": api.get("site").headers["ETag"]})
    assert check(workspace)["entries"] == ENTRIES + 1
    assert check(workspace)["link"] != before


def test_an_erased_person_leaves_the_chain_whole(workspace: Sample) -> None:
    with rest(workspace) as public:
        person = made(public, external_id="zoe", email="zoe@examply.com", name="Zoë Añez")
        with writing(workspace.engine) as connection:
            log(connection, workspace, person)
        link = check(workspace)["link"]
        assert public.delete(f"/contacts/{person}").is_success
    answer = check(workspace)
    assert (answer["entries"], answer["erased"], answer["broken"]) == (ENTRIES + 1, 1, None)
    assert answer["link"] == link
    with workspace.client() as api:
        newest = api.get("activity", params={"limit": 1}).json()["data"][0]
    assert newest["resource"] == "viewing/(erased)"
    assert newest["description"] == "Looked at the pages as (erased)"
    assert newest["reason"] == "(erased) asked why"
    assert "zoe" not in str(newest).lower()
    assert person not in str(newest)


def log(connection: Any, workspace: Sample, person: str) -> None:
    """Look at the pages as somebody, as the console does."""
    from workspace.identity import viewings
    from workspace.writes.admin_write import AdminWrite
    from workspace.writes.audit_log import Caller

    caller = Caller("mara", ("write",), "console", None, "zoe@examply.com asked why")
    write = AdminWrite(connection, caller, 1_700_000_000)
    viewings.begin(write, person)
    write.finish()
    assert connection.execute(select(workspaces.c.revision)).scalar() > ENTRIES
