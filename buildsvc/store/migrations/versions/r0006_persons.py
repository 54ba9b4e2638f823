"""Persons, and their roles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "persons",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("proven_by", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("password", sa.Text()),
        sa.Column("password_set", sa.Text()),
        sa.Column("temporary", sa.Boolean(), nullable=False),
        sa.Column("former", sa.Text(), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("code_step", sa.Integer(), nullable=False),
        sa.Column("auditor", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("used", sa.Text()),
    )
    op.create_index("persons_key", "persons", ["key"], unique=True)
    op.create_index("persons_subject", "persons", ["proven_by", "subject"], unique=True)
    op.create_table(
        "person_roles",
        sa.Column("person", sa.Text(), sa.ForeignKey("persons.id"), primary_key=True),
        sa.Column("application", sa.Text(), primary_key=True),
        sa.Column("role", sa.Text(), nullable=False),
    )
