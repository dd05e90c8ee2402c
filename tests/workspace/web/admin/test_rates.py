"""How many writes a token may make, and that an apply keeps under it."""

from __future__ import annotations

import math
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import httpx

from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.target.rest import RestTarget
from tests.reconciler.plan.test_plan_text import example, read
from tests.support import applying
from tests.support.admin.client import HELP_CENTER, TOKEN, Api, codes, dump
from tests.support.contract import CheckedTransport
from tests.support.databases import one_is_enough
from tests.support.sample import NOW, sample
from workspace.database import engine as db
from workspace.identity import tokens as auth
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from tests.support.admin.client import Clock


def limited(engine: Engine, clock: Clock, per_minute: int | None) -> Api:
    token = EphemeralToken(TOKEN, "one")
    return Api(create_app(Settings(engine=engine, embedded=token, clock=clock, writes_per_minute=per_minute)))


@one_is_enough
def test_writes_are_counted_by_token_and_window(engine: Engine, clock: Clock) -> None:
    api = limited(engine, clock, 18)
    with db.writing(engine) as connection:
        other = auth.create(connection, "other", "write", now=0)
    # What is refused counts too, or it could be tried for ever.
    answers = [api.patch("/identity", {"mode": "jwt"}, revision=1) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 412, 412]
    assert [one.headers["X-RateLimit-Remaining"] for one in answers] == ["2", "1", "0"]
    before = dump(engine)
    refused = api.patch("/identity", {"mode": "hmac"}, revision=2)
    assert (refused.status_code, codes(refused)) == (429, ["rate_limit_exceeded"])
    assert (refused.headers["X-RateLimit-Limit"], refused.headers["Retry-After"]) == ("3", "10")
    assert int(refused.headers["X-RateLimit-Reset"]) == int(clock().timestamp()) + 10
    assert dump(engine) == before
    theirs = api.patch("/identity", {"mode": "hmac"}, revision=2, headers={"Authorization": f"Bearer {other}"})
    assert theirs.status_code == 200
    clock.forward(seconds=10)
    assert api.patch("/identity", {"mode": "jwt"}, revision=3).status_code == 200


@one_is_enough
def test_what_only_reads_is_not_counted(engine: Engine, clock: Clock) -> None:
    api = limited(engine, clock, 6)
    for _ in range(3):
        assert "X-RateLimit-Limit" not in api.get(HELP_CENTER).headers
        check = {"people": ["ada@example.com"]}
        assert api.post(f"{HELP_CENTER}/access/check", check).status_code == 200
    assert api.patch("/identity", {"mode": "jwt"}).headers["X-RateLimit-Remaining"] == "0"


@one_is_enough
def test_without_a_limit_nothing_is_counted(engine: Engine, clock: Clock) -> None:
    assert "X-RateLimit-Limit" not in limited(engine, clock, None).patch("/identity", {"mode": "jwt"}).headers


class Dated(httpx.BaseTransport):
    """A server whose time passes while its client sleeps, and that says what time it is, as servers do."""

    def __init__(self, engine: Engine, per_minute: int) -> None:
        self.moment = NOW
        self.statuses: list[int] = []
        settings = Settings(
            engine=engine, embedded=EphemeralToken(TOKEN, "ci"), clock=self.now, writes_per_minute=per_minute
        )
        self.inner = CheckedTransport(httpx.WSGITransport(app=create_app(settings)))

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        # The client's own time goes on while it is told to sleep; that of the server must not fall behind it.
        self.moment += timedelta(seconds=math.ceil(seconds))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        self.statuses.append(response.status_code)
        response.headers["Date"] = format_datetime(self.moment, usegmt=True)
        return response


def test_an_apply_keeps_under_the_limit(database_kind: str) -> None:
    with sample(database_kind) as workspace:
        server = Dated(workspace.engine, 12)
        target = RestTarget("it", "http://sample", TOKEN, server, sleep=server.sleep)
        plan = planning.make_plan(read(example()), target, now=NOW, allowed=ALLOWABLE)
        result = applying.run(plan, target)
        assert (result.failure, result.applied) == (None, len(plan.changes))
        # It knew when to wait: no write was ever refused. Two at a time take their time.
        assert 429 not in server.statuses
        assert server.moment - NOW > timedelta(seconds=10 * len(plan.changes) / 2)
