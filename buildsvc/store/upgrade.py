"""Bring a ledger to this version's tables, or refuse one that a newer version made."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from buildpacks.errors import Conflict

MIGRATIONS = Path(__file__).parent / "migrations"


def migration_config() -> Config:
    """Alembic's settings, without any file; a `%` in the path would otherwise be read as interpolation."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(connection: Connection, path: Path) -> None:
    """Upgrade inside the caller's transaction; `path` is only named. Raises Conflict `ledger-newer`."""
    config = migration_config()
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise Conflict(
            "ledger-newer",
            f"A newer buildsvc wrote the ledger '{path}' (its revision is '{current}'; this one knows '{head}').",
            "Run that newer buildsvc, or restore the backup that was made before it was installed.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
