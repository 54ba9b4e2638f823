"""What is wanted of components: rows of those that stand still, under `stopped:APPLICATION/COMPONENT`."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from buildsvc.model.desired import Stopped
from buildsvc.store import tables as t
from buildsvc.store.ledger.codec import dump, load
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.knowledge import put_fact

_PREFIX = "stopped:"


class Desired(Database):
    def want_stopped(self, stopped: Stopped) -> None:
        """From now on it is to stand still; one that says so of the whole application says it of every component."""
        text = dump(Stopped, stopped)
        with self.write() as connection:
            if not stopped.component:
                forget_desired(connection, stopped.application)
            put_fact(connection, _key(stopped.application, stopped.component), text)

    def want_running(self, application: str, component: str) -> None:
        """From now on it is to run; the whole application where `component` is empty. Where the whole was to stand
        still, its other components are to run as well.
        """
        with self.write() as connection:
            if component:
                keys = (_key(application, component), _key(application, ""))
                connection.execute(delete(t.facts).where(t.facts.c.key.in_(keys)))
            else:
                forget_desired(connection, application)

    def stopped(self, application: str) -> tuple[Stopped, ...]:
        """Return the rows of an application, those whose maintenance is over as well."""
        query = select(t.facts.c.value).where(t.facts.c.key.startswith(f"{_PREFIX}{application}/", autoescape=True))
        with self.read() as connection:
            return tuple(load(Stopped, text) for text in connection.execute(query).scalars())


def forget_desired(connection: Connection, application: str) -> None:
    """Nothing is said any more of an application and its components."""
    mine = t.facts.c.key.startswith(f"{_PREFIX}{application}/", autoescape=True)
    connection.execute(delete(t.facts).where(mine))


def _key(application: str, component: str) -> str:
    return f"{_PREFIX}{application}/{component}"
