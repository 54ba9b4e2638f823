"""`python -m buildsvc.store.migrate LEDGER`: run the migrations in one transaction. `upgrade` starts this."""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, create_engine

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 60


def config() -> Config:
    """Alembic's settings, without any file; a `%` in the path would otherwise be read as interpolation."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    return made


def migrate(path: Path) -> None:
    """Bring the ledger at `path` to the newest revision; whatever goes wrong, it stays as it was."""
    arguments = {"isolation_level": None, "timeout": BUSY_SECONDS}
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args=arguments)
    settings = config()
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        connection.exec_driver_sql("COMMIT")
    engine.dispose()


if __name__ == "__main__":
    migrate(Path(sys.argv[1]))
