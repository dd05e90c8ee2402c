"""Answers that are kept: the moment anything is written, by whichever process, none of them is given again."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from tests.support.admin.client import Clock
from tests.support.contract import PREFIX
from tests.support.databases import KINDS, copied
from tests.support.examples import examples
from tests.support.pages.stage import HOST, SETTINGS, Stage
from workspace.database import engine as db
from workspace.database import tables
from workspace.database.unmoved import Unmoved
from workspace.identity import tokens
from workspace.settings.initialise import NewHelpCenter, initialise
from workspace.web.app import create_app
from workspace.web.app_config import Settings
from workspace.web.kept_answers import KeptAnswers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

CHECK = f"{PREFIX}/help_centers/acme/access/check"
PORTAL = f"{HOST}/en/tickets-portal"
EVERYBODY: dict[str, dict[str, Any]] = {**SETTINGS, "audience/acme": {"mode": "everyone"}}


def fill(engine: Engine) -> None:
    with db.writing(engine) as connection:
        initialise(connection, "Acme", help_centers=[NewHelpCenter("acme", "Acme Help")], settings=EVERYBODY)
        person = {"id": "ada", "role": "user", "created_at": 1, "archived": False, "name": "0", "external_id": "ada"}
        connection.execute(insert(tables.contacts).values(person))


class Kept:
    """A workspace as it is served: who calls has a token of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.clock = engine, Clock()
        self.app = create_app(Settings(engine=engine, clock=self.clock))
        kept = self.app.wsgi_app
        assert isinstance(kept, KeptAnswers)
        self.asked = 0
        inner = kept._app

        def counted(*given: Any) -> Any:
            self.asked += 1
            return inner(*given)

        kept._app = counted
        self.token = self.new_token("reader")

    def new_token(self, name: str, **more: Any) -> str:
        with db.writing(self.engine) as connection:
            return tokens.create(connection, name, "read", now=self.now(), **more)

    def now(self) -> int:
        return int(self.clock().timestamp())

    def check(self, token: str = "", **headers: str) -> httpx.Response:
        told = {"Authorization": f"Bearer {token or self.token}", **headers}
        with httpx.Client(transport=httpx.WSGITransport(self.app), base_url=HOST) as client:
            return client.post(CHECK, json={"people": ["ada"]}, headers=told)

    def name(self) -> int:
        return int(self.check().json()["results"][0]["person"]["name"])

    def call_ada(self, name: int, engine: Engine | None = None) -> None:
        with db.writing(engine or self.engine) as connection:
            connection.execute(update(tables.contacts).values(name=str(name)))

    def repeated(self, times: int = 3) -> int:
        """Return how often the application was asked when the same was asked a few times."""
        before = self.asked
        for _ in range(times):
            assert self.check().status_code == 200
        return self.asked - before


@contextmanager
def kept(kind: str) -> Iterator[Kept]:
    with copied(kind, fill) as engine:
        yield Kept(engine)


@pytest.fixture
def workspace(database_kind: str) -> Iterator[Kept]:
    with kept(database_kind) as found:
        yield found


def test_the_same_is_worked_out_once(workspace: Kept) -> None:
    answers = [workspace.check() for _ in range(4)]
    # The first one writes down that its token was used.
    assert workspace.asked <= 2
    assert len({one.content for one in answers}) == 1
    assert len({one.headers["X-Request-Id"] for one in answers}) == 4
    told = [{name: value for name, value in one.headers.items() if name != "x-request-id"} for one in answers]
    assert told == [told[0]] * 4
    assert workspace.repeated() == 0
    assert workspace.check(Accept="text/plain").status_code == 200
    assert workspace.asked == 3


@pytest.mark.parametrize("elsewhere", [True, False], ids=["another process", "this process"])
def test_whatever_is_written_ends_it(workspace: Kept, *, elsewhere: bool) -> None:
    workspace.repeated()
    # An engine of its own shares nothing with the first, as another process would not.
    other = db.engine_for(workspace.engine.url.render_as_string(hide_password=False)) if elsewhere else None
    for number in range(1, 6):
        workspace.call_ada(number, other)
        assert [workspace.name() for _ in range(3)] == [number] * 3
    if other is not None:
        other.dispose()


def test_a_token_that_is_over_opens_nothing(workspace: Kept) -> None:
    workspace.repeated()
    assert workspace.check("portal_of_nobody").status_code == 401
    short = workspace.new_token("short", expires_at=workspace.now() + 30)
    assert {workspace.check(short).status_code for _ in range(3)} == {200}
    workspace.clock.forward(seconds=29)
    assert workspace.check(short).status_code == 200
    workspace.clock.forward(seconds=1)
    assert workspace.check(short).status_code == 401
    workspace.repeated()
    with db.writing(workspace.engine) as connection:
        tokens.revoke(connection, "reader", now=workspace.now())
    assert workspace.check().status_code == 401


def test_another_day_is_another_answer_and_a_use_is_noted(workspace: Kept) -> None:
    workspace.repeated()
    workspace.clock.forward(hours=2)
    before = workspace.asked
    workspace.repeated()
    assert workspace.asked > before
    with db.reading(workspace.engine) as connection:
        (entry,) = tokens.entries(connection)
    assert entry.last_used_at == workspace.now()
    workspace.clock.forward(hours=9, minutes=59)
    workspace.repeated()
    assert workspace.repeated() == 0
    # Midnight.
    workspace.clock.forward(minutes=1)
    before = workspace.asked
    workspace.check()
    assert workspace.asked == before + 1


def test_a_page_is_kept_until_its_session_ends(workspace: Kept) -> None:
    cookies = Stage(workspace.engine, workspace.clock).signed_in("ada").cookies
    with httpx.Client(transport=httpx.WSGITransport(workspace.app), cookies=cookies) as browser:
        pages = [browser.get(PORTAL) for _ in range(3)]
        assert [one.status_code for one in pages] == [200] * 3
        assert len({one.content for one in pages}) == 1
        assert workspace.asked == 1
        workspace.call_ada(7)
        assert ">7<" in browser.get(PORTAL).text.replace("\n", "").replace(" ", "")
        with db.writing(workspace.engine) as connection:
            connection.execute(tables.sessions.update().values(expires_at=workspace.now() + 60))
        assert {browser.get(PORTAL).status_code for _ in range(3)} == {200}
        workspace.clock.forward(seconds=60)
        assert browser.get(PORTAL).status_code == 302
    with httpx.Client(transport=httpx.WSGITransport(workspace.app)) as stranger:
        assert stranger.get(PORTAL).status_code == 302


def test_what_cannot_be_told_is_not_kept(workspace: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Unmoved, "now", lambda _self: None)
    assert workspace.repeated() == 3


@pytest.mark.parametrize("kind", KINDS)
@examples(4)
@given(readers=st.integers(1, 4), writes=st.lists(st.booleans(), min_size=10, max_size=30))
def test_no_reader_is_told_less_than_was_written_before_it_asked(kind: str, readers: int, writes: list[bool]) -> None:
    """Writers of this process and of another one, in any order, against readers that never pause."""
    with kept(kind) as found:
        found.repeated()
        before = found.asked
        other = db.engine_for(found.engine.url.render_as_string(hide_password=False))
        written, over = [0], threading.Event()
        wrong: list[tuple[int, int]] = []
        told = [0] * readers

        def read(place: int) -> None:
            while not over.is_set():
                known = written[0]
                name = found.name()
                told[place] += 1
                if name < known:
                    wrong.append((known, name))

        threads = [threading.Thread(target=read, args=(place,)) for place in range(readers)]
        for one in threads:
            one.start()
        for number, elsewhere in enumerate(writes, start=1):
            found.call_ada(number, other if elsewhere else None)
            written[0] = number
            seen = sum(told)
            # Now and then the readers come to ask the same again.
            while number % 3 == 0 and sum(told) < seen + 4 * readers:
                threading.Event().wait(0.001)
        over.set()
        for one in threads:
            one.join()
        assert wrong == []
        assert found.name() == len(writes)
        # Some were given again: otherwise nothing was tried here.
        assert found.asked - before < sum(told)
        other.dispose()
