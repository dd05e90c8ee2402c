"""What is asked under load: requests of two hundred people to workspaces on copies of the kept databases."""

from __future__ import annotations

import http.client
import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, make_url, select, text

from benchmarks.crowds import PEOPLE, opened
from benchmarks.places import ROOT
from benchmarks.processes import Command, WrongOutput, run
from benchmarks.servers import EMPTY, HOST, PROCESSES, TOKEN
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

PERSONS = 200
"""How many different people are signed in and asked for; all of them may open the portal."""
CHECK, PAGE, AGAIN = "one access check", "the portal's page", ", again with nothing moved"
TURN = "@" * 16
"""Stands in a request for a number that no other request has, so that no kept answer is for it."""
_ADMIN = "/portal_admin/v1"


@dataclass(frozen=True)
class Asked:
    """What is asked under load.

    Attributes:
        work: What the results call it.
        where: Of which database; nothing for a floor.
        port: Of which server.
        processes: Whose processor time answers take.
        file: The requests, one a line.
        mark: What must stand in every answer.
    """

    work: str
    where: str
    port: int
    processes: tuple[int, ...]
    file: Path
    mark: str


def floor(stage: Stage, work: str, port: int) -> Asked:
    """Return the questions of a view that answers a constant."""
    return _asked(stage, (work, ""), (port, (PROCESSES[port],)), ["GET\t/\t\t"], EMPTY)


def set_up(stage: Stage, where: str, database: str, served: tuple[int, tuple[int, ...]]) -> list[Asked]:
    """Have a portal that people may open, and people who are signed in; return checks and pages, anew and again.

    `served` is the port of the workspace, and the processes that work for it.
    """
    port = served[0]
    folder = stage.new_folder(f"load-{port}")
    shutil.copy(ROOT / "examples" / "portal.yaml", folder)
    apply: list[str | Path] = [stage.portal, "apply", "--yes", "--allow", "widens_access"]
    apply += ["--workspace", f"http://{HOST}:{port}"]
    run(Command("portal apply", apply, "", folder=folder, environment={"PORTAL_TOKEN": TOKEN}))
    secret = _call(port, f"{_ADMIN}/identity/secrets", {"kind": "jwt", "name": "load"})[0]["value"]
    people = _people(database)
    now = int(utc_now().timestamp())
    cookies = [_call(port, "/messenger/ping", {"intercom_user_jwt": token_for(one, secret, now)})[1] for one in people]
    authorized = f"Authorization: Bearer {TOKEN}|Content-Type: application/json"
    path = f"{_ADMIN}/help_centers/acme/access/check"
    checks = [f"POST\t{path}\t{authorized}{{turn}}\t" + json.dumps({"people": [one]}) for one in people]
    pages = [f"GET\t/hc/acme/en/tickets-portal\tCookie: {one}{{turn}}\t" for one in cookies]
    asked = []
    for work, lines, mark in ((CHECK, checks, '"open_portal":true'), (PAGE, pages, "data-tickets=")):
        for name, turn in ((work, f"|X-Turn: {TURN}"), (f"{work}{AGAIN}", "")):
            asked.append(_asked(stage, (name, where), served, [one.replace("{turn}", turn) for one in lines], mark))
    return asked


@contextmanager
def copied(stage: Stage, kept: Crowds, kind: str) -> Iterator[Path | str]:
    """Give a copy of a kept database, for settings and sessions are going to change."""
    target = kept.target(kind, PEOPLE)
    with opened(target):
        pass
    if kind == "sqlite":
        yield Path(shutil.copy(target, stage.folder / "load.db"))
        for one in stage.folder.glob("load.db*"):
            one.unlink()
        return
    url = make_url(target)
    name, copy = url.database, f"{url.database}_load"
    administration = db.engine_for(url.set(database="postgres").render_as_string(hide_password=False))
    with administration.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{copy}"'))
        connection.execute(text(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"'))
        yield url.set(database=copy).render_as_string(hide_password=False)
        connection.execute(text(f'DROP DATABASE "{copy}" WITH (FORCE)'))
    administration.dispose()


def _people(database: str) -> list[str]:
    """Return the customer's ids of people from all over the workspace who may open the portal."""
    with opened(database) as engine, db.reading(engine) as connection:
        observed = configuration.observe(connection, "acme")
        if observed is None:
            raise WrongOutput("the workspace has no Help Center acme")
        today = utc_now().date()
        may = access.openers(access.live_view(observed, today), today)
        # Ids begin in the order in which people were made, and end in none.
        wanted = select(contacts.c.external_id).where(contacts.c.id.in_(may), contacts.c.external_id.is_not(None))
        found = list(connection.execute(wanted.order_by(func.substr(contacts.c.id, 9)).limit(PERSONS)).scalars())
    if len(found) < PERSONS:
        raise WrongOutput(f"only {len(found)} people may open the portal")
    return found


def _asked(
    stage: Stage, named: tuple[str, str], served: tuple[int, tuple[int, ...]], lines: Sequence[str], mark: str
) -> Asked:
    file = stage.folder / f"requests-{len(list(stage.folder.glob('requests-*')))}.txt"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    return Asked(*named, *served, file, mark)


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
