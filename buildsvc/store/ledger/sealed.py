"""Everything in the ledger that is sealed with the site's key, in one place: for a new key."""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import select, update

from buildsvc.store import tables as t
from buildsvc.store.ledger.database import Database

PROPOSALS = "proposal:"
"""Facts that hold what waits to be applied, sealed, as JSON text."""


class Sealed(Database):
    def reseal(self, anew: Callable[[bytes], bytes]) -> int:
        """Seal every value anew in one transaction: `anew` is given what is there, and gives what is to be. Returns how
        many changed. Raises what `anew` raises; nothing is changed then.
        """
        changed = 0
        with self.write() as connection:
            for row in connection.execute(select(t.secrets.c.application, t.secrets.c.name, t.secrets.c.sealed)).all():
                sealed = anew(row.sealed)
                if sealed != row.sealed:
                    here = (t.secrets.c.application == row.application, t.secrets.c.name == row.name)
                    connection.execute(update(t.secrets).where(*here).values(sealed=sealed))
                    changed += 1
            waiting = t.facts.c.key.startswith(PROPOSALS, autoescape=True)
            for fact in connection.execute(select(t.facts.c.key, t.facts.c.value).where(waiting)).all():
                before = json.loads(fact.value).encode()
                sealed = anew(before)
                if sealed != before:
                    value = json.dumps(sealed.decode())
                    connection.execute(update(t.facts).where(t.facts.c.key == fact.key).values(value=value))
                    changed += 1
        return changed
