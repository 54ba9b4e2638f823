"""The first tables of the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("placement", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("updated", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
    )
    op.create_table(
        "artifacts",
        sa.Column("sha256", sa.Text(), primary_key=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received", sa.Text(), nullable=False),
    )
    op.create_table(
        "libraries",
        sa.Column("sha256", sa.Text(), primary_key=True),
        sa.Column("library", sa.Text(), nullable=False),
    )
    op.create_table(
        "identities",
        sa.Column("application", sa.Text(), primary_key=True),
        sa.Column("component", sa.Text(), primary_key=True),
        sa.Column("identity", sa.Text(), nullable=False),
    )


def _deployments() -> None:
    op.create_table(
        "deployments",
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("artifact", sa.Text()),
        sa.Column("release", sa.Integer()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("live_at", sa.Text()),
        sa.Column("ended", sa.Text()),
        sa.Column("error_code", sa.Text()),
        sa.Column("error_message", sa.Text()),
        sa.Column("error_hint", sa.Text()),
        sa.Column("cancel", sa.Boolean(), nullable=False),
        sa.Column("holder", sa.Text()),
        sa.Column("fence", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("deployments_ended", "deployments", ["ended"], unique=False)
    op.create_index("deployments_id", "deployments", ["id"], unique=True)
    op.create_index("deployments_lane", "deployments", ["application", "component", "sequence"], unique=False)
    op.create_table(
        "steps",
        sa.Column("deployment", sa.Text(), sa.ForeignKey("deployments.id"), primary_key=True),
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("deployment", sa.Text(), sa.ForeignKey("deployments.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
    )


def _releases() -> None:
    op.create_table(
        "releases",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("artifact", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("build", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
    )
    op.create_index("releases_number", "releases", ["application", "component", "number"], unique=True)
    op.create_table(
        "live",
        sa.Column("application", sa.Text(), primary_key=True),
        sa.Column("component", sa.Text(), primary_key=True),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("previous", sa.Integer()),
    )
    op.create_table(
        "snapshots",
        sa.Column("application", sa.Text(), primary_key=True),
        sa.Column("snapshot", sa.Text(), nullable=False),
    )


def _site() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("applications", sa.Text()),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
    )
    op.create_index("tokens_digest", "tokens", ["digest"], unique=True)
    op.create_index("tokens_name", "tokens", ["name"], unique=True)
    op.create_table(
        "secrets",
        sa.Column("application", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated", sa.Text(), nullable=False),
    )
    op.create_table(
        "facts",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )


def upgrade() -> None:
    _applications()
    _deployments()
    _releases()
    _site()
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_refuses_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )
