"""Tables of applies: leases, receipts, and the steps made."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from workspace.database.tables.base import metadata, partial

# The newest lease of each name. It stays when it has ended: the next one's fence goes on from its own.
leases = Table(
    "leases",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("fence", Integer, nullable=False),
    # Chosen by whoever asked for it, so that a repeated request is known as such.
    Column("id", String(64), nullable=False),
    Column("holder", String(200), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("by_name", Text, nullable=False),
    Column("acquired_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    # When it was released or broken; null where it was neither.
    Column("ended_at", BigInteger),
)

receipts = Table(
    "receipts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    # Its number and a random part, such as r12-3f9a0c: a database restored from a copy repeats numbers, not ids.
    Column("id", String(20), nullable=False),
    Column("configuration", String(200), nullable=False),
    Column("help_center", String(100), nullable=False),
    Column("action", String(20), nullable=False),
    Column("environment", String(200)),
    Column("plan_digest", String(100), nullable=False),
    Column("configuration_digest", String(100), nullable=False),
    Column("commit", String(100)),
    Column("holder", String(200), nullable=False),
    Column("by_name", Text, nullable=False),
    Column("generator", String(200), nullable=False),
    # The receipt that it takes back, and the one that took it back.
    Column("undoes", Integer),
    Column("undone_by", Integer),
    # Where what it applied was proven: environment, workspace, receipt there, digest.
    Column("promotes", JSON),
    # Why, in the words of whoever applied, or else what it changed; null of one that was made before this was kept.
    Column("message", String(500)),
    Column("outcome", String(20), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    # How many changes of each outcome and how many steps; beside them, because lists show only this.
    Column("counts", JSON, nullable=False),
    Column("steps_done", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    # What the request said that made it; the same request again is answered with the same receipt.
    Column("request_digest", String(64), nullable=False),
    Column("plan", JSON, nullable=False),
    Column("record_before", JSON),
    Column("changes", JSON, nullable=False),
    Column("diagnostics", JSON, nullable=False),
    UniqueConstraint("configuration", "fence"),
    Index("ix_receipts_configuration_number", "configuration", "number"),
)

IS_RUNNING = receipts.c.outcome == literal_column("'running'")
"""The condition on a row of `receipts` that its apply was not finished; written out for the index to be known by."""

# Asked with every observation, of a table that grows with every apply.
partial("ix_receipts_running", IS_RUNNING, receipts.c.configuration, receipts.c.number)

# A write that was done as a step of an apply, and what was answered: the same step again gets the same answer.
receipt_steps = Table(
    "receipt_steps",
    metadata,
    Column("receipt", ForeignKey("receipts.number", ondelete="CASCADE"), primary_key=True),
    Column("step", String(40), primary_key=True),
    # The first step of a receipt is 1.
    Column("position", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("resource", String(300), nullable=False),
    Column("before_revision", Integer, nullable=False),
    # Null where the resource is gone.
    Column("revision", Integer),
    Column("request_digest", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("etag", String(40)),
    Column("body", Text, nullable=False),
)
