"""Sessions and throttled callers as rows; tokens that expire; the audit log as a chain."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("expires", "used", "person"):
        op.add_column("tokens", sa.Column(name, sa.Text()))
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("person", sa.Text()),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("used", sa.Text(), nullable=False),
        sa.Column("ends", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text()),
    )
    op.create_index("sessions_digest", "sessions", ["digest"], unique=True)
    op.create_table(
        "throttle",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
    )
    for name in ("address", "hash"):
        op.add_column("audit", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    _chain()
    op.execute(
        "CREATE TRIGGER audit_refuses_replace BEFORE INSERT ON audit "
        "WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    )


def _chain() -> None:
    """Chain what was written before, which has no chain yet, as `buildsvc.store.chain` goes on with it."""
    connection = op.get_bind()
    guard = "audit_refuses_update"
    made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (guard,)).scalar_one()
    op.execute(f"DROP TRIGGER {guard}")
    previous = "0" * 64
    rows = connection.exec_driver_sql("SELECT number, at, actor, action, target, detail, address FROM audit ORDER BY 1")
    for row in rows.all():
        told = json.dumps([previous, *row], ensure_ascii=True, separators=(",", ":"))
        previous = hashlib.sha256(told.encode()).hexdigest()
        connection.exec_driver_sql("UPDATE audit SET hash = ? WHERE number = ?", (previous, row[0]))
    op.execute(made)
