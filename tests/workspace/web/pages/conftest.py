from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from tests.support.admin.client import Clock
from tests.support.databases import copied
from tests.support.pages.stage import SETTINGS, Stage
from workspace.database import engine as db
from workspace.database import tables
from workspace.people import rows as people
from workspace.people.rows import Company, Contact
from workspace.settings.initialise import NewHelpCenter, initialise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

TYPES = [("q", "Question", "customer"), ("b", "Engineering task", "back-office"), ("t", "Incident", "tracker")]
STATES = [
    ("new", "submitted", "New", "Submitted"),
    ("busy", "in_progress", "In progress", "In progress"),
    ("high", "in_progress", "Escalated", "In progress"),
    ("wait", "waiting_on_customer", "Waiting on customer", "Waiting on you"),
    ("done", "resolved", "Resolved", "Resolved"),
]
# number, type, state, creator, company, title, description, shared
TICKETS = [
    (1, "q", "new", "ada", "north", "Printer on fire", "It burns.", False),
    (2, "q", "wait", "bob", "north", "Invoice is wrong", "The printer has nothing to do with it.", False),
    (3, "q", "done", "cy", "south", "Southern printer", "Nobody in the north may read this.", False),
    (4, "b", "busy", "ada", "north", "Hidden task", "Not shared.", False),
    (5, "b", "busy", "bob", "north", "Shared task", "Shared.", True),
    (6, "t", "busy", "ada", "north", "Outage", "A tracker ticket.", True),
    (7, "q", "high", "ada", None, "No company", "Only its creator sees it.", False),
]
REPLIES = [
    (1, "comment", "admin", "Mara", "Use a fire extinguisher, then tell us about the toner."),
    (1, "note", "admin", "Mara", "Internal: this customer sets fire to everything."),
    (2, "comment", "user", "Bob", "See attachment."),
    (3, "comment", "admin", "Mara", "Southern answer about toner."),
]


def furnish(engine: Engine) -> None:
    """Put a working portal, some people, two companies and some tickets into a database."""
    with db.writing(engine) as connection:
        everyone = {"audience/acme": {"mode": "everyone"}}
        help_centers = [NewHelpCenter("acme", "Acme Help")]
        initialise(connection, "Acme", help_centers=help_centers, settings=SETTINGS | everyone, workspace_id="ws_stage")
        _furnish(connection)


def _furnish(connection: Connection) -> None:
    people.add_companies(connection, [Company(id=one, created_at=0, name=f"{one} inc") for one in ("north", "south")])
    named = {"ada": "north", "bob": "north", "cy": "south", "lone": None}
    people.add_contacts(
        connection,
        [
            Contact(
                id=one, role="user", created_at=0, external_id=f"u-{one}", email=f"{one}@x.example", name=one.title()
            )
            for one in named
        ],
    )
    people.add_contacts(
        connection,
        [
            Contact(id="lead", role="lead", created_at=0, external_id="u-lead", email="lead@x.example"),
            Contact(id="gone", role="user", created_at=0, external_id="u-gone", email="gone@x.example", archived=True),
            Contact(id="two-1", role="user", created_at=0, email="Two@x.example"),
            Contact(id="two-2", role="user", created_at=0, email="two@X.example"),
        ],
    )
    people.add_memberships(connection, [(person, company) for person, company in named.items() if company])
    rows = [dict(zip(("id", "name", "category"), one, strict=True)) for one in TYPES]
    connection.execute(insert(tables.ticket_types), rows)
    names = ("id", "category", "internal_label", "external_label")
    connection.execute(insert(tables.ticket_states), [dict(zip(names, one, strict=True)) for one in STATES])
    names = ("number", "type_id", "state_id", "contact_id", "company_id", "title", "description", "is_shared")
    moments = {"created_at": 86_400, "updated_at": 86_400}
    connection.execute(
        insert(tables.tickets),
        [{"id": f"t-{one[0]}", **dict(zip(names, one, strict=True)), **_later(moments, one[0])} for one in TICKETS],
    )
    names = ("ticket_id", "part_type", "author_type", "author_name", "body")
    connection.execute(
        insert(tables.ticket_replies),
        [
            {"id": f"r-{at}", "created_at": at, **dict(zip(names, (f"t-{one[0]}", *one[1:]), strict=True))}
            for at, one in enumerate(REPLIES)
        ],
    )


def _later(moments: dict[str, int], days: int) -> dict[str, int]:
    return {name: moment + days * 86_400 for name, moment in moments.items()}


@pytest.fixture
def stage(database_kind: str) -> Iterator[Stage]:
    """A workspace of the test's own, where everybody may open the portal."""
    with copied(database_kind, furnish) as engine:
        yield Stage(engine, Clock())
