"""Writes a generated world into a database, through the same code that the workspace uses."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, delete, event, insert

from tests.support.workspace.strategies import COMPANY_CUSTOM, PERSON_CUSTOM, TAGS, World
from workspace.database import sqlite, tables
from workspace.database.tables import metadata
from workspace.people import rows as store
from workspace.people.custom_values import add_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tests.support.reference import Company, Person

CATEGORIES = ("customer", "back-office", "tracker")
_CUSTOM = "custom_attributes."


@contextmanager
def scratch(url: str, world: World | None = None) -> Iterator[Connection]:
    """Open an empty database that holds a world, or nobody; nothing of it is ever committed but the tables."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", sqlite.prepare)
    metadata.create_all(engine)
    with engine.connect() as connection:
        marks = {"lineage": "made", "mark": "made", "digest_key": "key"}
        profile = {"required_settings_profile": "2025-jwt", "revision": 1}
        connection.execute(insert(tables.workspaces).values(id="w", name="W", **profile, **marks))
        prepare(connection)
        if world is not None:
            populate(connection, world)
        yield connection
    engine.dispose()


def prepare(connection: Connection) -> None:
    """Write the common content of every world: attributes, tags, ticket types and a state."""
    for model, custom in (("contact", PERSON_CUSTOM), ("company", COMPANY_CUSTOM)):
        rows = [
            {"model": model, "name": name, "type": kind, "revision": 1, "custom": True, "messenger_writable": False}
            for name, kind in custom.items()
        ]
        connection.execute(insert(tables.data_attributes), rows)
    store.add_tags(connection, [(f"tag-{name}", name) for name in TAGS])
    connection.execute(insert(tables.ticket_types), [{"id": one, "name": one, "category": one} for one in CATEGORIES])
    connection.execute(
        insert(tables.ticket_states).values(id="s", category="submitted", internal_label="New", external_label="New")
    )


def populate(connection: Connection, world: World) -> None:
    """Replace the content with a world."""
    for table in reversed(tables.metadata.sorted_tables):
        if table.name in _OF_A_WORLD:
            connection.execute(delete(table))
    store.add_companies(connection, map(_company, world.companies))
    store.add_contacts(connection, map(_contact, world.people))
    pairs = [(person.id, company.id) for person in world.people for company in person.companies]
    store.add_memberships(connection, pairs)
    store.add_grants(connection, [(person.id, company.id) for person in world.people for company in person.granted])
    for model, owners in (("contact", world.people), ("company", world.companies)):
        store.add_taggings(connection, model, [(one.id, f"tag-{name}") for one in owners for name in one.tags])
        add_values(
            connection,
            model,
            [
                (one.id, name.removeprefix(_CUSTOM), value)
                for one in owners
                for name, value in one.values.items()
                if name.startswith(_CUSTOM)
            ],
        )
    _add_tickets(connection, world)


_OF_A_WORLD = {
    *("contacts", "companies", "memberships", "contact_tags", "company_tags", "contact_values", "company_values"),
    *("granted_companies", "tickets"),
}


def _builtin(one: Person | Company) -> dict[str, Any]:
    return {name: value for name, value in one.values.items() if not name.startswith(_CUSTOM)}


def _contact(one: Person) -> store.Contact:
    return store.Contact(id=one.id, role=one.role, archived=one.archived, created_at=0, **_builtin(one))


def _company(one: Company) -> store.Company:
    return store.Company(id=one.id, **_builtin(one))


def _add_tickets(connection: Connection, world: World) -> None:
    rows = [
        {
            "id": one.id,
            "number": index,
            "type_id": one.category,
            "state_id": "s",
            "contact_id": one.contact_id,
            "company_id": one.company_id,
            "title": one.id,
            "description": "",
            "is_shared": one.is_shared,
            "created_at": 0,
            "updated_at": 0,
        }
        for index, one in enumerate(world.tickets)
    ]
    if rows:
        connection.execute(insert(tables.tickets), rows)
