"""One brings the mirror up to date at a time: of threads, of processes, and on both databases."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import KINDS
from tests.support.faults.child import CONTEXT
from tests.support.upstream.stage import staged
from workspace.database.engine import engine_for
from workspace.upstream import mirror, observing

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def _hold(url: str, pipe: Connection) -> None:
    with mirror.turn(engine_for(url), 0) as mine:
        pipe.send(mine)
        pipe.recv()


@pytest.mark.parametrize("kind", KINDS)
def test_another_process_has_to_wait_until_it_ends(kind: str) -> None:
    with staged(kind) as stage:
        url = stage.engine.url.render_as_string(hide_password=False)
        ours, theirs = CONTEXT.Pipe()
        holder = CONTEXT.Process(target=_hold, args=(url, theirs))
        holder.start()
        assert ours.recv() is True
        with mirror.turn(stage.engine, 0.1) as mine:
            assert mine is False
        holder.kill()
        holder.join()
        with mirror.turn(stage.engine, 10) as mine:
            assert mine is True


def test_another_thread_has_to_wait() -> None:
    with staged() as stage:
        entries: list[bool] = []

        def other() -> None:
            with mirror.turn(stage.engine, 0.1) as mine:
                entries.append(mine)

        with mirror.turn(stage.engine, 0) as mine:
            assert mine
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
        assert entries == [False]


def test_who_asks_meanwhile_hears_how_far_it_is_and_begins_no_second_sweep() -> None:
    with staged() as stage:
        observing.look(stage.engine, stage.upstream())
        body = {"attributes": {"person": [], "company": []}, "begin": True}
        with mirror.turn(stage.engine, 0) as mine, stage.admin() as http:
            assert mine
            stage.vendor.requests.clear()
            answer = http.post("/mirror/refresh", json=body)
            assert (answer.status_code, answer.json()["people"]) == (200, 0)
            assert stage.vendor.requests == []
        with stage.admin() as http:
            assert http.post("/mirror/refresh", json=body).json()["people"] == 100


def test_an_attribute_that_is_called_like_a_built_in_one_is_mirrored_by_its_own_name() -> None:
    with staged() as stage:
        observing.look(stage.engine, stage.upstream())
        asked = {"person": ["custom_attributes.email"], "company": ["plan_tier"]}
        with stage.admin() as http:
            kept = http.post("/mirror/refresh", json={"attributes": asked, "begin": True}).json()
        assert kept["attributes"] == {"person": ["email"], "company": ["plan_tier"]}


def test_a_look_does_not_undo_what_was_written_meanwhile() -> None:
    with staged() as stage:
        observing.look(stage.engine, stage.upstream())
        upstream = stage.upstream()
        seen = upstream.observe
        done = []

        def observe() -> object:
            observation = seen()
            if not done:
                done.append(True)
                headers = {"If-None-Match": "*"}
                answer = stage.admin().put("/data_attributes/company/tier", json={"type": "string"}, headers=headers)
                assert answer.is_success, answer.text
            return observation

        upstream.observe = observe  # type: ignore[method-assign,assignment]
        stage.clock.now += 60
        observing.look(stage.engine, upstream)
        about = {"resource": "data_attribute/company.tier"}
        entries = stage.admin().get("/activity", params=about).json()["data"]
        assert [one["via"] for one in entries] == ["api"]
        assert [one for one in stage.configuration()["data_attributes"] if one["name"] == "tier"]
