"""When the files of a release or a version were pruned: its record stays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("releases", sa.Column("pruned", sa.Text()))
    op.add_column("versions", sa.Column("pruned", sa.Text()))
