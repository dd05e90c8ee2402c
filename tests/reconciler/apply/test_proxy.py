"""The proxy does what its faults say; otherwise the tests that use it would prove nothing."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.faults.proxy import Dropped, Fault, Moment, Proxy, Request, seeded
from tests.support.target.misbehaving import Misbehaving, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

DATE = "Sun, 01 Mar 2026 12:00:00 GMT"


@pytest.fixture
def upstream() -> Iterator[Misbehaving]:
    with Misbehaving(answer(body={"done": True}, Date=DATE)) as server:
        yield server


def through(upstream: Misbehaving, fault: Fault) -> httpx.Response:
    with Proxy(upstream.url, lambda _: fault) as proxy, httpx.Client(base_url=proxy.url, timeout=0.5) as client:
        return client.patch("/thing", json={"a": 1})


@pytest.mark.parametrize(
    ("fault", "problem", "arrives"),
    [
        (Fault.REFUSED, httpx.ReadError, False),
        (Fault.RESET_BEFORE, httpx.ReadError, False),
        (Fault.RESET_AFTER, httpx.ReadError, True),
        (Fault.HALF, httpx.RemoteProtocolError, True),
        (Fault.GARBAGE, httpx.RemoteProtocolError, True),
    ],
)
def test_faults_without_an_answer(upstream: Misbehaving, fault: Fault, problem: type[Exception], arrives: bool) -> None:
    with pytest.raises(problem):
        through(upstream, fault)
    assert upstream.requests == ["PATCH /thing"] * arrives


@pytest.mark.parametrize(
    ("fault", "status", "arrives"),
    [
        (Fault.NONE, 200, True),
        (Fault.OFTEN, 429, False),
        (Fault.OFTEN_BY_DATE, 429, False),
        (Fault.BROKEN, 500, False),
        (Fault.BROKEN_AFTER, 500, True),
        (Fault.BAD_GATEWAY_AFTER, 502, True),
        (Fault.BUSY, 503, False),
        (Fault.PAGE, 200, True),
        (Fault.CLOCK, 200, True),
    ],
)
def test_faults_with_an_answer(upstream: Misbehaving, fault: Fault, status: int, arrives: bool) -> None:
    got = through(upstream, fault)
    assert got.status_code == status
    assert upstream.requests == ["PATCH /thing"] * arrives
    assert (got.headers.get("Content-Type") == "application/json") == (fault in (Fault.NONE, Fault.CLOCK))


def test_connections_are_really_refused(upstream: Misbehaving) -> None:
    with Proxy(upstream.url, lambda _: Fault.REFUSED) as proxy, httpx.Client(base_url=proxy.url) as client:
        seen = set()
        while httpx.ConnectError not in seen:
            with pytest.raises(httpx.TransportError) as raised:
                client.get("/thing")
            seen.add(raised.type)


def test_a_slow_drip_is_one_byte_after_the_other(upstream: Misbehaving) -> None:
    with (
        Proxy(upstream.url, lambda _: Fault.DRIP) as proxy,
        httpx.Client(base_url=proxy.url) as client,
        client.stream("GET", "/thing") as got,
    ):
        parts = list(got.iter_raw())
    assert b"".join(parts) == b'{"done": true}'
    assert len(parts) > 5


def test_another_clock_asks_to_wait_a_second_by_its_own_time(upstream: Misbehaving) -> None:
    got = through(upstream, Fault.OFTEN_BY_DATE)
    date, until = (parsedate_to_datetime(got.headers[name]) for name in ("Date", "Retry-After"))
    assert (until - date).total_seconds() in (1, 2)


def test_what_arrived_is_kept_and_can_be_stopped(upstream: Misbehaving) -> None:
    moments: list[Moment] = []

    def look(moment: Moment, request: Request) -> None:
        moments.append(moment)
        if request.path == "/dropped":
            raise Dropped

    with Proxy(upstream.url, look=look) as proxy, httpx.Client(base_url=proxy.url) as client:
        client.put("/thing", json={"a": 1})
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/dropped")
        (passed,) = proxy.passed
    assert (passed.request.method, passed.request.path, passed.request.body) == ("PUT", "/thing", b'{"a":1}')
    assert passed.status == 200
    assert moments == [Moment.BEFORE, Moment.DONE, Moment.ANSWERED, Moment.BEFORE]


def test_a_seed_draws_the_same_faults_again() -> None:
    request = Request("GET", "/", {}, b"")
    weights = {Fault.NONE: 3.0, Fault.HALF: 1.0}
    one, same, other = (seeded(seed, weights) for seed in (1, 1, 2))
    drawn = [[choose(request) for _ in range(50)] for choose in (one, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert set(drawn[0]) == {Fault.NONE, Fault.HALF}
