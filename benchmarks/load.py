"""Access checks and the portal's page over HTTP under load, with a million people, against an empty view.

The empty view is one that answers a constant, in the same framework, behind the same server with the same settings.
What wrk sends differs from request to request: another person each time. Every answer is looked at, and a single wrong
one, or one that does not come, ends the measurement.
"""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url, select, text

from benchmarks.crowds import KINDS, PEOPLE, crowds, opened
from benchmarks.findings import Amount, Curve, Finding, Limit, Load, NotMeasured, Ratio, Spread
from benchmarks.places import ROOT, program
from benchmarks.processes import Command, WrongOutput, run
from benchmarks.servers import EMPTY, HOST, TOKEN, empty_view, workspace
from workspace.access import view as access
from workspace.core.clock import utc_now
from workspace.database import engine as db
from workspace.database.tables import contacts
from workspace.identity.signatures import token_for
from workspace.settings import observed as configuration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.crowds import Crowds
    from benchmarks.places import Stage

CONNECTIONS = (1, 4, 16, 64)
WORKERS = (1, 2)
SECONDS = 2
"""How long each load lasts, once a round."""
PERSONS = 200
"""How many different people are signed in and asked for; all of them may open the portal."""
CHECK, PAGE, NOTHING = "one access check", "the portal's page", "an empty view"
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_SCRIPT = Path(__file__).with_name("load.lua")
_ADMIN = "/portal_admin/v1"


@dataclass(frozen=True)
class Asked:
    """What is asked under load.

    Attributes:
        work: What the results call it.
        port: Of which server.
        file: The requests, one a line.
        mark: What must stand in every answer.
    """

    work: str
    port: int
    file: Path
    mark: str


@dataclass(frozen=True)
class Answered:
    """What came of one load: how many answers, how many of them a second, and how long they took in milliseconds."""

    count: int
    rate: float
    waits: tuple[float, float, float]


def measure(stage: Stage) -> Iterator[Finding]:
    work = f"access checks over HTTP under load, {PEOPLE:,} people"
    if not program("wrk"):
        yield NotMeasured(work, "wrk is absent: `apt-get install wrk` brings it")
        return
    if not (Path("/usr/lib/postgresql").is_dir() or program("initdb")):
        yield NotMeasured(work, "PostgreSQL is absent: `apt-get install postgresql` brings it")
        return
    answers = 0
    with crowds(stage.peers) as kept, empty_view(stage) as port:
        nothing = _asked(stage, NOTHING, port, ["GET\t/\t\t"], EMPTY)
        for kind in KINDS:
            with _copied(stage, kept, kind) as database:
                with workspace(stage, database) as served:
                    ours = _set_up(stage, str(database), served)
                for workers in WORKERS:
                    with workspace(stage, database, workers=workers) as served:
                        asked = [nothing, *(replace(one, port=served) for one in ours)]
                        taken = _interleaved(asked, max(1, stage.fewer() // workers))
                    answers += sum(one.count for found in taken.values() for one in found)
                    yield from _findings(taken, kind, workers)
    yield Amount(f"errors in {answers:,} answers under load", "errors", 0, {}, Limit(0))


# --- what is asked --------------------------------------------------------------------------------


def _set_up(stage: Stage, database: str, port: int) -> list[Asked]:
    """Have a portal that people may open, and people who are signed in."""
    folder = stage.new_folder(f"load-{port}")
    shutil.copy(ROOT / "examples" / "portal.yaml", folder)
    apply: list[str | Path] = [stage.portal, "apply", "--yes", "--allow", "widens_access"]
    apply += ["--workspace", f"http://{HOST}:{port}"]
    run(Command("portal apply", apply, "Applied", folder=folder, environment={"PORTAL_TOKEN": TOKEN}))
    secret = _call(port, f"{_ADMIN}/identity/secrets", {"kind": "jwt", "name": "load"})[0]["value"]
    people = _people(database)
    now = int(utc_now().timestamp())
    cookies = [_call(port, "/messenger/ping", {"intercom_user_jwt": token_for(one, secret, now)})[1] for one in people]
    authorized = f"Authorization: Bearer {TOKEN}|Content-Type: application/json"
    path = f"{_ADMIN}/help_centers/acme/access/check"
    checks = [f"POST\t{path}\t{authorized}\t" + json.dumps({"people": [one]}) for one in people]
    pages = [f"GET\t/hc/acme/en/tickets-portal\tCookie: {one}\t" for one in cookies]
    return [
        _asked(stage, CHECK, port, checks, '"open_portal":true'),
        _asked(stage, PAGE, port, pages, "data-tickets="),
    ]


def _people(database: str) -> list[str]:
    """Return the customer's ids of people from all over the workspace who may open the portal."""
    with opened(database) as engine, db.reading(engine) as connection:
        observed = configuration.observe(connection, "acme")
        if observed is None:
            raise WrongOutput("the workspace has no Help Center acme")
        today = utc_now().date()
        may = access.openers(access.live_view(observed, today), today)
        # Ids are not in the order in which people were made.
        wanted = select(contacts.c.external_id).where(contacts.c.id.in_(may), contacts.c.external_id.is_not(None))
        found = list(connection.execute(wanted.order_by(contacts.c.id).limit(PERSONS)).scalars())
    if len(found) < PERSONS:
        raise WrongOutput(f"only {len(found)} people may open the portal")
    return found


def _asked(stage: Stage, work: str, port: int, lines: Sequence[str], mark: str) -> Asked:
    file = stage.folder / f"requests-{port}-{len(list(stage.folder.glob('requests-*')))}.txt"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    return Asked(work, port, file, mark)


def _call(port: int, path: str, body: dict[str, str]) -> tuple[Any, str]:
    """Return the answer's document, and the cookies that it sets, as a browser sends them back."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status not in {200, 201}:
        raise WrongOutput(f"{path} answered {answer.status}: {said[:500]!r}")
    cookies = "; ".join(one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie", []))
    return json.loads(said), cookies


# --- the load -------------------------------------------------------------------------------------


def _interleaved(asked: Sequence[Asked], rounds: int) -> dict[tuple[str, int], list[Answered]]:
    """Return what came of each load, by what was asked over how many connections, a value a round."""
    for one in asked:
        _loaded(one, CONNECTIONS[1])
    taken: dict[tuple[str, int], list[Answered]] = {(one.work, many): [] for one in asked for many in CONNECTIONS}
    for number in range(rounds):
        first = number % len(asked)
        for many in CONNECTIONS:
            for one in (*asked[first:], *asked[:first]):
                taken[one.work, many].append(_loaded(one, many))
    return taken


def _loaded(asked: Asked, connections: int) -> Answered:
    command = [program("wrk"), "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "30s", "-s", str(_SCRIPT)]
    command += [f"http://{HOST}:{asked.port}/", "--", str(asked.file), asked.mark]
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False)
    last = done.stdout.strip().rpartition("\n")[2]
    found = json.loads(last) if last.startswith("{") else {"failed": 1}
    if done.returncode or found["failed"] or not found["requests"]:
        raise WrongOutput(f"{asked.work} over {connections} connections failed:\n{done.stdout}{done.stderr}")
    waits = (found["p50"] / 1000, found["p95"] / 1000, found["p99"] / 1000)
    return Answered(found["requests"], found["requests"] / found["microseconds"] * 1_000_000, waits)


# --- the databases --------------------------------------------------------------------------------


@contextmanager
def _copied(stage: Stage, kept: Crowds, kind: str) -> Iterator[Path | str]:
    """Give a copy of a kept database, for settings and sessions are going to change."""
    target = kept.target(kind, PEOPLE)
    with opened(target):
        pass
    if kind == "sqlite":
        copy = stage.folder / "load.db"
        shutil.copy(target, copy)
        yield copy
        for one in stage.folder.glob("load.db*"):
            one.unlink()
        return
    url = make_url(target)
    name, copied = url.database, f"{url.database}_load"
    administration = db.engine_for(url.set(database="postgres").render_as_string(hide_password=False))
    with administration.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{copied}"'))
        connection.execute(text(f'CREATE DATABASE "{copied}" TEMPLATE "{name}"'))
        yield url.set(database=copied).render_as_string(hide_password=False)
        connection.execute(text(f'DROP DATABASE "{copied}" WITH (FORCE)'))
    administration.dispose()


# --- what it comes to -----------------------------------------------------------------------------


def _findings(taken: dict[tuple[str, int], list[Answered]], kind: str, workers: int) -> Iterator[Finding]:
    where = f"{TITLES[kind]}, {workers} worker{'s' if workers > 1 else ''}"
    if workers == 1:
        for work in (CHECK, PAGE):
            yield _ratio(taken, work, where)
        lines = {
            work: [(many, median(one.rate for one in taken[work, many])) for many in CONNECTIONS]
            for work in (NOTHING, CHECK, PAGE)
        }
        yield Curve(f"Answers a second by connections, {where}", "connections", "answers a second", lines)
    for (work, many), found in taken.items():
        if work != NOTHING or (kind, workers) == (KINDS[0], 1):
            p50, p95, p99 = (median(one.waits[place] for one in found) for place in range(3))
            of = "1 worker" if work == NOTHING else where
            yield Load(work, of, many, median(one.rate for one in found), (p50, p95, p99))


def _ratio(taken: dict[tuple[str, int], list[Answered]], work: str, where: str) -> Ratio:
    pairs = [
        (ours.rate, empty.rate)
        for many in CONNECTIONS
        for ours, empty in zip(taken[work, many], taken[NOTHING, many], strict=True)
    ]
    limit = Limit(0.4, at_least=True) if work == CHECK else None
    seconds = median(1 / ours for ours, _ in pairs)
    rates = Spread.of([ours / empty for ours, empty in pairs])
    told = f"{work} over HTTP, {PEOPLE:,} people, {where}: rate at 1 to {max(CONNECTIONS)} connections"
    return Ratio(told, NOTHING, rates, None, None, seconds, len(pairs), limit)
