"""The applications that were adopted: facts of the site, under `adopted:APPLICATION`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection, Select, delete, select

from buildpacks.errors import Conflict
from buildsvc.model.adoption import Adoption
from buildsvc.store import tables as t
from buildsvc.store.ledger.codec import dump, load
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.knowledge import put_fact

_PREFIX = "adopted:"


class Adoptions(Database):
    def adoption(self, application: str) -> Adoption | None:
        """Return how an application was adopted, None where it was not."""
        with self.read() as connection:
            text = connection.execute(_of(application)).scalar_one_or_none()
            return None if text is None else load(Adoption, text)

    def adoptions(self) -> dict[str, Adoption]:
        """Return all of them, by application."""
        query = select(t.facts).where(t.facts.c.key.startswith(_PREFIX, autoescape=True))
        with self.read() as connection:
            rows = connection.execute(query).all()
            return {row.key.removeprefix(_PREFIX): load(Adoption, row.value) for row in rows}

    def change_adoption(self, application: str, change: Callable[[Adoption], Adoption]) -> None:
        """Keep what `change` makes of an adoption, with no write of another between; nothing where there is none."""
        with self.write() as connection:
            text = connection.execute(_of(application)).scalar_one_or_none()
            if text is not None:
                _save(connection, application, change(load(Adoption, text)))

    def note_taken_over(self, application: str, component: str, deployment: str) -> None:
        """Note the deployment that put a component's gateway in; empty where the adopted container serves again."""

        def changed(found: Adoption) -> Adoption:
            part = found.component(component)
            return found if part is None else found.with_component(replace(part, taken_over=deployment))

        self.change_adoption(application, changed)


def note_adoption(connection: Connection, application: str, adoption: Adoption) -> None:
    """Write down how it was adopted. Raises Conflict `adopted-by-another` where a container is another application's:
    of two adoptions that began at the same moment the second one finds that here.
    """
    mine = {one for part in adoption.components for one in part.ids}
    there = set(connection.execute(select(t.applications.c.name)).scalars()) - {application}
    every = select(t.facts).where(t.facts.c.key.in_([f"{_PREFIX}{name}" for name in there]))
    for row in connection.execute(every):
        if any(not mine.isdisjoint(part.ids) for part in load(Adoption, row.value).components):
            other = row.key.removeprefix(_PREFIX)
            raise Conflict("adopted-by-another", project=adoption.project, application=other)
    _save(connection, application, adoption)


def forget_adoption(connection: Connection, application: str) -> None:
    """Forget how it was adopted."""
    connection.execute(delete(t.facts).where(t.facts.c.key == f"{_PREFIX}{application}"))


def _of(application: str) -> Select[str]:
    return select(t.facts.c.value).where(t.facts.c.key == f"{_PREFIX}{application}")


def _save(connection: Connection, application: str, adoption: Adoption) -> None:
    put_fact(connection, f"{_PREFIX}{application}", dump(Adoption, adoption))
