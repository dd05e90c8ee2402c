"""Tables, migrations, engine and transactions, for SQLite and PostgreSQL."""
