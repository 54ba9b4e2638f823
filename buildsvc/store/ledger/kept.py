"""Libraries that were pushed without their jar and wait for it: for each component the newest few zips of them.

They are facts of the site, under `libraries:APPLICATION/COMPONENT`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, delete, select

from buildsvc.model.artifact import Artifact
from buildsvc.store import tables as t
from buildsvc.store.ledger.codec import adapter
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.knowledge import put_fact

MOST = 4
"""Zips that are kept for one component; the oldest is forgotten."""
_PREFIX = "libraries:"
_ARTIFACTS = tuple[Artifact, ...]


class Kept(Database):
    def kept_libraries(self, application: str, component: str) -> tuple[Artifact, ...]:
        """Return the libraries that are kept for it, the newest first."""
        with self.read() as connection:
            return _kept(connection, _key(application, component))

    def keep_libraries(self, application: str, component: str, libraries: Artifact) -> None:
        """Keep these libraries; the same bytes again are the newest again."""
        key = _key(application, component)
        with self.write() as connection:
            former = (one for one in _kept(connection, key) if one.sha256 != libraries.sha256)
            text = adapter(_ARTIFACTS).dump_json((libraries, *former)[:MOST]).decode()
            put_fact(connection, key, text)


def forget_libraries(connection: Connection, application: str) -> None:
    """Forget what is kept for the components of an application."""
    mine = t.facts.c.key.startswith(f"{_PREFIX}{application}/", autoescape=True)
    connection.execute(delete(t.facts).where(mine))


def all_kept(connection: Connection) -> Iterator[Artifact]:
    """Give what is kept for any component."""
    query = select(t.facts.c.value).where(t.facts.c.key.startswith(_PREFIX, autoescape=True))
    for text in connection.execute(query).scalars():
        yield from adapter(_ARTIFACTS).validate_json(text)


def _kept(connection: Connection, key: str) -> tuple[Artifact, ...]:
    text = connection.execute(select(t.facts.c.value).where(t.facts.c.key == key)).scalar_one_or_none()
    found: tuple[Artifact, ...] = () if text is None else adapter(_ARTIFACTS).validate_json(text)
    return found


def _key(application: str, component: str) -> str:
    return f"{_PREFIX}{application}/{component}"
