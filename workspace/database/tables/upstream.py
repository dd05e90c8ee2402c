"""A vendor's workspace behind this one: whose, how each value is known, and how far its people are mirrored."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text

from workspace.database.tables.base import metadata

# One row, where there is an upstream at all.
upstreams = Table(
    "upstreams",
    metadata,
    Column("vendor", String(40), primary_key=True),
    Column("account", String(100), nullable=False),
    Column("region", String(20), nullable=False),
    Column("timezone", String(100), nullable=False),
    Column("observed_at", BigInteger, nullable=False),
)

# How the value of a field is known; where there is no row, it is unknown.
knowledge = Table(
    "knowledge",
    metadata,
    Column("address", String(200), primary_key=True),
    Column("field", String(100), primary_key=True),
    Column("how", String(10), nullable=False),
    Column("as_of", BigInteger),
    Column("by_name", Text),
    Column("until", BigInteger),
    Column("evidence", Text),
    # The values that are possible, where the vendor tells less than the whole.
    Column("one_of", JSON, nullable=False),
)

# One row: the sweep that is under way, and what the last ones came to.
mirrors = Table(
    "mirrors",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # Goes up by one with each complete sweep that is begun.
    Column("sweep", Integer, nullable=False),
    # What is being done: idle, companies, people, changes. Where it goes on: a cursor of the vendor's.
    Column("phase", String(20), nullable=False),
    Column("cursor", Text),
    Column("begun_at", BigInteger),
    # The moment from which nothing is missing, and that of the last complete sweep.
    Column("fresh_at", BigInteger),
    Column("swept_at", BigInteger),
    # How many people the vendor counts, for the progress and the cross-check.
    Column("total", Integer),
    # Why the last sweep was not complete; null where it was.
    Column("reason", Text),
    # The attributes that are kept: {"person": […], "company": […]}.
    Column("wanted", JSON, nullable=False),
)

mirrored_people = Table(
    "mirrored_people",
    metadata,
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    # The last complete sweep that saw the person: whoever a whole one did not see is gone.
    Column("sweep", Integer, nullable=False, index=True),
    Column("updated_at", BigInteger, nullable=False),
    # Of everything that is kept of the person: who has not changed is not written again.
    Column("digest", String(32), nullable=False),
    # What could not be read, in words; null where all was.
    Column("missing", Text),
    # Values that their attribute cannot hold, or moments out of range, in words; null where there are none.
    Column("odd", Text),
)

mirrored_companies = Table(
    "mirrored_companies",
    metadata,
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True),
    Column("sweep", Integer, nullable=False, index=True),
    Column("digest", String(32), nullable=False),
    # Whether a form of the vendor's Messenger made it, and not the customer.
    Column("made_by_form", Boolean, nullable=False),
    Column("odd", Text),
)
