"""Migrations from one version's tables to the next. Run by `workspace.database.engine.migrate`."""
