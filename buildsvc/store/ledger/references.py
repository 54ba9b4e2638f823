"""Which files of the content store the ledger still names: what a backup takes along and pruning leaves alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from buildpacks.sentences.wording import Wording
from buildsvc.model.application import Application, Component
from buildsvc.model.release import ImageRef
from buildsvc.model.version import ApplicationSnapshot
from buildsvc.store import tables as t
from buildsvc.store.ledger.codec import load
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.kept import all_kept


@dataclass(frozen=True)
class References:
    """SHA-256 as 64 hex digits: artifacts, tars of mounted content, and manifests of built images."""

    artifacts: frozenset[str]
    contents: frozenset[str]
    manifests: frozenset[str]


def _contents(components: tuple[Component, ...]) -> set[str]:
    mounts = [mount for component in components for mount in component.mounts]
    return {mount.source if mount.kind == "content" else mount.seed for mount in mounts} - {""}


class Named(Database):
    def faults(self) -> tuple[tuple[str, Wording], ...]:
        """Return what SQLite finds wrong with the file (integrity_check, foreign_key_check): places and faults."""
        try:
            with self.read() as connection:
                said = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
                loose = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        except DatabaseError as error:
            return ((self.path.name, Wording("foreign", text=str(error.orig))),)
        found = [(self.path.name, Wording("foreign", text=str(line))) for line in said if line != "ok"]
        found += [(str(row[0]), Wording("damage.loose-row", row=row[1], table=row[2])) for row in loose[:20]]
        return tuple(found)

    def references(self, *, without: Collection[str] = ()) -> References:
        """Return what releases, versions, applications, unended deployments and kept libraries name, in one view of
        all. What was pruned names nothing any more, nor do the releases and versions with the ids in `without`.
        """
        artifacts: set[str] = set()
        contents: set[str] = set()
        manifests: set[str] = set()
        waiting = select(t.deployments.c.artifact).where(
            t.deployments.c.ended.is_(None), t.deployments.c.artifact.is_not(None)
        )
        with self.read() as connection:
            for row in connection.execute(select(t.releases).where(t.releases.c.pruned.is_(None))):
                if row.id in without:
                    continue
                artifacts.add(row.artifact)
                manifests.add(load(ImageRef, row.image).manifest.removeprefix("sha256:"))
                contents |= _contents((load(Component, row.spec),))
            for text in connection.execute(select(t.applications.c.application)).scalars():
                contents |= _contents(load(Application, text).components)
            for row in connection.execute(select(t.versions).where(t.versions.c.pruned.is_(None))):
                if row.id in without:
                    continue
                snapshot = load(ApplicationSnapshot, row.snapshot)
                contents |= _contents(snapshot.application.components)
                artifacts.update(jar.artifact for jar in snapshot.jars)
                manifests.update(manifest.removeprefix("sha256:") for manifest in snapshot.manifests)
            artifacts.update(kept.sha256 for kept in all_kept(connection))
            artifacts.update(artifact for artifact in connection.execute(waiting).scalars() if artifact)
        return References(frozenset(artifacts), frozenset(contents), frozenset(manifests))

    def release_images(self, application: str) -> frozenset[str]:
        """Return the references of all images that an application's components were built into."""
        query = select(t.releases.c.image).where(t.releases.c.application == application)
        with self.read() as connection:
            return frozenset(load(ImageRef, text).reference for text in connection.execute(query).scalars())
