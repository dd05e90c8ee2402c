"""Indexes of tickets in the order of the portal's list: the newest of a person and of a company, without the others."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision: str | None = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes in place of those by person and by company alone, which they serve for, too."""
    for name in ("contact", "company"):
        op.create_index(f"ix_tickets_{name}", "tickets", [f"{name}_id", "updated_at", "number", "type_id", "is_shared"])
        op.drop_index(f"ix_tickets_{name}_id", "tickets")
