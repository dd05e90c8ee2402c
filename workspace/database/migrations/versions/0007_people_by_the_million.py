"""Indexes that access rules are answered from, and email addresses from their end: so that `ends_with` has one too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels = None
depends_on = None

_USERS = sa.text("role = 'user' AND archived IS false"), sa.text("role = 'user' AND archived IS 0")


def upgrade() -> None:
    """Add the column, fill it, and create the indexes."""
    reversed_type = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("contacts", sa.Column("email_reversed", reversed_type, nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        # In the order of its characters, as everywhere else: then what begins alike lies side by side.
        op.execute('ALTER TABLE contacts ALTER COLUMN email_folded TYPE text COLLATE "C"')
    _reverse()
    postgresql, sqlite = _USERS
    for name, columns in (
        ("ix_contacts_users_email_reversed", ["email_reversed", "id"]),
        ("ix_contacts_users_email", ["email_folded", "id"]),
        # Last: of indexes as good as another, SQLite takes the newest, and this one is in the order of the memberships.
        ("ix_contacts_users", ["id", "email_folded"]),
    ):
        op.create_index(
            name, "contacts", [*columns, "role", "archived"], postgresql_where=postgresql, sqlite_where=sqlite
        )
    for table in ("contact_values", "company_values"):
        for column in ("boolean", "moment"):
            text = sa.text(f"{column} IS NOT NULL")
            name = f"ix_{table}_{column}"
            op.create_index(name, table, ["name", column, "owner_id"], postgresql_where=text, sqlite_where=text)


def _reverse() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        # The other database comes with it.
        connection.connection.create_function("reverse", 1, lambda email: email[::-1])
    op.execute("UPDATE contacts SET email_reversed = reverse(email_folded) WHERE email_folded IS NOT NULL")
