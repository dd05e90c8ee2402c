"""Every Help Center has a style: no logo, colour or favicon of its own, and no links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels = None
depends_on = None

_NONE: dict[str, object] = {"logo": None, "primary_color": None, "favicon": None, "footer_links": []}


def upgrade() -> None:
    """Add the setting of each Help Center."""
    help_centers = sa.table("help_centers", sa.column("identifier"))
    settings = sa.table(
        "settings", sa.column("address"), sa.column("revision"), sa.column("document", sa.JSON(none_as_null=True))
    )
    identifiers = op.get_bind().execute(sa.select(help_centers.c.identifier)).scalars().all()
    rows = [{"address": f"style/{identifier}", "revision": 1, "document": _NONE} for identifier in identifiers]
    if rows:
        op.bulk_insert(settings, rows)
