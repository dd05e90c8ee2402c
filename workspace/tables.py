"""What a workspace keeps. One SQLAlchemy description for every database; `migrations/` brings a database to it.

Text that rules compare without regard to case has a folded twin (`str.casefold`), and one more
with its word boundaries marked (`workspace.folding`), so that SQLite and PostgreSQL agree with
Python to the letter; `workspace.people` writes both. Moments are seconds since 1970 in UTC, as in
the public API. Settings of one resource are one JSON document
beside its revision: they are read and written whole.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- the workspace and its settings -----------------------------------------------------------

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    # Goes up by one with every admin write; the whole configuration's ETag comes from it.
    Column("revision", Integer, nullable=False),
    Column("required_settings_profile", String(40), nullable=False),
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
    Column("applied_at", BigInteger, nullable=False),
    Column("applied_by", Text, nullable=False),
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
    Index("ix_activity_resource", "resource", "resource_revision"),
)

# --- people, companies and what ties them -----------------------------------------------------

contacts = Table(
    "contacts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("external_id", Text),
    Column("email", Text),
    Column("name", Text),
    Column("phone", Text),
    Column("external_id_folded", Text),
    Column("email_folded", Text, index=True),
    Column("name_folded", Text),
    Column("phone_folded", Text),
    Column("external_id_words", Text),
    Column("email_words", Text),
    Column("name_words", Text),
    Column("phone_words", Text),
    Column("unsubscribed_from_emails", Boolean),
    Column("created_at", BigInteger, nullable=False),
    Column("signed_up_at", BigInteger),
    Column("last_seen_at", BigInteger),
    Column("archived", Boolean, nullable=False),
    # When the public API last changed the contact; null where it never did.
    Column("updated_at", BigInteger),
    Index("ix_contacts_external_id", "external_id"),
    Index("ix_contacts_email", "email"),
)

companies = Table(
    "companies",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("company_id", Text, unique=True),
    Column("name", Text),
    Column("industry", Text),
    Column("website", Text),
    Column("plan", Text),
    Column("company_id_folded", Text),
    Column("name_folded", Text),
    Column("industry_folded", Text),
    Column("website_folded", Text),
    Column("plan_folded", Text),
    Column("company_id_words", Text),
    Column("name_words", Text),
    Column("industry_words", Text),
    Column("website_words", Text),
    Column("plan_words", Text),
    Column("size", Float),
    Column("monthly_spend", Float),
    Column("created_at", BigInteger, nullable=False),
    # When the customer's own application made the company, and when the public API last changed it.
    Column("remote_created_at", BigInteger),
    Column("updated_at", BigInteger),
)

memberships = Table(
    "memberships",
    metadata,
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_memberships_company_id", "company_id", "contact_id"),
    # Found by its key and by nothing else: the key is the table, one look-up instead of two.
    sqlite_with_rowid=False,
)

tags = Table(
    "tags",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)


def _tagging(name: str, owner: Table) -> Table:
    return Table(
        name,
        metadata,
        Column("owner_id", ForeignKey(owner.c.id, ondelete="CASCADE"), primary_key=True),
        Column("tag_id", ForeignKey(tags.c.id, ondelete="CASCADE"), primary_key=True),
        Index(f"ix_{name}_tag_id", "tag_id", "owner_id"),
        sqlite_with_rowid=False,
    )


contact_tags = _tagging("contact_tags", contacts)
company_tags = _tagging("company_tags", companies)


def _custom_values(name: str, owner: Table) -> Table:
    # One row per value, not a JSON document: each type is comparable and indexed on every database.
    return Table(
        name,
        metadata,
        Column("owner_id", ForeignKey(owner.c.id, ondelete="CASCADE"), primary_key=True),
        Column("name", String(200), primary_key=True),
        Column("text", Text),
        Column("text_folded", Text),
        Column("text_words", Text),
        Column("number", Float),
        Column("boolean", Boolean),
        Column("moment", BigInteger),
        Index(f"ix_{name}_text", "name", "text", "owner_id"),
        Index(f"ix_{name}_number", "name", "number", "owner_id"),
        sqlite_with_rowid=False,
    )


contact_values = _custom_values("contact_values", contacts)
company_values = _custom_values("company_values", companies)

# --- tickets -----------------------------------------------------------------------------------

ticket_types = Table(
    "ticket_types",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("category", String(20), nullable=False),
)

ticket_states = Table(
    "ticket_states",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("category", String(30), nullable=False),
    Column("internal_label", Text, nullable=False, unique=True),
    Column("external_label", Text, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("type_id", ForeignKey("ticket_types.id"), nullable=False),
    Column("state_id", ForeignKey("ticket_states.id"), nullable=False),
    # Who created it; "their own" tickets are these.
    Column("contact_id", ForeignKey("contacts.id"), nullable=False, index=True),
    Column("company_id", ForeignKey("companies.id"), index=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    # Back-office tickets reach customers only when shared; tracker tickets never do.
    Column("is_shared", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

ticket_replies = Table(
    "ticket_replies",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("author_type", String(10), nullable=False),
    Column("author_name", Text, nullable=False),
    # The contact or the admin; null where only the name is known.
    Column("author_id", String(40)),
    Column("part_type", String(10), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# What tickets of a type say beside title and description.
ticket_type_attributes = Table(
    "ticket_type_attributes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("type_id", ForeignKey("ticket_types.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("data_type", String(20), nullable=False),
    # The items of a list: [{"id", "name"}].
    Column("list_items", JSON),
    Column("multiline", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("required_to_create", Boolean, nullable=False),
    Column("required_to_create_for_contacts", Boolean, nullable=False),
    Column("visible_on_create", Boolean, nullable=False),
    # Only these may be shown to customers.
    Column("visible_to_contacts", Boolean, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("type_id", "name"),
)

ticket_values = Table(
    "ticket_values",
    metadata,
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True),
    Column("attribute_id", ForeignKey("ticket_type_attributes.id", ondelete="CASCADE"), primary_key=True, index=True),
    # For a list, the id of the item.
    Column("text", Text),
    Column("text_folded", Text),
    Column("number", Float),
    Column("boolean", Boolean),
    Column("moment", BigInteger),
)

admins = Table(
    "admins",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False, unique=True),
    UniqueConstraint("name"),
)

# --- who is signed in ----------------------------------------------------------------------------

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
