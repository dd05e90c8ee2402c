"""Tables of the workspace itself: settings, tokens, and the activity log."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from workspace.database.tables.base import metadata

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    # Goes up by one with every admin write; the whole configuration's ETag comes from it.
    Column("revision", Integer, nullable=False),
    Column("required_settings_profile", String(40), nullable=False),
    # Random: made once with the database, and with every revision. Without a default: an older process cannot write.
    Column("lineage", String(40), nullable=False),
    Column("mark", String(40), nullable=False),
    # With it people are told apart in digests; it is never told.
    Column("digest_key", String(64), nullable=False),
)

help_centers = Table(
    "help_centers",
    metadata,
    Column("identifier", String(100), primary_key=True),
    Column("display_name", Text, nullable=False),
)

# One row per settings resource, by address: help_center/acme, audience/acme, identity, site, …
settings = Table(
    "settings",
    metadata,
    Column("address", String(200), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("document", JSON, nullable=False),
)

data_attributes = Table(
    "data_attributes",
    metadata,
    Column("model", String(20), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("custom", Boolean, nullable=False),
    Column("type", String(20), nullable=False),
    Column("options", JSON),
    Column("description", Text),
    Column("messenger_writable", Boolean, nullable=False),
)

records = Table(
    "records",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("help_center", String(100), nullable=False),
    Column("digest", String(100), nullable=False),
    Column("document", JSON, nullable=False),
    Column("commit", String(100)),
    # The configuration as it was before an environment's overrides: its document and digest.
    Column("base", JSON),
    Column("applied_at", BigInteger, nullable=False),
    Column("applied_by", Text, nullable=False),
)

# What each record names, beside the records themselves: an object and the names of its fields, without any value.
named = Table(
    "named",
    metadata,
    Column(
        "name",
        # In the order of its characters, so that every database takes the same ones for the first.
        String(200).with_variant(String(200, collation="C"), "postgresql"),
        ForeignKey("records.name", ondelete="CASCADE"),
        primary_key=True,
    ),
    # A digest of what is said; records that name the same have the same.
    Column("place", String(32), primary_key=True),
    # To which the object belongs; nothing where it belongs to the whole workspace.
    Column("help_center", String(100), nullable=False),
    # The address of the object, then the names of the fields.
    Column("said", JSON, nullable=False),
    Index("ix_named_first", "help_center", "place", "name"),
)

# The newest verification of what each record says; the activity log tells of all of them.
verifications = Table(
    "verifications",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("revision", Integer, nullable=False),
    # The record's revision when it was verified.
    Column("record_revision", Integer, nullable=False),
    Column("digest", String(100), nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("observed", Boolean, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by_name", Text, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("expires_at", BigInteger),
    # Written down now and then, not with every request.
    Column("last_used_at", BigInteger),
)

# People who signed in to the console with a token; a session ends with the token it began with.
console_sessions = Table(
    "console_sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("token_hash", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

activity = Table(
    "activity",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("by_type", String(20), nullable=False),
    Column("by_name", Text, nullable=False),
    Column("via", String(20), nullable=False),
    Column("origin", String(100)),
    Column("activity_type", String(60), nullable=False),
    Column("resource", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("changes", JSON, nullable=False),
    # The workspace's revision after the write, and that of the resource itself.
    Column("revision", Integer, nullable=False),
    Column("resource_revision", Integer, nullable=False),
    # Why somebody changed by hand what a configuration manages.
    Column("reason", Text),
    # That of the workspace's revision.
    Column("mark", String(40), nullable=False),
    # What seals it, and the entries before it. Without a salt a deleted person was erased from it.
    Column("salt", String(32)),
    Column("digest", String(64), nullable=False),
    Column("link", String(64), nullable=False),
    Index("ix_activity_revision", "revision"),
    Index("ix_activity_resource", "resource", "resource_revision"),
)
