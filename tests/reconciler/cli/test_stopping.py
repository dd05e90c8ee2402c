"""Ctrl-C and SIGTERM during an apply: the change in hand is finished, the lock let go of, and the exit code says so."""

from __future__ import annotations

import json
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.faults.proxy import Moment, Proxy, Request
from tests.support.faults.stand import ALLOW, CLOSED, NAME, OPEN, Stand, stand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.faults.child import Ended

APPLY = ("apply", "--yes", "--format", "json", *ALLOW)
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.fixture
def place(tmp_path: Any) -> Iterator[Stand]:
    with stand(tmp_path) as workspaces:
        workspaces.write(CLOSED)
        assert workspaces.portal(*APPLY).code == 0
        workspaces.write(OPEN)
        yield workspaces


def settings_write(request: Request) -> bool:
    parts = ("/access/", "/leases/", "/receipts", "/records/")
    return request.method != "GET" and not any(part in request.path for part in parts)


def recording(request: Request) -> bool:
    return request.method == "PUT" and "/records/" in request.path


def taking_a_lock(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith(f"/leases/{NAME}")


class LookingBack:
    """Finds the first question after a run has let go of its lock."""

    def __init__(self) -> None:
        self.released = False

    def __call__(self, request: Request) -> bool:
        self.released = self.released or (request.path.endswith("/release") and "/leases/" in request.path)
        return self.released and request.method == "GET"


class Stopped:
    """Runs the real command, and sends it signals when a request of a kind is held for the n-th time."""

    def __init__(self, place: Stand, kind: Callable[[Request], bool], number: int = 1) -> None:
        self.place, self.kind, self.left = place, kind, number
        self.reached, self.go_on = threading.Event(), threading.Event()

    def look(self, moment: Moment, request: Request) -> None:
        if moment is Moment.BEFORE and self.kind(request):
            self.left -= 1
            if self.left == 0:
                self.reached.set()
                assert self.go_on.wait(60)

    def run(self, sent: signal.Signals, *arguments: str, at_once: bool = False) -> Ended:
        """Begin an apply, send it a signal, and return what it came to.

        Args:
            sent: The signal.
            arguments: More of the command line.
            at_once: Whether to send it once more while the request is still held.
        """
        with Proxy(self.place.url, look=self.look) as proxy:
            child = self.place.start(*APPLY, *arguments, url=proxy.url)
            assert self.reached.wait(60)
            child.send(sent)
            # It says that it heard; a second signal would not be counted before.
            late = time.monotonic() + 60
            while "the change in hand" not in child.said:
                assert child.runs
                assert time.monotonic() < late, "it did not hear the signal"
                time.sleep(0.01)
            if at_once:
                child.send(sent)
                ended = child.wait()
                self.go_on.set()
            else:
                self.go_on.set()
                ended = child.wait()
        return ended


@pytest.mark.parametrize(("sent", "code"), SIGNALS)
def test_the_change_in_hand_is_finished(place: Stand, sent: signal.Signals, code: int) -> None:
    done = Stopped(place, settings_write, number=2).run(sent)
    assert done.code == code
    document = json.loads(done.out)
    assert document["outcome"] == "applied_in_part"
    outcomes = [one["outcome"] for one in document["changes"]]
    assert outcomes == ["applied", "applied"] + ["not_attempted"] * (len(outcomes) - 2)
    assert {one["reason"] for one in document["changes"][2:]} == {"the apply was interrupted"}
    assert document["next"][-1].startswith("portal plan --workspace http://127.0.0.1:")

    # The lock is free, the receipt is ended, and going on does the rest.
    settings = place.configuration(NAME)
    assert (settings["lease"], settings["unfinished"]) == (None, None)
    assert place.get(f"receipts/{document['receipt']}")["outcome"] == "applied_in_part"
    again = place.portal(*APPLY)
    assert again.code == 0
    assert len(json.loads(again.out)["changes"]) == len(outcomes) - 2
    assert place.portal("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize(("sent", "code"), SIGNALS)
def test_before_the_first_change_nothing_is_done(place: Stand, sent: signal.Signals, code: int) -> None:
    before = place.settings(NAME)
    done = Stopped(place, taking_a_lock).run(sent)
    assert done.code == code
    assert {one["outcome"] for one in json.loads(done.out)["changes"]} == {"not_attempted"}
    assert place.settings(NAME) == before
    assert place.configuration(NAME)["lease"] is None


@pytest.mark.parametrize(("sent", "code"), SIGNALS)
def test_waiting_for_a_lock_can_be_stopped(place: Stand, sent: signal.Signals, code: int) -> None:
    somebody = {"id": "somebody-else", "holder": "mara", "reason": "tries things", "ttl": 3600}
    assert place.http.post(f"leases/{NAME}", json=somebody).is_success
    done = Stopped(place, taking_a_lock).run(sent, "--lock-wait", "3000")
    assert done.code == code
    assert json.loads(done.out)["diagnostics"][0]["code"] == "locked"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_the_second_time_it_stops_at_once(place: Stand, sent: signal.Signals) -> None:
    done = Stopped(place, settings_write, number=2).run(sent, at_once=True)
    assert done.code == dict(SIGNALS)[sent]
    document = json.loads(done.out)
    assert [one["outcome"] for one in document["changes"][:3]] == ["applied", "unknown", "not_attempted"]

    # Its receipt is ended with what is known, so that nobody waits for it, and the next run does the rest.
    assert place.get(f"receipts/{document['receipt']}")["outcome"] == "interrupted"
    assert place.configuration(NAME)["unfinished"] is None
    assert place.portal(*APPLY).code == 0
    assert place.portal("plan", "--detailed-exitcode").code == 0


def test_the_second_time_it_stops_at_once_although_all_is_done(place: Stand) -> None:
    done = Stopped(place, recording).run(signal.SIGINT, at_once=True)
    assert done.code == 130
    assert {one["outcome"] for one in json.loads(done.out)["changes"]} == {"applied"}
    put_in_order(place)


def test_what_was_done_is_told_although_it_stops_while_looking_back(place: Stand) -> None:
    done = Stopped(place, LookingBack()).run(signal.SIGINT, at_once=True)
    assert done.code == 130
    document = json.loads(done.out)
    assert document["outcome"] == "applied"
    assert document["converged"] is None
    assert [one["code"] for one in document["diagnostics"] if one["severity"] == "warning"] == ["interrupted"]
    assert place.portal("plan", "--detailed-exitcode").code == 0


def test_told_to_stop_while_looking_back_it_ends_as_it_would_have(place: Stand) -> None:
    done = Stopped(place, LookingBack()).run(signal.SIGINT)
    assert done.code == 0
    assert json.loads(done.out)["converged"] is True


def put_in_order(place: Stand) -> None:
    """What a run left behind is told by the next one, which does the rest."""
    again = place.portal(*APPLY)
    assert again.code == 0
    assert "apply-unfinished" in {one["code"] for one in json.loads(again.out)["diagnostics"]}
    assert place.portal("plan", "--detailed-exitcode").code == 0
