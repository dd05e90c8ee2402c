"""Tables of people, companies and their ties."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    false,
    func,
    literal_column,
    true,
)

from workspace.database.tables.base import metadata, partial

# In the order of its characters on every database: then texts that begin alike lie side by side in an index.
_BY_CHARACTER = Text().with_variant(Text(collation="C"), "postgresql")

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
    Column("email_folded", _BY_CHARACTER, index=True),
    # The same from its end: what asks how an address ends is asked most of all, and this way an index knows it.
    Column("email_reversed", _BY_CHARACTER),
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

IS_USER = (contacts.c.role == literal_column("'user'")) & contacts.c.archived.is_(False)
"""The condition on a row of `contacts` that it can be let in at all.

Its values are written out: an index with a condition serves only statements in which the database can read the same.
"""


# Of users only: what is asked of everybody is answered from these, without a look at the wide rows themselves. SQLite
# wants to read the condition again, so its columns are there too; of indexes as good as another it takes the newest.
_OF_USERS = contacts.c.role, contacts.c.archived
partial("ix_contacts_users_email_reversed", IS_USER, contacts.c.email_reversed, contacts.c.id, *_OF_USERS)
partial("ix_contacts_users_email", IS_USER, contacts.c.email_folded, contacts.c.id, *_OF_USERS)
partial("ix_contacts_users", IS_USER, contacts.c.id, contacts.c.email_folded, *_OF_USERS)

# Lists of the public API, in their own order.
_LISTED = contacts.c.archived == false()
partial("ix_contacts_newest", _LISTED, contacts.c.created_at.desc(), contacts.c.id, contacts.c.archived)
# What searches find in tables of their own is counted there, and those in no list are taken off.
partial("ix_contacts_archived", contacts.c.archived == true(), contacts.c.id, contacts.c.archived)

# Searches of the public API by one field; what never changed counts from its creation on.
for _name in ("role", "name", "phone", "signed_up_at", "last_seen_at"):
    partial(f"ix_contacts_listed_{_name}", _LISTED, contacts.c[_name], contacts.c.archived)
_CHANGED = func.coalesce(contacts.c.updated_at, contacts.c.created_at)
partial("ix_contacts_listed_updated_at", _LISTED, _CHANGED, contacts.c.archived)

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
    Index("ix_companies_name", "name"),
)
Index("ix_companies_newest", companies.c.created_at.desc(), companies.c.id)

memberships = Table(
    "memberships",
    metadata,
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_memberships_company_id", "company_id", "contact_id"),
    # Found by its key and by nothing else: the key is the table, one look-up instead of two.
    sqlite_with_rowid=False,
)

# Companies whose tickets a person may read without belonging to them; no rule asks for them.
granted_companies = Table(
    "granted_companies",
    metadata,
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_granted_companies_company_id", "company_id", "contact_id"),
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
    table = Table(
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
    for column in (table.c.boolean, table.c.moment):
        partial(f"ix_{name}_{column.name}", column.is_not(None), table.c.name, column, table.c.owner_id)
    return table


contact_values = _custom_values("contact_values", contacts)
company_values = _custom_values("company_values", companies)
