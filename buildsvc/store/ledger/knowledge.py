"""What the ledger knows of artifacts and libraries, and small facts of the site."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Integer, Text, cast, delete, select
from sqlalchemy.dialects.sqlite import insert

from buildpacks.analysis import Library
from buildsvc.model.artifact import Artifact
from buildsvc.store import tables as t
from buildsvc.store.ledger.codec import dump, load
from buildsvc.store.ledger.database import Database

_MOST_PER_QUERY = 500
_NOTICES = "notices:"
_ANALYSER = "analyser"
"""The fact that names the version whose facts of libraries are kept."""


class Knowledge(Database):
    def remember_artifact(self, artifact: Artifact) -> None:
        """Remember the artifact; of the same bytes again the newer name and time count."""
        new = {"filename": artifact.filename, "size": artifact.size, "received": artifact.received}
        statement = insert(t.artifacts).values(sha256=artifact.sha256, **new)
        with self.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["sha256"], set_=new))

    def artifact(self, sha256: str) -> Artifact | None:
        with self.read() as connection:
            row = connection.execute(select(t.artifacts).where(t.artifacts.c.sha256 == sha256)).one_or_none()
            return None if row is None else Artifact(row.sha256, row.filename, row.size, row.received)

    def libraries(self, digests: Iterable[str]) -> dict[str, Library]:
        """Return those of the given libraries that were analysed before, by SHA-256. `entry` is where one was first
        seen; in another artifact it may lie elsewhere.
        """
        wanted = list(digests)
        found: dict[str, Library] = {}
        with self.read() as connection:
            for start in range(0, len(wanted), _MOST_PER_QUERY):
                part = wanted[start : start + _MOST_PER_QUERY]
                rows = connection.execute(select(t.libraries).where(t.libraries.c.sha256.in_(part)))
                found.update((row.sha256, load(Library, row.library)) for row in rows)
        return found

    def remember_libraries(self, libraries: Iterable[Library]) -> None:
        """Keep their facts; what was looked at later says at least as much, so it takes the former's place."""
        rows = [{"sha256": library.sha256, "library": dump(Library, library)} for library in libraries]
        statement = insert(t.libraries)
        newer = {"library": statement.excluded.library}
        changed = t.libraries.c.library != statement.excluded.library
        if rows:
            with self.write() as connection:
                connection.execute(
                    statement.on_conflict_do_update(index_elements=["sha256"], set_=newer, where=changed), rows
                )

    def take_libraries_of(self, analyser: str) -> None:
        """Forget what was kept of libraries unless this version of the analyser stated it."""
        if self.recall(_ANALYSER) != analyser:
            with self.write() as connection:
                connection.execute(delete(t.libraries))
            self.remember(_ANALYSER, analyser)

    def remember(self, key: str, value: Any) -> None:
        """Keep a small fact of this site as JSON; None forgets it."""
        text = json.dumps(value)
        with self.write() as connection:
            if value is None:
                connection.execute(delete(t.facts).where(t.facts.c.key == key))
            else:
                put_fact(connection, key, text)

    def count_notice(self, kind: str) -> None:
        """One more notice of this kind."""
        text = t.facts.c.value
        statement = insert(t.facts).values(key=f"{_NOTICES}{kind}", value="1")
        one_more = {"value": cast(cast(text, Integer) + 1, Text)}
        with self.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=one_more))

    def notices(self) -> dict[str, int]:
        """How many notices of each kind there were."""
        query = select(t.facts).where(t.facts.c.key.startswith(_NOTICES, autoescape=True))
        with self.read() as connection:
            return {row.key.removeprefix(_NOTICES): int(row.value) for row in connection.execute(query)}

    def recall(self, key: str) -> Any:
        """Return what was remembered under `key`, or None."""
        with self.read() as connection:
            text = connection.execute(select(t.facts.c.value).where(t.facts.c.key == key)).scalar_one_or_none()
            return None if text is None else json.loads(text)


def put_fact(connection: Connection, key: str, text: str) -> None:
    """Keep a fact that is JSON already, in the place of the one of this key."""
    statement = insert(t.facts).values(key=key, value=text)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": text}))
