"""Runs the migrations on the connection that `workspace.db.migrate` hands over; it owns the transaction."""

from __future__ import annotations

from alembic import context

from workspace.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
