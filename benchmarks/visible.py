"""The portal's page for somebody who may see a thousand tickets, and a hundred thousand: inside of this process."""

from __future__ import annotations

import shutil
import subprocess
import time
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from benchmarks.findings import Curve, Finding, Limit
from benchmarks.growth import Asked, compared, ratio_of
from benchmarks.places import ROOT, Stage
from benchmarks.processes import clean_environment
from workspace.database import engine as db
from workspace.database.tables import contacts, identity_secrets, memberships, tickets, workspaces
from workspace.identity import sessions
from workspace.web.pages.cookies import names_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

SIZES = (1_000, 10_000, 100_000)
WHO = "ada@examply.com"
PAGE = "/hc/acme/en/tickets-portal"
_TIMES = 5


def measure(stage: Stage) -> Iterator[Finding]:
    folder = stage.new_folder("visible")
    shutil.copy(ROOT / "examples" / "portal.yaml", folder)
    apply = [str(stage.portal), "apply", "--yes", "--allow", "widens_access"]
    subprocess.run(apply, cwd=folder, env=clean_environment(), check=True, capture_output=True)
    names = {size: f"the portal's page, {size:,} visible tickets" for size in SIZES}
    pages = {name: _page(folder, size) for size, name in names.items()}
    taken = compared(pages, stage.fewer(), _TIMES)
    yield ratio_of(taken, names[SIZES[-1]], names[SIZES[0]], Limit(2))
    points = [(float(size), sum(taken[name]) / len(taken[name])) for size, name in names.items()]
    yield Curve("The portal's page and visible tickets", "visible tickets", "processor seconds", {"page": points})


def _page(folder: Path, size: int) -> Callable[[], object]:
    """Return what asks for the page of a copy of the workspace with so many tickets; nothing is kept from before."""
    engine = db.engine_for(shutil.copy(folder / ".portal" / "workspace.db", folder / f"{size}.db"), answers=True)
    with db.writing(engine) as connection:
        person = connection.execute(select(contacts.c.id).where(contacts.c.email == WHO)).scalar_one()
        _add_tickets(connection, person, size)
        cookie = _signed_in(connection, person)
        connection.exec_driver_sql("ANALYZE")
    asked, turn = Asked(engine), count()

    def ask() -> object:
        # A header that no other request has: an answer that is kept is not for it.
        headers = {"HTTP_COOKIE": cookie, "HTTP_X_TURN": str(next(turn))}
        answer = asked.ask(PAGE, headers=headers)
        if b"data-tickets=" not in answer:
            raise RuntimeError("the page has no tickets")
        return answer

    return ask


def _add_tickets(connection: Connection, person: str, size: int) -> None:
    company = select(memberships.c.company_id).where(memberships.c.contact_id == person)
    mine = connection.execute(company.order_by(memberships.c.company_id).limit(1)).scalar_one()
    colleagues = connection.execute(select(memberships.c.contact_id).where(memberships.c.company_id == mine)).scalars()
    writers = list(colleagues)
    example = connection.execute(select(tickets).limit(1)).one()._asdict()
    last = connection.execute(select(func.max(tickets.c.number))).scalar_one()
    rows: list[dict[str, Any]] = [
        {
            **example,
            "id": f"visible{number:07}",
            "number": last + number + 1,
            "contact_id": writers[number % len(writers)],
            "company_id": mine,
            "is_shared": True,
            "updated_at": example["updated_at"] + number,
        }
        for number in range(size)
    ]
    connection.execute(insert(tickets), rows)


def _signed_in(connection: Connection, person: str) -> str:
    secret = select(identity_secrets.c.id).where(identity_secrets.c.kind == "jwt").limit(1)
    now = int(time.time())
    made = sessions.begin(connection, person, connection.execute(secret).scalar_one(), None, now)
    session, device = names_for(connection.execute(select(workspaces.c.id)).scalar_one())
    return f"{session}={made.session}; {device}={made.device}"
