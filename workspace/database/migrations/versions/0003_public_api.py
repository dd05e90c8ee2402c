"""What the public REST API keeps: when things were changed, and what tickets of a type say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and create the tables."""
    op.add_column("contacts", sa.Column("updated_at", sa.BigInteger(), nullable=True))
    op.add_column("companies", sa.Column("remote_created_at", sa.BigInteger(), nullable=True))
    op.add_column("companies", sa.Column("updated_at", sa.BigInteger(), nullable=True))
    op.add_column("ticket_replies", sa.Column("author_id", sa.String(length=40), nullable=True))
    op.create_table(
        "ticket_type_attributes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("type_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("data_type", sa.String(length=20), nullable=False),
        sa.Column("list_items", sa.JSON(), nullable=True),
        sa.Column("multiline", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("required_to_create", sa.Boolean(), nullable=False),
        sa.Column("required_to_create_for_contacts", sa.Boolean(), nullable=False),
        sa.Column("visible_on_create", sa.Boolean(), nullable=False),
        sa.Column("visible_to_contacts", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["type_id"], ["ticket_types.id"], name=op.f("fk_ticket_type_attributes_type_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_type_attributes")),
        sa.UniqueConstraint("type_id", "name", name=op.f("uq_ticket_type_attributes_type_id_name")),
    )
    op.create_table(
        "ticket_values",
        sa.Column("ticket_id", sa.String(length=40), nullable=False),
        sa.Column("attribute_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("text_folded", sa.Text(), nullable=True),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("boolean", sa.Boolean(), nullable=True),
        sa.Column("moment", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attribute_id"],
            ["ticket_type_attributes.id"],
            name=op.f("fk_ticket_values_attribute_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_values_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "attribute_id", name=op.f("pk_ticket_values")),
    )
    op.create_index(op.f("ix_ticket_values_attribute_id"), "ticket_values", ["attribute_id"], unique=False)
