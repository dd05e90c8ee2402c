"""An apply of many changes, against a bare client that sends the very same requests to the same workspace."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import configured
from benchmarks.findings import Amount, Finding, Limit, Ratio, Spread
from benchmarks.ours import portal_apply
from benchmarks.processes import Command, Spent, run
from benchmarks.proxy import Sent, between
from benchmarks.servers import workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.places import Stage

CHANGES = 1_000
_LEFT_TO_THE_CLIENT = {"host", "connection", "content-length", "accept-encoding"}
BARE = "httpx.Client"
WORK = f"apply of {CHANGES:,} changes: rate of requests"

_SEND = """
import json, sys
import httpx
port, kept = sys.argv[1:]
with open(kept) as stream, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
    for one in json.load(stream):
        answer = client.request(one["method"], one["path"], headers=one["headers"], content=one["body"])
        assert answer.is_success, (one, answer.status_code, answer.text)
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
    yield Amount(f"apply of {CHANGES:,} changes", "writes", sum(one.writes for one in sent), {}, None)
    yield Amount(f"apply of {CHANGES:,} changes", "HTTP requests", len(sent), {}, None)
    yield _rate(stage, base, large, kept, stage.fewer())


def _rate(stage: Stage, base: Path, large: Path, kept: Path, rounds: int) -> Finding:
    ours: list[Spent] = []
    bare: list[Spent] = []
    for number in range(rounds):
        for place in ((0, 1), (1, 0))[number % 2]:
            with _fresh(stage, base) as port:
                if place:
                    bare.append(run(Command(BARE, [stage.python, "-c", _SEND, str(port), kept], "sent")))
                else:
                    ours.append(run(portal_apply(stage, large, port)))
    rates = Spread.of([other.clock / one.clock for one, other in zip(ours, bare, strict=True)])
    seconds = median(one.clock for one in ours)
    return Ratio(WORK, BARE, rates, None, None, seconds, rounds, Limit(0.6, at_least=True))


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
