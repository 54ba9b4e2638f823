"""The applications that were adopted: facts of the site, under `adopted:APPLICATION`."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from buildsvc.model.adoption import Adoption
from buildsvc.store import tables as t
from buildsvc.store.ledger.codec import dump, load
from buildsvc.store.ledger.database import Database

_PREFIX = "adopted:"


class Adoptions(Database):
    def adoption(self, application: str) -> Adoption | None:
        """Return how an application was adopted, None where it was not."""
        query = select(t.facts.c.value).where(t.facts.c.key == f"{_PREFIX}{application}")
        with self.read() as connection:
            text = connection.execute(query).scalar_one_or_none()
            return None if text is None else load(Adoption, text)

    def adoptions(self) -> dict[str, Adoption]:
        """Return all of them, by application."""
        query = select(t.facts).where(t.facts.c.key.startswith(_PREFIX, autoescape=True))
        with self.read() as connection:
            rows = connection.execute(query).all()
            return {row.key.removeprefix(_PREFIX): load(Adoption, row.value) for row in rows}

    def save_adoption(self, application: str, adoption: Adoption) -> None:
        text = dump(Adoption, adoption)
        statement = insert(t.facts).values(key=f"{_PREFIX}{application}", value=text)
        with self.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": text}))

    def note_taken_over(self, application: str, component: str, deployment: str) -> None:
        """Note the deployment that put a component's gateway in; empty where the adopted container serves again."""
        found = self.adoption(application)
        part = found.component(component) if found is not None else None
        if found is not None and part is not None:
            self.save_adoption(application, found.with_component(replace(part, taken_over=deployment)))


def forget_adoption(connection: Connection, application: str) -> None:
    """Forget how it was adopted."""
    connection.execute(delete(t.facts).where(t.facts.c.key == f"{_PREFIX}{application}"))
