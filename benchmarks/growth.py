"""What must not grow: one portal among many, a page of a long list, the same question again; and filling in people.

Inside of this process, by its processor time: ratios of the same minute, which hold on a busy machine. What is compared
takes turns in each round.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections import deque
from contextlib import closing
from functools import partial
from io import BytesIO
from itertools import count
from statistics import median
from typing import TYPE_CHECKING, Any

from flask import Flask, Response

from benchmarks import configured
from benchmarks.findings import Curve, Finding, Limit, Ratio, Spread
from workspace.core.data_files import example_path
from workspace.database import engine as db
from workspace.database import store
from workspace.identity import tokens
from workspace.people import rows
from workspace.serve.seed import load as seed
from workspace.serve.seed.made_up import MadeUp
from workspace.serve.startup import DEFAULT_SEED
from workspace.web.app import create_app
from workspace.web.app_config import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from sqlalchemy import Engine

    from benchmarks.places import Stage

PORTALS = (1, 100, 1001)
CONTACTS = (10_000, 100_000)
FILLED = 20_000
PAGE = 100
API = "/portal_admin/v1"
_FILLED = ("companies", "contacts", "memberships", "contact_tags", "company_values", "contact_values", "tickets")


def measure(stage: Stage) -> Iterator[Finding]:
    folder = stage.new_folder("growth")
    yield from _portals(folder, stage.fewer())
    yield from _people(folder, stage.fewer())
    yield from _filling(folder)


class Asked:
    """A workspace of this process, with a token of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.app = create_app(Settings(engine=engine))
        with db.writing(engine) as connection:
            self.token = tokens.create(connection, "benchmark", "read", now=1)

    def ask(
        self,
        path: str,
        query: str = "",
        body: Any = None,
        app: WSGIApplication | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return the answer to a request, which must be a success; `headers` as WSGI calls them."""
        begun: list[str] = []
        data = b"" if body is None else json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": "GET" if body is None else "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "workspace",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "workspace",
            "HTTP_AUTHORIZATION": f"Bearer {self.token}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(data)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(data),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **(headers or {}),
        }
        answer = b"".join((app or self.app)(environ, lambda status, *_: begun.append(status)))  # type: ignore[arg-type]
        if not begun[0].startswith("200"):
            raise RuntimeError(f"{path}: {begun[0]} {answer[:200]!r}")
        return answer


def compared(works: Mapping[str, Callable[[], object]], rounds: int, times: int) -> dict[str, list[float]]:
    """Return the processor seconds that each work took in each round, done so many times in a row."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(max(rounds, 3)):
        for name, work in works.items():
            before = time.process_time()
            for _ in range(times):
                work()
            taken[name].append((time.process_time() - before) / times)
    return taken


def ratio_of(taken: Mapping[str, Sequence[float]], ours: str, against: str, limit: Limit | None) -> Ratio:
    """Return how one work compares with another, round by round."""
    spread = Spread.of([one / other for one, other in zip(taken[ours], taken[against], strict=True)])
    return Ratio(ours, against, spread, spread, None, median(taken[ours]), len(taken[ours]), limit)


# --- one portal among many ------------------------------------------------------------------------


def _portals(folder: Path, rounds: int) -> Iterator[Finding]:
    asked = {many: Asked(_fleet(folder / f"fleet-{many}.db", many)) for many in PORTALS}
    alone, some, many = PORTALS
    one = "one configuration GET"

    def single(size: int) -> Callable[[], object]:
        path = f"{API}/help_centers/{configured.centre(0)}/configuration"
        return lambda: asked[size].ask(path, "record=support-00000")

    def page(size: int) -> Callable[[], object]:
        of = "&".join(f"of={configured.centre(number)}:support-{number:05}" for number in range(PAGE))
        return lambda: asked[size].ask(f"{API}/configurations", of)

    among = {size: f"{one} among {size:,} configurations" for size in PORTALS[1:]}
    taken = compared({f"{one}, alone": single(alone)} | {among[size]: single(size) for size in among}, rounds, 30)
    yield ratio_of(taken, among[many], f"{one}, alone", Limit(1.2))
    pages = {size: f"a page of {PAGE} configurations among {size:,}" for size in PORTALS[1:]}
    paged = compared({name: page(size) for size, name in pages.items()}, rounds, 3)
    yield ratio_of(paged, pages[many], pages[some], Limit(1.2))
    points = {one: [(float(size), median(taken[among.get(size, f"{one}, alone")])) for size in PORTALS]}
    yield Curve("One configuration among many", "configurations", "processor seconds", points)


def _fleet(path: Path, many: int) -> Engine:
    engine = db.engine_for(path)
    db.migrate(engine)
    seed.load(engine, configured.workspace(max(many, PAGE)))
    with db.writing(engine) as connection:
        for number in range(many):
            centre = configured.centre(number)
            values = {
                f"help_center/{centre}": {"live": True, "custom_domain": f"help-{number:05}.acme.example"},
                "data_attribute/company.plan_tier": {"type": "string", "description": "What is paid for"},
                "identity": {"mode": "jwt"},
                f"audience/{centre}": {"mode": "everyone"},
                f"portal/{centre}": {"enabled": True},
            }
            said = {"help_center": centre, "digest": "", "values": values, "commit": None, "base": None}
            kept = {**said, "applied_at": 1, "applied_by": "benchmark"}
            store.save(connection, store.Stored(f"record/support-{number:05}", 1, kept), is_new=True)
    return engine


# --- people ---------------------------------------------------------------------------------------


def _people(folder: Path, rounds: int) -> Iterator[Finding]:
    asked = {many: Asked(_crowd(folder / f"people-{many}.db", many)) for many in CONTACTS}
    few, many = CONTACTS
    pages = {size: f"a page of 50 contacts among {size:,}" for size in CONTACTS}
    works: dict[str, Callable[[], object]] = {
        name: lambda size=size: asked[size].ask("/contacts", "per_page=50")  # type: ignore[misc]
        for size, name in pages.items()
    }
    yield ratio_of(compared(works, rounds, 10), pages[many], pages[few], Limit(1.5))
    yield _searches(asked, rounds)
    yield from _checks(asked[few], rounds)


def _searches(asked: Mapping[int, Asked], rounds: int) -> Ratio:
    """Search tickets by a text that none has, another one each time: how many have it is kept."""
    few, many = CONTACTS
    numbers = count()

    def search(size: int) -> object:
        query = {"field": "title", "operator": "~", "value": f"nobody says {next(numbers)}"}
        return asked[size].ask("/tickets/search", body={"query": query})

    names = {size: f"a search of tickets by text among {size:,} people" for size in CONTACTS}
    works: dict[str, Callable[[], object]] = {name: partial(search, size) for size, name in names.items()}
    return ratio_of(compared(works, rounds, 10), names[many], names[few], Limit(1.5))


def _checks(asked: Asked, rounds: int) -> Iterator[Finding]:
    empty = Flask("empty", static_folder=None, template_folder=None)
    empty.add_url_rule("/", view_func=lambda: Response('{"empty":true}', mimetype="application/json"))
    path, body = f"{API}/help_centers/acme/access/check", {"people": ["ada@examply.com"]}
    again, anew = "an access check, asked again with nothing moved", "an access check"
    kept = asked.app.wsgi_app

    def unkept() -> object:
        # As if something had been written before.
        kept._known = (None, {})  # type: ignore[attr-defined]
        return asked.ask(path, body=body)

    works: dict[str, Callable[[], object]] = {
        "a bare WSGI callable": lambda: asked.ask("/", app=_bare),
        "an empty Flask view": lambda: asked.ask("/", app=empty),
        again: lambda: asked.ask(path, body=body),
        anew: unkept,
    }
    taken = compared(works, rounds, 200)
    yield ratio_of(taken, again, "an empty Flask view", Limit(0.33))
    yield ratio_of(taken, anew, "an empty Flask view", Limit(1))
    for name in (again, anew):
        yield ratio_of(taken, name, "a bare WSGI callable", None)


def _bare(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer what the empty view answers, with nothing in between."""
    body = b'{"empty":true}'
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _crowd(path: Path, people: int) -> Engine:
    engine = db.engine_for(path)
    db.migrate(engine)
    seed.load_file(engine, example_path(DEFAULT_SEED), people=people)
    return engine


def _filling(folder: Path) -> Iterator[Finding]:
    """Fill a database with people, and write the same rows with nothing in between, indexes afterwards."""
    work, floor = f"filling in {FILLED:,} people, less making them up", "executemany, and indexes after it"
    taken: dict[str, list[float]] = {work: [], floor: []}
    for number in range(5):
        path = folder / f"filled-{number}.db"
        begun = time.process_time()
        _crowd(path, FILLED).dispose()
        whole = time.process_time() - begun
        taken[work].append(whole - making(FILLED))
        taken[floor].append(written_again(path, folder / f"floor-{number}.db"))
    yield ratio_of(taken, work, floor, Limit(2))


def making(people: int) -> float:
    """Make up people and drop them; return the seconds of processor that it took."""
    begun = time.process_time()
    made = MadeUp(people, {"contact": {"job_title": None}, "company": {"plan_tier": None, "region": None}})
    for portion in made.portions():
        for one in made.contacts(portion):
            rows._searchable(rows._row(one), rows._CONTACT_TEXT)  # what is written of each
        for found in (made.memberships, made.contact_tags, made.contact_values):
            deque(found(portion), maxlen=0)
        deque(made.tickets(portion, ["a", "b"], ["c", "d"], count(1)), maxlen=0)
    for one_by_one in (made.companies(), made.company_values()):
        deque(one_by_one, maxlen=0)
    return time.process_time() - begun


def written_again(source: Path, path: Path) -> float:
    """Write the rows of a filled file to another one, indexes after them; return the seconds of processor."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(path, isolation_level=None)) as write:
        of = ", ".join("?" * len(_FILLED))
        described = "SELECT sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL AND tbl_name IN"
        made = [
            [sql for (sql,) in read.execute(f"{described} ({of})", (kind, *_FILLED))] for kind in ("table", "index")
        ]
        texts = read.execute("SELECT sql FROM sqlite_master WHERE name = 'ticket_texts'").fetchone()
        write.execute("PRAGMA journal_mode = WAL")
        write.execute("PRAGMA cache_size = -262144")
        write.execute("BEGIN")
        for sql in made[0]:
            write.execute(sql)
        taken = 0.0
        for name in _FILLED:
            found = read.execute(f"SELECT * FROM {name}").fetchall()
            begun = time.process_time()
            marks = ", ".join("?" * len(found[0]))
            write.executemany(f"INSERT INTO {name} VALUES ({marks})", found)
            taken += time.process_time() - begun
        begun = time.process_time()
        for sql in made[1]:
            write.execute(sql)
        if texts:
            write.execute(*texts)
            write.execute("INSERT INTO ticket_texts (ticket_texts) VALUES ('rebuild')")
        write.execute("COMMIT")
        return taken + time.process_time() - begun
