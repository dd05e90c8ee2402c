"""Companies whose tickets a person may read without belonging to them, and whether the workspace has that feature."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision: str | None = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; nobody is granted a company."""
    op.create_table(
        "granted_companies",
        sa.Column("contact_id", sa.String(length=40), nullable=False),
        sa.Column("company_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_granted_companies_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_granted_companies_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_id", "company_id", name=op.f("pk_granted_companies")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_granted_companies_company_id", "granted_companies", ["company_id", "contact_id"])
    workspaces = sa.table("workspaces", sa.column("id"))
    settings = sa.table(
        "settings", sa.column("address"), sa.column("revision"), sa.column("document", sa.JSON(none_as_null=True))
    )
    # An empty database is given all its settings when a workspace begins in it.
    if op.get_bind().execute(sa.select(workspaces.c.id)).first() is not None:
        op.bulk_insert(settings, [{"address": "granted_companies", "revision": 1, "document": {"enabled": True}}])
