"""Persons are added, given roles, and taken away; what somebody must do before anything else; powers that are apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from buildpacks.errors import Refused
from buildsvc.model.access import AUDITOR, EVERYWHERE, Caller, Grants, Role, TokenInfo
from buildsvc.model.person import BY_PASSWORD, BY_PROVIDER, Person, checked_name
from buildsvc.usecases.people import second_factor
from buildsvc.usecases.people.passwords import REMEMBERED, Passwords, check_password, initial_password
from buildsvc.usecases.site import Site

NOTHING = "none"
"""Given as a role, it takes back what was given."""
MUST_CHANGE, MUST_HOLD = "password", "second-factor"


def add(site: Site, passwords: Passwords, name: str, *, grants: Grants, actor: str) -> tuple[Person, str]:
    """Add a person; the second value is his first password. Raises Refused, Conflict."""
    _check_powers(site, grants, name)
    plain = initial_password(site.settings)
    digest = passwords.digest(plain)
    return site.ledger.add_person(checked_name(name), grants, password=digest, actor=actor), plain


def grant(site: Site, name: str, role: str, application: str | None) -> Person:
    """Give a role in an application, or in all of them; `none` takes it back, `auditor` is one of the whole site.
    Raises NotFound, Refused `powers-apart`.
    """
    person = site.ledger.person_named(name)
    changed = _with(person.grants, role, application)
    _check_powers(site, changed, person.name)
    site.ledger.set_grants(person.id, changed)
    return replace(person, grants=changed)


def remove(site: Site, name: str) -> Person:
    """Take a person away, with his sessions and tokens. Raises NotFound."""
    person = site.ledger.remove_person(name)
    second_factor.forget(site, person)
    return person


def reset_password(site: Site, passwords: Passwords, name: str) -> str:
    """Give somebody a new first password and end his sessions. Raises NotFound, Refused `proven-elsewhere`."""
    person = site.ledger.person_named(name)
    if person.proven_by != BY_PASSWORD:
        raise Refused(f"proven-elsewhere.{person.proven_by}", name=person.name)
    plain = initial_password(site.settings)
    kept = site.ledger.password_of(person.id)
    former = (*((kept.now,) if kept.now else ()), *kept.former)[:REMEMBERED]
    site.ledger.set_password(person.id, passwords.digest(plain), temporary=True, former=former)
    return plain


def change_password(site: Site, passwords: Passwords, person: Person, old: str, new: str, *, session: str = "") -> None:
    """Take a new password that somebody chose himself; his other sessions than `session` end. Raises Refused
    `wrong-password`, `weak-password`, `former-password`, `proven-elsewhere`.
    """
    if person.proven_by != BY_PASSWORD:
        raise Refused(f"proven-elsewhere.{person.proven_by}", name=person.name)
    kept = site.ledger.password_of(person.id)
    if not passwords.fits(kept.now, old):
        raise Refused("wrong-password")
    check_password(site.settings, new, person.name)
    used = (*((kept.now,) if kept.now else ()), *kept.former)[:REMEMBERED]
    if passwords.any_fits(used, new):
        raise Refused("former-password", remembered=REMEMBERED)
    site.ledger.set_password(person.id, passwords.digest(new), temporary=False, former=used, keep=session)


def expires(site: Site, person: Person) -> datetime | None:
    """When his password has to be changed; None where it stays good."""
    days = site.settings.password_days
    if days is None or person.password_set is None:
        return None
    return person.password_set + timedelta(days=days)


def must(site: Site, person: Person) -> tuple[str, ...]:
    """Say what he has to do before anything else may be done in his sessions."""
    over = expires(site, person)
    found = []
    if person.temporary or (over is not None and over <= site.clock.now()):
        found.append(MUST_CHANGE)
    if site.settings.second_factor and not person.second_factor and person.proven_by != BY_PROVIDER:
        found.append(MUST_HOLD)
    return tuple(found)


def caller_of(site: Site, token: TokenInfo) -> Caller | None:
    """Who asks with this token; None where its person is gone. A person's own one may what he may, and no more than it
    says.
    """
    if token.person is None:
        return Caller(token.name, token.grants, token=token.name, id=token.id)
    person = site.ledger.person(token.person)
    if person is None:
        return None
    grants = person.grants.at_most(token.role, token.applications)
    return Caller(person.name, grants, person.id, token.name, id=person.id)


def _with(grants: Grants, role: str, application: str | None) -> Grants:
    if role == AUDITOR:
        return replace(grants, auditor=True)
    if application is None or application == EVERYWHERE:
        if role == NOTHING:
            return replace(grants, everywhere=None, auditor=False)
        return replace(grants, everywhere=Role(role))
    others = {name: held for name, held in grants.applications.items() if name != application}
    return replace(grants, applications=others if role == NOTHING else {**others, application: Role(role)})


def _check_powers(site: Site, grants: Grants, name: str) -> None:
    """Who keeps the record must not be who makes it, where the site says so."""
    admin = grants.highest is Role.ADMIN
    if site.settings.separate_powers and admin and grants.auditor:
        raise Refused("powers-apart", name=name)
