"""Run the migrations on the connection of `workspace.database.engine.migrate`, which owns the transaction."""

from __future__ import annotations

from alembic import context

from workspace.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
