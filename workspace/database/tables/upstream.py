"""Tables of the vendor's workspace behind this one: its account, the evidence of values, and the mirror's progress."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

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
    # Why somebody has to look again; null where nothing speaks against it.
    Column("doubt", Text),
)

# What a person has to do at the vendor, one screen each.
tasks = Table(
    "tasks",
    metadata,
    # Shown as T1, T2, …
    Column("number", Integer, primary_key=True, autoincrement=False),
    # The apply that it is a part of, and the step of it; null for a write that is no step.
    Column("receipt", ForeignKey("receipts.number", ondelete="CASCADE")),
    Column("step", String(40)),
    Column("address", String(200), nullable=False),
    # The fields of the screen as the resource calls them, and the whole resource before and after.
    Column("fields", JSON, nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    # Whether the value before is known, or only what was stored.
    Column("before_known", Boolean, nullable=False),
    # open, done, contradicted, abandoned.
    Column("state", String(20), nullable=False, index=True),
    Column("opened_at", BigInteger, nullable=False),
    Column("opened_by", Text, nullable=False),
    # What the screen asks for, why, and who may confirm it; as documents of the admin API.
    Column("screen", JSON, nullable=False),
    Column("reason", JSON),
    Column("policy", JSON, nullable=False),
    # What a person noted of the value before.
    Column("noted", JSON),
    # Who confirmed it so far, and how.
    Column("confirmations", JSON, nullable=False),
    Column("ended_at", BigInteger),
    Column("ended_by", Text),
    # Why it ended otherwise than done.
    Column("ended_why", Text),
    # When its apply let go of the addresses that it held.
    Column("released_at", BigInteger),
    Index("ix_tasks_receipt", "receipt", "number"),
)

# What named people said, and what they read back: nothing is removed, so it can be read who said what and when.
attestations = Table(
    "attestations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("task", ForeignKey("tasks.number", ondelete="SET NULL")),
    Column("address", String(200), nullable=False),
    Column("field", String(100), nullable=False),
    # Of the value that was confirmed: of any other one it says nothing.
    Column("value_digest", String(64), nullable=False),
    # count, url, text, or word.
    Column("method", String(20), nullable=False),
    Column("by_names", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("read_back", Text),
    Column("note", Text),
    Index("ix_attestations_place", "address", "field", "number"),
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
