"""The mirror: everybody is there, nobody too many, and where that is not sure it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support import databases
from tests.support.examples import examples
from tests.support.upstream.crowd import BEGAN, Crowd
from tests.support.upstream.vendor import Clock, api, error
from workspace.core.errors import ApiError
from workspace.database import engine as db
from workspace.database import tables
from workspace.upstream import mirror, observing
from workspace.upstream.intercom.workspace import Intercom
from workspace.upstream.mirror import DAY, Mirror
from workspace.upstream.protocol import MirroredAttributes

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.support.upstream.stage import Stage

pytestmark = pytest.mark.slow

WANTED = MirroredAttributes(person=frozenset({"seats"}), company=frozenset({"plan_tier"}))
NOW = BEGAN + 100 * DAY


def database(kind: str = "sqlite") -> AbstractContextManager[Engine]:
    return databases.copied(kind, databases.nothing)


def mirrored(engine: Engine, vendor: httpx.BaseTransport, moment: int = NOW, **how: Any) -> mirror.State:
    upstream = Intercom(api(vendor, Clock(moment)), lambda: moment)
    observing.look(engine, upstream)
    return Mirror(engine, upstream).refresh(WANTED, moment, **how)


TABLES = (
    tables.contacts,
    tables.companies,
    tables.memberships,
    tables.contact_tags,
    tables.contact_values,
    tables.company_values,
    tables.tags,
)


def everything(engine: Engine) -> dict[str, set[tuple[Any, ...]]]:
    with db.reading(engine) as connection:
        return {table.name: {tuple(row) for row in connection.execute(select(table))} for table in TABLES}


def document(engine: Engine) -> dict[str, Any]:
    with db.reading(engine) as connection:
        return mirror.document(connection)


def test_everybody_is_there(database_kind: str) -> None:
    with database(database_kind) as engine:
        crowd = Crowd(people=320, companies=130)
        state = mirrored(engine, crowd)
        assert state.complete
        contents = everything(engine)
        assert [len(contents[table.name]) for table in TABLES] == [320, 130, 320, 32, 320, 130, 1]
        told = document(engine)
        assert (told["people"], told["of"], told["companies"], told["incomplete_people"]) == (320, 320, 130, 0)
        # Four to look, the tags, three pages of a scroll with its end, three of people.
        assert crowd.calls == 4 + 1 + 3 + 3


def test_only_what_is_wanted_is_kept() -> None:
    with database() as engine:
        mirrored(engine, Crowd(people=3, companies=2))
        contents = everything(engine)
        assert {row[1] for row in contents["contact_values"]} == {"seats"}
        with db.reading(engine) as connection:
            rows = connection.execute(select(tables.contacts)).all()
        assert all(row.name is None and row.phone is None and row.signed_up_at is None for row in rows)
        assert all(row.email and row.external_id for row in rows)


def test_a_second_sweep_writes_nothing_anew_and_removes_who_is_gone() -> None:
    with database() as engine:
        crowd = Crowd(people=200, companies=20)
        mirrored(engine, crowd)
        before = everything(engine)
        crowd.changed[7] = None
        mirrored(engine, crowd, NOW + DAY)
        after = everything(engine)
        assert {row[0] for row in before["contacts"] - after["contacts"]} == {f"{7:024x}"}
        assert after["contacts"] < before["contacts"]


@pytest.mark.parametrize("calls", range(5, 12))
def test_killed_anywhere_the_next_run_equals_a_fresh_mirror(calls: int) -> None:
    with database() as engine, database() as fresh:
        crowd = Crowd(people=500, companies=150, fails_after=calls)
        with pytest.raises(KeyboardInterrupt):
            mirrored(engine, crowd)
        assert not document(engine)["complete"]
        crowd.fails_after = None
        # Another process; the cursor is where it was left.
        upstream = Intercom(api(crowd, Clock(NOW)), lambda: NOW)
        assert Mirror(engine, upstream).refresh(WANTED, NOW + 60).complete
        mirrored(fresh, Crowd(people=500, companies=150))
        assert everything(engine) == everything(fresh)


def test_a_little_at_a_time_comes_to_the_same() -> None:
    with database() as engine, database() as fresh:
        crowd = Crowd(people=500, companies=150)
        state = mirrored(engine, crowd, seconds=0.0)
        steps = 1
        while state.phase != mirror.IDLE:
            state = mirrored(engine, crowd, seconds=0.0)
            steps += 1
        assert steps > 3
        mirrored(fresh, Crowd(people=500, companies=150))
        assert everything(engine) == everything(fresh)


def test_an_interrupted_sweep_removes_nobody_and_says_incomplete() -> None:
    with database() as engine:
        crowd = Crowd(people=400, companies=10)
        mirrored(engine, crowd)
        before = everything(engine)

        def stuck(request: httpx.Request) -> httpx.Response:
            answer = crowd.handle_request(request)
            if request.url.path == "/contacts/search":
                body = answer.json()
                body["data"], body["pages"]["next"] = body["data"][:1], {"starting_after": "150"}
                return httpx.Response(200, json=body)
            return answer

        state = mirrored(engine, httpx.MockTransport(stuck), NOW + DAY)
        assert not state.complete
        assert "same page" in (state.reason or "")
        assert everything(engine) == before
        assert document(engine)["as_of"] is not None


def test_a_sweep_that_ends_early_is_incomplete() -> None:
    with database() as engine:
        crowd = Crowd(people=400, companies=10)
        mirrored(engine, crowd)

        def early(request: httpx.Request) -> httpx.Response:
            answer = crowd.handle_request(request)
            if request.url.path == "/contacts/search":
                body = answer.json()
                body["pages"].pop("next", None)
                return httpx.Response(200, json=body)
            return answer

        state = mirrored(engine, httpx.MockTransport(early), NOW + DAY)
        assert state.reason == "the vendor counts 400 people and gave 150"
        assert len(everything(engine)["contacts"]) == 400


def test_companies_that_cannot_be_read_to_the_end_are_no_reason_to_lose_people() -> None:
    with database() as engine:
        crowd = Crowd(people=20, companies=10)

        def broken(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/companies/scroll":
                return httpx.Response(500, json={})
            if request.url.path.startswith("/companies/"):
                return httpx.Response(200, json=_company(request.url.path))
            return crowd.handle_request(request)

        state = mirrored(engine, httpx.MockTransport(broken))
        assert not state.complete
        assert "failed 3 times" in (state.reason or "")
        assert len(everything(engine)["memberships"]) == 20


def _company(path: str) -> dict[str, Any]:
    from tests.support.upstream.crowd import company

    return company(int(path.rpartition("/")[2], 16))


# --- increments -----------------------------------------------------------------------------------


@examples(8)
@given(
    zone=st.sampled_from(["Pacific/Auckland", "America/Los_Angeles", "UTC", None]),
    ago=st.integers(0, DAY - 2),
    begun=st.integers(0, DAY),
)
def test_a_change_at_any_second_is_there_after_the_next_run(zone: str | None, ago: int, begun: int) -> None:
    """Whatever the vendor makes of a moment: days in a timezone, or seconds."""
    with database() as engine:
        first = NOW + begun
        crowd = Crowd(people=30, companies=3)
        mirrored(engine, crowd, first)
        second = first + DAY - 1
        at = second - ago
        crowd.changed[4] = {"updated_at": at, "email": "new@there.example"}
        mirrored(engine, httpx.MockTransport(lambda request: _by_days(crowd, request, zone)), second)
        emails = {row[3] for row in everything(engine)["contacts"]}
        assert "new@there.example" in emails
        assert "person4@mail4.example" not in emails


def _by_days(crowd: Crowd, request: httpx.Request, zone: str | None) -> httpx.Response:
    """Answer as a vendor that compares days: `>` begins with the next one."""
    import json
    from datetime import datetime, timedelta

    if request.url.path != "/contacts/search" or zone is None:
        return crowd.handle_request(request)
    body = json.loads(request.content)
    if body["query"].get("operator") == "AND":
        place = ZoneInfo(zone)
        since = datetime.fromtimestamp(body["query"]["value"][1]["value"], place)
        following = datetime(since.year, since.month, since.day, tzinfo=place) + timedelta(days=1)
        body["query"]["value"][1]["value"] = int(following.timestamp()) - 1
    return crowd.handle_request(httpx.Request("POST", request.url, json=body))


def test_an_increment_takes_few_calls_and_touches_nobody_else() -> None:
    with database() as engine:
        crowd = Crowd(people=1000, companies=10)
        mirrored(engine, crowd)
        before, crowd.calls = everything(engine), 0
        crowd.changed[4] = {"updated_at": NOW + 60, "external_id": "another"}
        state = mirrored(engine, crowd, NOW + 3600)
        assert state.complete
        assert state.fresh_at == NOW + 3600
        # Four to look, the feed of deletions, one page.
        assert crowd.calls == 6
        assert len(everything(engine)["contacts"] ^ before["contacts"]) == 2


def test_the_feed_of_deletions_is_believed_only_where_the_person_is_gone() -> None:
    with database() as engine:
        crowd = Crowd(people=10, companies=2)
        mirrored(engine, crowd)
        gone, stays = f"{3:024x}", f"{4:024x}"

        def feeding(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/contacts/activities":
                assert request.headers["Intercom-Version"] == "Preview"
                rows = [
                    {"type": "contact.deleted", "contact": {"id": gone}},
                    {"type": "contact.merged", "contact": {"id": stays}},
                    {"type": "contact.of_tomorrow", "contact": {"id": stays}},
                ]
                return httpx.Response(200, json={"data": rows})
            if request.url.path == f"/contacts/{gone}":
                return httpx.Response(404, json=error("not_found"))
            if request.url.path == f"/contacts/{stays}":
                return httpx.Response(200, json={"id": stays})
            return crowd.handle_request(request)

        mirrored(engine, httpx.MockTransport(feeding), NOW + 3600)
        ids = {row[0] for row in everything(engine)["contacts"]}
        assert gone not in ids
        assert stays in ids


# --- traps ----------------------------------------------------------------------------------------


def with_person(number: int, **fields: Any) -> Crowd:
    return Crowd(people=5, companies=30, changed={number: {"updated_at": BEGAN, **fields}})


def many(count: int) -> dict[str, Any]:
    data = [{"type": "company", "id": f"{one:024x}"} for one in range(10)]
    return {"type": "list", "data": data, "total_count": count, "has_more": True}


def test_a_person_with_25_companies_has_them_by_one_more_call() -> None:
    crowd = with_person(1, companies=many(25))
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/companies") and request.url.path.startswith("/contacts/"):
            asked.append(request.url.path)
            return httpx.Response(200, json={"companies": [{"id": f"{one:024x}"} for one in range(25)]})
        return crowd.handle_request(request)

    with database() as engine:
        mirrored(engine, httpx.MockTransport(handle))
        theirs = {row for row in everything(engine)["memberships"] if row[0] == f"{1:024x}"}
        assert len(theirs) == 25
        assert len(asked) == 1


def test_a_person_whose_companies_cannot_be_read_is_incomplete() -> None:
    crowd = with_person(1, companies=many(25))

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/contacts/") and request.url.path.endswith("/companies"):
            return httpx.Response(500, json={})
        return crowd.handle_request(request)

    with database() as engine:
        mirrored(engine, httpx.MockTransport(handle))
        assert document(engine)["incomplete_people"] == 1
        theirs = {row for row in everything(engine)["memberships"] if row[0] == f"{1:024x}"}
        assert len(theirs) == 10


@pytest.mark.parametrize(
    ("told", "kept", "odd"),
    [(2328134400, 2328134400, 0), (1676296619000, 1676296619, 1), (-1, -1, 1), ("soon", None, 1), (10**20, None, 1)],
)
def test_odd_times_are_told(told: Any, kept: int | None, odd: int) -> None:
    crowd = with_person(1, signed_up_at=told)
    wanted = MirroredAttributes(person=frozenset({"signed_up_at"}))
    with database() as engine:
        upstream = Intercom(api(crowd), lambda: NOW)
        observing.look(engine, upstream)
        Mirror(engine, upstream).refresh(wanted, NOW)
        with db.reading(engine) as connection:
            signed_up = connection.execute(
                select(tables.contacts.c.signed_up_at).where(tables.contacts.c.id == f"{1:024x}")
            ).scalar()
        assert signed_up == kept
        assert document(engine)["odd_values"] == odd


def test_a_value_of_another_type_than_its_attribute_is_kept_out_and_told() -> None:
    with database() as engine:
        mirrored(engine, with_person(1, custom_attributes={"seats": "many"}))
        assert len(everything(engine)["contact_values"]) == 4
        assert document(engine)["odd_values"] == 1


def test_one_email_on_several_users_and_companies_of_forms_are_told() -> None:
    crowd = with_person(1, email="person2@mail2.example")

    def handle(request: httpx.Request) -> httpx.Response:
        answer = crowd.handle_request(request)
        if request.url.path == "/companies/scroll":
            body = answer.json()
            if body["data"]:
                body["data"][0] |= {"company_id": "63ecc5731d460cdc137c906d-qualification-company", "name": None}
            return httpx.Response(200, json=body)
        return answer

    with database() as engine:
        mirrored(engine, httpx.MockTransport(handle))
        told = document(engine)
        assert (told["shared_emails"], told["form_companies"]) == (1, 1)
        # It is a membership like any other.
        assert (f"{0:024x}", f"{0:024x}") in everything(engine)["memberships"]


def test_people_appear_late() -> None:
    with database() as engine:
        crowd = Crowd(people=10, companies=2, changed={9: None})
        mirrored(engine, crowd)
        assert len(everything(engine)["contacts"]) == 9
        crowd.changed[9] = {"updated_at": NOW - 300}
        mirrored(engine, crowd, NOW + 600)
        assert len(everything(engine)["contacts"]) == 10


def test_a_refusal_is_told_and_what_was_there_stays() -> None:
    with database() as engine:
        crowd = Crowd(people=10, companies=2)
        mirrored(engine, crowd)
        refused = httpx.MockTransport(
            lambda request: (
                httpx.Response(403, json=error("forbidden"))
                if request.url.path == "/contacts/search"
                else crowd.handle_request(request)
            )
        )
        with pytest.raises(ApiError, match="may not do"):
            mirrored(engine, refused, NOW + DAY)
        assert len(everything(engine)["contacts"]) == 10
        told = document(engine)
        assert not told["complete"]
        assert "may not do" in told["reason"]


def test_a_cursor_that_ended_with_the_time_is_begun_again() -> None:
    with database() as engine:
        crowd = Crowd(people=400, companies=2, fails_after=8)
        with pytest.raises(KeyboardInterrupt):
            mirrored(engine, crowd)
        crowd.fails_after = None

        def forgetful(request: httpx.Request) -> httpx.Response:
            if b'"starting_after"' in request.content and len(refused) < 1:
                refused.append(request)
                return httpx.Response(400, json=error("client_error", "Invalid starting_after param"))
            return crowd.handle_request(request)

        refused: list[httpx.Request] = []
        with pytest.raises(ApiError):
            mirrored(engine, httpx.MockTransport(forgetful), NOW + 60)
        assert mirrored(engine, httpx.MockTransport(forgetful), NOW + 120).complete
        assert len(everything(engine)["contacts"]) == 400


def test_forget_leaves_nobody_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    engine = db.engine_for(path)
    db.migrate(engine)
    mirrored(engine, Crowd(people=300, companies=10))
    marks = (b"person12@mail12", b"mail7.example", b"Company 3")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(FULL)")
    assert all(mark in path.read_bytes() for mark in marks)
    mirror.forget(engine)
    for file in tmp_path.iterdir():
        assert not any(mark in file.read_bytes() for mark in marks), file
    assert document(engine)["people"] == 0
    engine.dispose()


# --- over the stage -------------------------------------------------------------------------------


def test_the_mirror_of_the_stage_has_its_users(stage: Stage) -> None:
    stage.vendor.odd_cursors = True
    observing.look(stage.engine, stage.upstream())
    stage.vendor.requests.clear()
    state = Mirror(stage.engine, stage.upstream()).refresh(MirroredAttributes(), int(stage.clock.now))
    assert state.complete
    with db.reading(stage.intercom) as connection:
        users = select(tables.contacts.c.id).where(
            tables.contacts.c.role == "user", tables.contacts.c.archived.is_(False)
        )
        wanted = set(connection.execute(users).scalars())
        pairs = {
            tuple(row)
            for row in connection.execute(
                select(tables.memberships.c.contact_id, tables.memberships.c.company_id).where(
                    tables.memberships.c.contact_id.in_(wanted)
                )
            )
        }
    contents = everything(stage.engine)
    assert {row[0] for row in contents["contacts"]} == wanted
    assert {(row[0], row[1]) for row in contents["memberships"]} == pairs
