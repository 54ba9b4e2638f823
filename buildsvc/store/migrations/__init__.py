"""How a ledger of any earlier version becomes one of this version: Alembic revisions, run when a ledger is opened."""
