"""Tokens of one's own: a person makes them for his command line, they end by themselves, and with him."""

from __future__ import annotations

from datetime import timedelta

from buildsvc.model.access import Role, TokenInfo
from buildsvc.model.person import Person
from buildsvc.store.ledger.near import not_found
from buildsvc.usecases.site import Site


def make(
    site: Site,
    person: Person,
    name: str,
    *,
    length: timedelta,
    role: Role = Role.ADMIN,
    applications: tuple[str, ...] | None = None,
) -> tuple[str, TokenInfo]:
    """Make a token of his, and show it this once; it ends after `length`. Raises Conflict `token-exists`."""
    whole = f"{person.name}/{name}"
    ends = site.clock.now() + length
    return site.ledger.create_token(whole, role, applications, actor=person.name, expires=ends, person=person.id)


def of(site: Site, person: str) -> tuple[TokenInfo, ...]:
    """List the tokens of the person with this id, by name."""
    return tuple(one for one in site.ledger.tokens() if one.person == person)


def revoke(site: Site, person: Person, name: str) -> None:
    """Make one of his invalid at once. Raises NotFound `no-such-token`."""
    mine = {one.name.partition("/")[2]: one.id for one in of(site, person.id)}
    if name not in mine:
        raise not_found("token", name, mine)
    site.ledger.revoke_token(mine[name])
