"""Patience with workspaces that do not answer as they should: real sockets, but a clock of the test's own."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reconciler.core.errors import NotAllowed, OutcomeUnknown, PortalError, Stale, WorkspaceUnusable
from reconciler.kinds.base import Operation
from reconciler.operations.verify.browser import Browser
from reconciler.operations.verify.checks import PortalSetup
from reconciler.target.http.message import NoAnswer
from reconciler.target.http.network import ONE_CONNECTION
from reconciler.target.http.retry import MOST_ODD, Endpoint, Idempotency, Outcome, RetryingClient, Timeouts
from reconciler.target.http.send import Connection
from reconciler.target.protocol import WriteContext
from reconciler.target.rest import RestTarget
from tests.support.target.misbehaving import Misbehaving, answer, drip, raw, reset

if TYPE_CHECKING:
    from collections.abc import Callable

TRUST = ssl.create_default_context()
"""Made once: making it takes longer than most of these tests."""

GOOD = answer(body={"data": []})
HALF = raw(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"data"')
DRIP = drip(b"")
GARBAGE = raw(b"\x00\x01 certainly not HTTP\r\n\r\n")
PAGE = answer(body=b"<!doctype html><title>Sign in to the network</title>", Content_Type="text/html")
BUSY = answer("503 Service Unavailable", {"errors": []})
BROKEN = answer("500 Internal Server Error", {"errors": []})
BAD_GATEWAY = answer("502 Bad Gateway", b"<html>")
LATE = answer("504 Gateway Timeout", b"")
OFTEN = answer("429 Too Many Requests", {"errors": []})


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self, drawn: float = 0.5) -> None:
        self.now, self.drawn = 1000.0, drawn
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def client(self, url: str, limits: Timeouts | None = None) -> RetryingClient[httpx.Request, httpx.Response]:
        http = httpx.Client(base_url=url, limits=ONE_CONNECTION, verify=TRUST)
        return RetryingClient(
            Connection(http, lambda: self.now),
            limits or Timeouts(),
            lambda got: got.headers.get("Content-Type") == "application/json",
            sleep=self.sleep,
            clock=lambda: self.now,
            draw=lambda: self.drawn,
        )


def ask(
    url: str, care: Idempotency = Idempotency.QUESTION, clock: Clock | None = None, limits: Timeouts | None = None
) -> Outcome[httpx.Response]:
    client = (clock or Clock()).client(url, limits)
    try:
        method = "GET" if care is Idempotency.QUESTION else "PATCH"
        return client.send(httpx.Request(method, f"{url}/thing", json={"a": 1}), care)
    finally:
        client.close()


def status(ended: Outcome[httpx.Response]) -> int:
    assert isinstance(ended.last, httpx.Response)
    return ended.last.status_code


def unused_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


FAULTS = {
    "reset": reset,
    "hung-up": raw(b""),
    "half": HALF,
    "garbage": GARBAGE,
    "page": PAGE,
    "500": BROKEN,
    "502": BAD_GATEWAY,
    "503": BUSY,
    "504": LATE,
    "429": OFTEN,
}
HARMLESS = {"503", "429"}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("care", [Idempotency.QUESTION, Idempotency.STEP])
def test_what_can_be_repeated_is_repeated_until_it_is_answered(fault: str, care: Idempotency) -> None:
    with Misbehaving(FAULTS[fault], FAULTS[fault], GOOD) as server:
        ended = ask(server.url, care)
    assert (status(ended), ended.tries, len(server.requests)) == (200, 3, 3)
    assert not ended.uncertain


@pytest.mark.parametrize("fault", FAULTS)
def test_a_write_is_repeated_only_where_it_surely_was_not_done(fault: str) -> None:
    with Misbehaving(FAULTS[fault], GOOD) as server:
        ended = ask(server.url, Idempotency.WRITE)
    assert len(server.requests) == ended.tries == (2 if fault in HARMLESS else 1)
    assert ended.uncertain == (fault not in HARMLESS)


def test_a_write_that_could_not_even_be_sent_is_repeated() -> None:
    ended = ask(unused_url(), Idempotency.WRITE)
    assert isinstance(ended.last, NoAnswer)
    assert (ended.last.code, ended.last.sent, ended.uncertain) == ("workspace-unreachable", False, False)
    assert ended.tries > 5


@pytest.mark.parametrize("code", ["400 Bad Request", "404 Not Found", "409 Conflict", "412 Precondition Failed"])
def test_a_refusal_is_an_answer(code: str) -> None:
    with Misbehaving(answer(code, {"errors": []})) as server:
        assert ask(server.url).tries == 1


def test_waits_double_up_to_a_limit_and_end_with_patience() -> None:
    clock = Clock(drawn=1.0)
    with Misbehaving(BUSY) as server:
        ended = ask(server.url, clock=clock, limits=Timeouts(first=60.0))
    assert clock.slept[:6] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0]
    assert set(clock.slept[6:]) == {5.0}
    assert status(ended) == 503
    assert 55.0 <= sum(clock.slept) < 60.0
    assert ended.seconds == pytest.approx(sum(clock.slept))
    assert ended.tries == len(clock.slept) + 1


def test_waits_are_drawn() -> None:
    clock = Clock(drawn=0.25)
    with Misbehaving(BUSY, BUSY, GOOD) as server:
        ask(server.url, clock=clock)
    assert clock.slept == [0.05, 0.1]


def test_a_workspace_that_never_answered_is_not_waited_for_as_long() -> None:
    clock = Clock()
    with Misbehaving(GOOD, BUSY) as server:
        client = clock.client(server.url)
        assert client.send(httpx.Request("GET", server.url), Idempotency.QUESTION).tries == 1
        assert client.send(httpx.Request("GET", server.url), Idempotency.QUESTION).seconds > 50
        client.close()
        assert ask(server.url).seconds < 5


def test_no_patience_is_one_attempt() -> None:
    with Misbehaving(BUSY, GOOD) as server:
        ended = ask(server.url, limits=Timeouts(whole=0.0))
    assert (status(ended), ended.tries) == (503, 1)


@pytest.mark.parametrize("fault", ["500", "page"])
def test_a_mistake_is_not_asked_for_again_for_ever(fault: str) -> None:
    with Misbehaving(FAULTS[fault]) as server:
        assert ask(server.url).tries == MOST_ODD


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"Date": "Sun, 01 Mar 2026 12:00:00 GMT", "Retry-After": "Sun, 01 Mar 2026 12:00:04 GMT"}, 4.0),
        ({"Date": "Sun, 01 Mar 2099 12:00:00 GMT", "Retry-After": "Sun, 01 Mar 2099 12:00:04 GMT"}, 4.0),
        ({"Date": "Sun, 01 Mar 2026 12:00:00 GMT", "Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:04 GMT"}, 0.0),
        ({"Date": "yesterday", "Retry-After": "Sun, 01 Mar 2026 12:00:04 GMT"}, 0.0),
        ({"Retry-After": "soon"}, 0.0),
        ({"Retry-After": "-5"}, 0.0),
    ],
)
@pytest.mark.parametrize("code", ["429 Too Many Requests", "503 Service Unavailable"])
def test_retry_after_is_obeyed_by_the_clock_of_who_asks_for_it(code: str, headers: dict[str, str], wait: float) -> None:
    clock = Clock(drawn=0.0)
    with Misbehaving(answer(code, {"errors": []}, **headers), GOOD) as server:
        assert status(ask(server.url, clock=clock)) == 200
    assert clock.slept == [wait]


def test_a_wait_that_is_longer_than_patience_is_told_and_not_begun() -> None:
    clock = Clock()
    with Misbehaving(answer("429 Too Many Requests", {"errors": []}, Retry_After="3600"), GOOD) as server:
        ended = ask(server.url, clock=clock)
    assert (ended.tries, ended.pause, clock.slept) == (1, 3600.0, [])


def test_the_last_request_of_a_window_is_followed_by_a_wait() -> None:
    clock = Clock()
    limit = {"X_RateLimit_Remaining": "0", "Date": "Sun, 01 Mar 2026 12:00:00 GMT", "X_RateLimit_Reset": "1772366407"}
    with Misbehaving(answer(body={}, **limit), GOOD) as server:
        client = clock.client(server.url)
        client.send(httpx.Request("GET", server.url), Idempotency.QUESTION)
        assert clock.slept == []
        client.send(httpx.Request("GET", server.url), Idempotency.QUESTION)
        client.send(httpx.Request("GET", server.url), Idempotency.QUESTION)
        client.close()
    assert clock.slept == [7.0]


def test_a_window_without_end_does_not_use_up_all_patience() -> None:
    clock = Clock()
    limit = {"X_RateLimit_Remaining": "0", "Date": "Sun, 01 Mar 2026 12:00:00 GMT", "X_RateLimit_Reset": "9999999999"}
    with Misbehaving(answer(body={}, **limit), GOOD) as server:
        client = clock.client(server.url)
        client.send(httpx.Request("GET", server.url), Idempotency.QUESTION)
        assert status(client.send(httpx.Request("GET", server.url), Idempotency.QUESTION)) == 200
        client.close()
    assert clock.slept == [30.0]


@pytest.mark.parametrize(
    "begun",
    [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"],
    ids=["nothing", "headers", "body"],
)
def test_an_answer_in_single_bytes_does_not_stretch_an_attempt(begun: bytes) -> None:
    with Misbehaving(drip(begun)) as server:
        ended = ask(server.url, limits=Timeouts(whole=0.0, attempt=0.3))
    assert isinstance(ended.last, NoAnswer)
    assert (ended.last.code, ended.last.sent) == ("workspace-timeout", True)


def test_a_drip_is_cut_on_a_connection_that_served_before() -> None:
    kept = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    with Misbehaving(drip(kept)) as server:
        client = Clock().client(server.url, Timeouts(whole=0.0, attempt=0.3))
        ends = [client.send(httpx.Request("GET", server.url), Idempotency.QUESTION) for _ in range(2)]
        client.close()
    assert status(ends[0]) == 200
    assert isinstance(ends[1].last, NoAnswer)


def test_an_answer_without_end_is_not_taken_in() -> None:
    with Misbehaving(answer(body=b" " * 5000)) as server:
        ended = ask(server.url, limits=Timeouts(largest=4999))
    assert isinstance(ended.last, NoAnswer)
    assert (ended.last.code, ended.tries) == ("workspace-answer-unreadable", 1)


def test_an_interruption_goes_through_at_once() -> None:
    client = RetryingClient(Connection(httpx.Client(verify=TRUST)), Timeouts(), lambda _: True, sleep=_interrupted)
    with Misbehaving(BUSY) as server:
        with pytest.raises(KeyboardInterrupt):
            client.send(httpx.Request("GET", server.url), Idempotency.QUESTION)
        client.close()
        assert len(server.requests) == 1


def _interrupted(_: float) -> None:
    raise KeyboardInterrupt


# --- what becomes of it in the target ----------------------------------------------------------------


QUICK = Timeouts(whole=3.0, first=3.0, shortest=0.2, longest=0.2)
# An attempt ends by real time, all else by a clock that only waits move on: there are two to four attempts.
DRIPPING = Timeouts(whole=1.5, first=1.5, attempt=0.3, shortest=0.4, longest=0.4)
SETTING = PortalSetup(
    identity="hmac",
    home_url="https://help.acme.example/en",
    portal_url="https://help.acme.example/en/tickets-portal",
    card_shown=True,
    card_desired=True,
    space_on=True,
    space_desired=True,
)
MARK = WriteContext("acme/1", "r1/1.1")
OPERATION = Operation("PATCH", "help_centers/acme/audience", {"mode": "nobody"})


def told(do: Callable[[RestTarget], Any], fault: Callable[..., None], limits: Timeouts = QUICK) -> PortalError:
    with Misbehaving(fault) as server:
        clock = Clock()
        waits = {"sleep": clock.sleep, "clock": lambda: clock.now}
        target = RestTarget("the workspace", server.url, "a-secret-token", limits=limits, **waits)
        with pytest.raises(PortalError) as raised:
            do(target)
        target.close()
    (diagnostic,) = raised.value.diagnostics
    assert "a-secret-token" not in repr(diagnostic)
    assert diagnostic.remedy
    return raised.value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (reset, "workspace-unreachable"),
        (GARBAGE, "workspace-unreachable"),
        (HALF, "workspace-unreachable"),
        (PAGE, "workspace-answer-unreadable"),
        (BUSY, "workspace-refused"),
        (BROKEN, "workspace-refused"),
        (DRIP, "workspace-timeout"),
    ],
    ids=["reset", "garbage", "half", "page", "503", "500", "drip"],
)
def test_a_question_that_is_never_answered_says_how_often_it_was_asked(fault: Callable[..., None], code: str) -> None:
    problem = told(lambda target: target.help_centers(), fault, DRIPPING if fault is DRIP else QUICK)
    assert isinstance(problem, WorkspaceUnusable)
    assert problem.diagnostics[0].code == code
    assert " (tried " in problem.diagnostics[0].summary


@pytest.mark.slow
@pytest.mark.parametrize("fault", [reset, HALF, PAGE, BROKEN, BAD_GATEWAY, DRIP])
def test_a_write_whose_end_nobody_saw_says_so(fault: Callable[..., None]) -> None:
    problem = told(lambda target: target.perform(OPERATION, 3, MARK), fault, DRIPPING if fault is DRIP else QUICK)
    assert isinstance(problem, OutcomeUnknown)
    assert problem.diagnostics[0].code == "write-outcome-unknown"
    assert "PATCH help_centers/acme/audience" in problem.diagnostics[0].summary


@pytest.mark.slow
@pytest.mark.parametrize("fault", [OFTEN, BUSY])
def test_a_write_that_was_not_done_does_not_say_that_it_may_have_been(fault: Callable[..., None]) -> None:
    assert not isinstance(told(lambda target: target.perform(OPERATION, 3, MARK), fault), OutcomeUnknown)


def test_a_refused_write_is_refused() -> None:
    assert isinstance(told(lambda target: target.perform(OPERATION, 3, MARK), answer("412 Precondition Failed")), Stale)


def test_who_is_asked_to_come_back_later_is_told_when() -> None:
    problem = told(lambda target: target.help_centers(), answer("429 Too Many Requests", {}, Retry_After="1800"))
    assert problem.diagnostics[0].remedy == "Try again in 1800 seconds."


@pytest.mark.parametrize("refused", ["401 Unauthorized", "409 Conflict", "423 Locked"])
def test_a_step_that_is_refused_before_it_is_recognised_stays_unknown(refused: str) -> None:
    with Misbehaving(reset, answer(refused, {"errors": []})) as server:
        ended = ask(server.url, Idempotency.STEP)
    assert (ended.tries, ended.uncertain) == (2, True)


def test_a_step_that_is_refused_for_what_it_says_was_not_done_before() -> None:
    with Misbehaving(reset, answer("412 Precondition Failed", {"errors": []})) as server:
        assert not ask(server.url, Idempotency.STEP).uncertain


def test_a_token_that_is_not_accepted_is_no_reason_to_try_again() -> None:
    assert isinstance(told(lambda target: target.help_centers(), answer("401 Unauthorized")), NotAllowed)


def test_a_page_is_looked_at_again() -> None:
    with Misbehaving(reset, BUSY, HALF, PAGE) as server:
        browser = Browser(Endpoint("the workspace", server.url, None, QUICK))
        browser.walk_signed_out(SETTING, [])
        browser.close()
        assert server.requests[:4] == ["GET /en"] * 4
        assert "GET /en/tickets-portal" in server.requests[4:]


def test_a_page_that_nobody_sends_is_told() -> None:
    with Misbehaving(reset) as server:
        browser = Browser(Endpoint("the workspace", server.url, None, Timeouts(whole=0.0)))
        with pytest.raises(WorkspaceUnusable, match="a page of the workspace cannot be reached"):
            browser.walk_signed_out(SETTING, [])
        browser.close()
