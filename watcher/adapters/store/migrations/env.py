"""Alembic's environment script: runs migrations on the connection that it is given."""

from alembic import context

from watcher.adapters.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
