"""An apply of many changes: its requests, what the server takes for it, and a bare client that sends the same."""

from __future__ import annotations

import json
import resource
import shutil
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import configured
from benchmarks.findings import Amount, Finding, Limit, ratio
from benchmarks.ours import portal_apply
from benchmarks.processes import Command, Spent, run
from benchmarks.proxy import Sent, between
from benchmarks.servers import workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.places import Stage

CHANGES = 1_000
_LEFT_TO_THE_CLIENT = {"host", "connection", "content-length", "accept-encoding", "portal-moment"}
"""Moments have marks that another copy of a workspace does not have."""
BARE = "httpx.Client"
WORK = f"apply of {CHANGES:,} changes"

_SEND = """
import json, re, sys
import httpx
port, kept = sys.argv[1:]
with open(kept) as stream:
    requests = json.load(stream)
# A receipt has an id that no other copy of a workspace gives it.
(old,) = {match[1] for one in requests if (match := re.search("/receipts/([^/]+)/", one["path"]))}
new = old
with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
    for one in requests:
        path = one["path"].replace(old, new)
        headers = {name: value.replace(old, new) for name, value in one["headers"].items()}
        answer = client.request(one["method"], path, headers=headers, content=one["body"])
        assert answer.is_success, (path, answer.status_code, answer.text)
        if path.endswith("/receipts"):
            new = answer.json()["id"]
print("sent")
"""
"""The floor: nothing but requests, one after the other over one connection."""


def measure(stage: Stage) -> Iterator[Finding]:
    folder = stage.new_folder("applies")
    # An attribute is one change, and the small portal before them is in place already.
    small, large = folder / "small", folder / "large"
    for one, size in ((small, configured.BASE), (large, configured.BASE + CHANGES * configured.PER_ATTRIBUTE)):
        one.mkdir()
        (one / "portal.yaml").write_text(configured.portal(size))
    base = folder / "base.db"
    with workspace(stage, base) as port:
        run(portal_apply(stage, small, port))
    kept = folder / "requests.json"
    with _fresh(stage, base) as port, between(port) as proxy:
        run(portal_apply(stage, large, proxy.port))
        kept.write_text(json.dumps([_kept(one) for one in proxy.sent]))
    sent = proxy.sent
    yield Amount(WORK, "writes", sum(one.writes for one in sent), {}, None)
    yield Amount(WORK, "HTTP requests", len(sent), {}, None)
    yield _server(stage, base, large, stage.fewer())
    yield _compared(stage, base, large, kept, stage.fewer())


def _server(stage: Stage, base: Path, large: Path, rounds: int) -> Finding:
    """Return the processor time of a server for an apply, beyond what it takes to start and to end."""
    beyond = []
    for _ in range(rounds):
        idle, busy = (_spent(stage, base, folder) for folder in (None, large))
        beyond.append(busy - idle)
    return Amount(f"{WORK}: the server", "processor seconds", median(beyond), {}, Limit(0.5))


def _spent(stage: Stage, base: Path, folder: Path | None) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    client = 0.0
    with _fresh(stage, base) as port:
        if folder is not None:
            client = run(portal_apply(stage, folder, port)).processor
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime - client


def _compared(stage: Stage, base: Path, large: Path, kept: Path, rounds: int) -> Finding:
    ours: list[Spent] = []
    bare: list[Spent] = []
    for number in range(rounds):
        for place in ((0, 1), (1, 0))[number % 2]:
            with _fresh(stage, base) as port:
                if place:
                    bare.append(run(Command(BARE, [stage.python, "-c", _SEND, str(port), kept], "sent")))
                else:
                    ours.append(run(portal_apply(stage, large, port)))
    return ratio(WORK, {WORK: ours, BARE: bare}, WORK, BARE)


@contextmanager
def _fresh(stage: Stage, base: Path) -> Iterator[int]:
    """Serve a copy of a database, so that every run finds the same."""
    copy = base.with_name("copy.db")
    for one in base.parent.glob("copy.db*"):
        one.unlink()
    shutil.copy(base, copy)
    with workspace(stage, copy) as port:
        yield port


def _kept(sent: Sent) -> dict[str, object]:
    headers = {name: value for name, value in sent.headers.items() if name.lower() not in _LEFT_TO_THE_CLIENT}
    return {"method": sent.method, "path": sent.path, "headers": headers, "body": sent.body.decode()}
