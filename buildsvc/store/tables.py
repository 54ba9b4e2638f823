"""The ledger's tables, as SQLAlchemy Core knows them. What changes here needs a migration; a test compares both.

Times are ISO 8601 text in UTC with microseconds, so that they sort; columns named like a noun hold it as JSON.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

metadata = MetaData()


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime as text of fixed width."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else stored_time(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else datetime.fromisoformat(value)


def stored_time(value: datetime) -> str:
    """Spell a moment as a column holds it."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


applications = Table(
    "applications",
    metadata,
    Column("name", Text, primary_key=True),
    Column("application", Text, nullable=False),
    Column("placement", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("updated", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("filename", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("received", UtcTime, nullable=False),
)

libraries = Table(
    "libraries",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("library", Text, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    Column("application", Text, primary_key=True),
    Column("component", Text, primary_key=True),
    Column("identity", Text, nullable=False),
)

deployments = Table(
    "deployments",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("application", Text, nullable=False),
    Column("component", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("artifact", Text),
    Column("release", Integer),
    Column("actor", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("live_at", UtcTime),
    Column("ended", UtcTime),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_hint", Text),
    Column("error_said", Text),
    Column("cancel", Boolean, nullable=False),
    Column("holder", Text),
    Column("fence", Integer, nullable=False),
    Column("parent", Text),
    Column("approved_by", Text),
    Column("early_by", Text),
    Index("deployments_id", "id", unique=True),
    Index("deployments_lane", "application", "component", "sequence"),
    Index("deployments_ended", "ended"),
    sqlite_autoincrement=True,
)

steps = Table(
    "steps",
    metadata,
    Column("deployment", Text, ForeignKey("deployments.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("deployment", Text, ForeignKey("deployments.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("event", Text, nullable=False),
)

releases = Table(
    "releases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("application", Text, nullable=False),
    Column("component", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("artifact", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("image", Text, nullable=False),
    Column("build", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("pruned", UtcTime),
    Index("releases_number", "application", "component", "number", unique=True),
)

live = Table(
    "live",
    metadata,
    Column("application", Text, primary_key=True),
    Column("component", Text, primary_key=True),
    Column("release", Integer, nullable=False),
    Column("deployment", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("previous", Integer),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("application", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("origin", Text, nullable=False),
    Column("pruned", UtcTime),
    Index("versions_number", "application", "number", unique=True),
    Index("versions_name", "application", "name", unique=True),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("application", Text, primary_key=True),
    Column("snapshot", Text, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("applications", Text),
    Column("created", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("expires", UtcTime),
    Column("used", UtcTime),
    Column("person", Text),
    Index("tokens_name", "name", unique=True),
    Index("tokens_digest", "digest", unique=True),
)

persons = Table(
    "persons",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("proven_by", Text, nullable=False),
    Column("subject", Text),
    Column("password", Text),
    Column("password_set", UtcTime),
    Column("temporary", Boolean, nullable=False),
    Column("former", Text, nullable=False),
    Column("second_factor", Boolean, nullable=False),
    Column("code_step", Integer, nullable=False),
    Column("auditor", Boolean, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("used", UtcTime),
    Index("persons_key", "key", unique=True),
    Index("persons_subject", "proven_by", "subject", unique=True),
)
"""`key` is the name without its case. `former` holds hashes of former passwords as JSON, the newest first. `code_step`
is the time step of the last one-time code that was taken. `subject` is not written.
"""

person_roles = Table(
    "person_roles",
    metadata,
    Column("person", Text, ForeignKey("persons.id"), primary_key=True),
    Column("application", Text, primary_key=True),
    Column("role", Text, nullable=False),
)
"""`application` is `*` for every one."""

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("person", Text),
    Column("csrf", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("used", UtcTime, nullable=False),
    Column("ends", UtcTime, nullable=False),
    Column("ended", UtcTime),
    Index("sessions_digest", "digest", unique=True),
)

throttle = Table(
    "throttle",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("until", UtcTime, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("application", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("updated", UtcTime, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("address", Text, nullable=False, server_default=""),
    Column("hash", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
"""Append-only: triggers, made by the migrations, refuse UPDATE, DELETE and an INSERT in the place of a row."""
