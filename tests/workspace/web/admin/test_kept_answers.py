"""Answers that are kept: the moment anything is written, by whichever process, none of them is given again."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update
from werkzeug.test import EnvironBuilder

from tests.support.admin.client import Clock
from tests.support.contract import PREFIX
from tests.support.databases import KINDS, copied
from tests.support.examples import examples
from tests.support.pages.stage import HOST, SETTINGS, Stage
from workspace.database import engine as db
from workspace.database import store, tables
from workspace.database.unmoved import Unmoved
from workspace.identity import tokens
from workspace.settings.initialise import NewHelpCenter, initialise
from workspace.web.app import create_app
from workspace.web.app_config import Settings
from workspace.web.kept import answers
from workspace.web.kept.answers import KeptAnswers
from workspace.writes.admin_write import admin_write
from workspace.writes.audit_log import Caller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

CHECK = f"{PREFIX}/help_centers/acme/access/check"
PORTAL = f"{HOST}/en/tickets-portal"
ONE = {"people": ["ada"]}
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
        at_once = kept._checks.answer

        def counted_at_once(*given: Any, **more: Any) -> Any:
            answered = at_once(*given, **more)
            self.asked += answered is not None
            self.at_once += answered is not None
            return answered

        kept._checks.answer = counted_at_once  # type: ignore[method-assign]
        self.at_once = 0
        self.token = self.new_token("reader")

    def new_token(self, name: str, **more: Any) -> str:
        with db.writing(self.engine) as connection:
            return tokens.create(connection, name, "read", now=self.now(), **more)

    def now(self) -> int:
        return int(self.clock().timestamp())

    def check(self, token: str = "", body: Any = ONE, path: str = CHECK, **headers: str) -> httpx.Response:
        told = {"Authorization": f"Bearer {token or self.token}", **headers}
        with httpx.Client(transport=httpx.WSGITransport(self.app), base_url=HOST) as client:
            given = {"content": body} if isinstance(body, bytes) else {"json": body}
            return client.post(path, headers=told, **given)

    def name(self, **headers: str) -> int:
        return int(self.check(**headers).json()["results"][0]["person"]["name"])

    def by_the_application(self, *given: Any, **more: Any) -> httpx.Response:
        """Return the answer that the application itself gives."""
        kept = self.app.wsgi_app
        assert isinstance(kept, KeptAnswers)
        kept._known = None, {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kept._checks, "answer", lambda *_, **__: None)
            return self.check(*given, **more)

    def call_ada(self, name: int, engine: Engine | None = None) -> None:
        with db.writing(engine or self.engine) as connection:
            connection.execute(update(tables.contacts).values(name=str(name)))

    def set_audience(self, audience: dict[str, Any]) -> None:
        """Write a setting and a new revision, as the admin API does."""
        with admin_write(self.engine, Caller("tests", ("write",), "api", None), self.now(), None) as made:
            stored = store.load(made.connection, "audience/acme")
            assert stored is not None
            made.replace(stored, audience, "changed the audience")

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
    with kept(database_kind) as cache:
        yield cache


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


RULE = {
    "operator": "and",
    "predicates": [
        {"attribute": "name", "comparison": "known", "value": None, "type": "text"},
        {"attribute": "company.name", "comparison": "ne", "value": "Nobody's", "type": "text"},
    ],
}


@pytest.mark.parametrize("audience", [{"mode": "everyone"}, {"mode": "rule", "rule": RULE}], ids=["all", "rule"])
@pytest.mark.parametrize(
    "body",
    [ONE, {"people": ["nobody"]}, {"people": ["ADA@Acme.example"]}, {"people": ["\N{SNOWMAN}"]}, {"people": ["two"]}],
    ids=["by id", "nobody", "by email", "other letters", "two of them"],
)
def test_one_statement_answers_as_the_application_does(workspace: Kept, body: Any, audience: dict[str, Any]) -> None:
    workspace.set_audience(audience)
    with db.writing(workspace.engine) as connection:
        connection.execute(update(tables.contacts).values(email="Ada@acme.example", email_folded="ada@acme.example"))
        row = {"role": "user", "created_at": 1, "archived": False, "email": "two", "email_folded": "two"}
        connection.execute(insert(tables.contacts), [{"id": name, **row} for name in ("one", "two-of-them")])
        company = {"id": "acme", "company_id": "acme", "created_at": 1}
        connection.execute(insert(tables.companies).values(**company, name="Acme", name_folded="acme"))
        connection.execute(insert(tables.memberships).values(contact_id="one", company_id="acme"))
    workspace.repeated()
    before = workspace.at_once
    # Another header, so that it is no question that was asked before.
    answer = workspace.check(body=body, Accept="text/plain")
    assert workspace.at_once == before + 1
    expected = workspace.by_the_application(body=body)
    assert answer.content == expected.content

    def headers(response: httpx.Response) -> dict[str, str]:
        return {name: value for name, value in response.headers.items() if name != "x-request-id"}

    assert headers(answer) == headers(expected)
    assert answer.headers["X-Request-Id"].count("-") == expected.headers["X-Request-Id"].count("-") == 4


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (200, {"body": {"people": ["ada", "ada"]}}),
        (200, {"body": {"people": []}}),
        (200, {"body": {"people": ["ada"], "card_shown": True}}),
        (400, {"body": b'{"people": ["ada"], "people": ["ada"]}'}),
        (400, {"body": b'{"people": ["\xff"]}'}),
        (400, {"body": b'{"people": ["\\u0000"]}'}),
        (422, {"body": {"people": [""]}}),
        (400, {"body": {"people": [1]}}),
        (404, {"path": CHECK.replace("acme", "other")}),
        (400, {"Portal-Reason": "%00"}),
        (400, {"Portal-Moment": "of no form"}),
        (401, {"token": "portal_of_nobody"}),
        (401, {"Authorization": "Basic YTpi"}),
    ],
)
def test_the_application_answers_everything_else(workspace: Kept, status: int, asked: dict[str, Any]) -> None:
    workspace.repeated()
    before = workspace.at_once
    assert workspace.check(**asked).status_code == status
    assert workspace.at_once == before


def test_what_is_given_again_at_once_is_the_same(workspace: Kept) -> None:
    kept = workspace.app.wsgi_app
    assert isinstance(kept, KeptAnswers)
    headers = {"Authorization": f"Bearer {workspace.token}"}

    def at_once() -> tuple[int, list[tuple[str, str]], bytes] | None:
        builder = EnvironBuilder(CHECK, base_url=HOST, method="POST", json=ONE, headers=headers)
        environ = builder.get_environ()
        asked: list[bytes] = []
        known = kept.at_once(dict(environ))
        environ["wsgi.input"].seek(0)
        asked.append(b"".join(workspace.app(environ, lambda *_: None)))  # type: ignore[arg-type, return-value]
        assert known is None or known[2] == asked[0]
        return known

    workspace.repeated()
    at_once()
    known = at_once()
    assert (known is not None) is (workspace.engine.dialect.name == "sqlite")
    if known is not None:
        status, told, body = known
        assert (status, json.loads(body)) == (200, workspace.check().json())
        assert {name.lower() for name, _ in told} == {name.lower() for name in workspace.check().headers}
    workspace.call_ada(7)
    known = at_once()
    assert known is None or json.loads(known[2])["results"][0]["person"]["name"] == "7"
    # What has to be worked out anew is no work for whoever must not be kept waiting.
    workspace.set_audience({"mode": "nobody"})
    assert at_once() is None
    workspace.clock.forward(hours=24)
    assert at_once() is None


def test_after_a_slow_check_others_are_left_to_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    with kept("sqlite") as workspace:
        application = workspace.app.wsgi_app
        assert isinstance(application, KeptAnswers)
        workspace.repeated()

        def at_once(number: int) -> bool:
            headers = {"Authorization": f"Bearer {workspace.token}", "X-Number": str(number)}
            builder = EnvironBuilder(CHECK, base_url=HOST, method="POST", json=ONE, headers=headers)
            return application.at_once(builder.get_environ()) is not None

        moment = [1000.0]
        monkeypatch.setattr(answers.time, "monotonic", lambda: moment[0])
        assert [at_once(number) for number in range(3)] == [True] * 3
        checked = application._checks.answer

        def slowly(*given: Any, **more: Any) -> Any:
            moment[0] += 1
            return checked(*given, **more)

        with monkeypatch.context() as patch:
            patch.setattr(application._checks, "answer", slowly)
            assert at_once(3)
        assert not at_once(4)
        moment[0] += 1.1
        assert at_once(5)


def test_settings_are_those_of_the_statement(workspace: Kept) -> None:
    def opens() -> bool:
        (result,) = workspace.check().json()["results"]
        return bool(result["can"]["open_portal"])

    for number in range(8):
        modes = ("everyone", "nobody")
        workspace.set_audience({"mode": modes[number % 2]})
        assert [opens() for _ in range(3)] == [number % 2 == 0] * 3
        workspace.call_ada(number)
        assert opens() is (number % 2 == 0)
    assert workspace.at_once >= 8


def test_a_lost_connection_is_no_error(workspace: Kept) -> None:
    if workspace.engine.dialect.name != "postgresql":
        pytest.skip("a file has no connection that others could end")
    workspace.repeated()
    other = db.engine_for(workspace.engine.url.render_as_string(hide_password=False))
    for number in range(3):
        with db.writing(other) as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        workspace.call_ada(number, other)
        assert [workspace.name() for _ in range(4)] == [number] * 4
    before = workspace.asked
    assert workspace.repeated() == 0
    assert workspace.asked == before
    other.dispose()


@pytest.mark.parametrize("kind", KINDS)
@examples(3)
@given(readers=st.integers(1, 4), writes=st.lists(st.booleans(), min_size=10, max_size=30))
def test_no_reader_is_told_less_than_was_written_before_it_asked(kind: str, readers: int, writes: list[bool]) -> None:
    """Writers of this process and of another one, in any order, against readers that never pause."""
    with kept(kind) as cache:
        cache.repeated()
        before = cache.asked
        other = db.engine_for(cache.engine.url.render_as_string(hide_password=False))
        written, over = [0], threading.Event()
        wrong: list[tuple[int, int]] = []
        told = [0] * readers

        def read(place: int) -> None:
            while not over.is_set():
                known = written[0]
                # Every other question has not been asked before: one statement answers it.
                name = cache.name(**({"Accept": f"text/{told[place]}"} if told[place] % 2 else {}))
                told[place] += 1
                if name < known:
                    wrong.append((known, name))

        threads = [threading.Thread(target=read, args=(place,)) for place in range(readers)]
        for one in threads:
            one.start()
        for number, elsewhere in enumerate(writes, start=1):
            cache.call_ada(number, other if elsewhere else None)
            written[0] = number
            seen = sum(told)
            # Now and then the readers come to ask the same again.
            while number % 3 == 0 and sum(told) < seen + 4 * readers:
                threading.Event().wait(0.001)
        over.set()
        for one in threads:
            one.join()
        assert wrong == []
        assert cache.name() == len(writes)
        # Some were given again: otherwise nothing was tried here.
        assert cache.asked - before < sum(told)
        other.dispose()
