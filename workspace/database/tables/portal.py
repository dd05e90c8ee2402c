"""Tables of the Help Center: sessions and articles."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text

from workspace.database.tables.base import metadata

identity_secrets = Table(
    "identity_secrets",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("name", String(200), nullable=False),
    # As it is, not hashed: whoever checks a signature needs the secret itself.
    Column("value", String(100), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("device_hash", String(64), nullable=False),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True),
    # A session ends with the secret that vouched for it.
    Column("secret_id", ForeignKey("identity_secrets.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

preview_links = Table(
    "preview_links",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("help_center", ForeignKey("help_centers.identifier"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

# Administrators who look at the pages as a customer sees them, and change nothing.
viewings = Table(
    "viewings",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("by_name", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

# --- what the Help Center says -------------------------------------------------------------------

collections = Table(
    "collections",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("help_center", ForeignKey("help_centers.identifier"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("position", Integer, nullable=False),
)

articles = Table(
    "articles",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("collection_id", ForeignKey("collections.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("featured", Boolean, nullable=False),
    Column("announced", Boolean, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
