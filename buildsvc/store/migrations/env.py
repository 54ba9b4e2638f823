"""Alembic's entry: runs the revisions on the connection, and inside the transaction, that `upgrade` hands in."""

from __future__ import annotations

from alembic import context

from buildsvc.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
