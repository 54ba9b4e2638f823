"""Is it really him? A name with a password, here or at the site's directory, and a one-time code where he has one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from buildpacks.errors import Denied
from buildsvc.model.person import Person, ProvenBy
from buildsvc.usecases.people import second_factor
from buildsvc.usecases.people.passwords import Passwords
from buildsvc.usecases.site import Site

Directory = Callable[[str, str], str | None]
"""From a name and a password to what the directory calls him for ever; None where they do not fit."""


class WrongSignIn(Denied):
    """Not him, whichever part was wrong."""

    http_status = 401


class CodeNeeded(Denied):
    """The password is right, and a one-time code has to come with it."""

    http_status = 401


@dataclass(frozen=True)
class Credentials:
    """What somebody says of himself."""

    name: str
    password: str
    code: str = ""


def prove(site: Site, passwords: Passwords, directory: Directory | None, given: Credentials) -> Person:
    """Find out who it is. Raises WrongSignIn, CodeNeeded; Unreachable where the directory is away."""
    person = site.ledger.known_person(given.name)
    if person is None or not _proven(site, passwords, directory, person, given):
        raise WrongSignIn("wrong-sign-in")
    if person.second_factor:
        if not given.code:
            raise CodeNeeded("code-needed")
        if not second_factor.takes(site, person, given.code):
            raise WrongSignIn("wrong-sign-in")
    site.ledger.note_sign_in(person.id)
    return person


def _proven(site: Site, passwords: Passwords, directory: Directory | None, person: Person, given: Credentials) -> bool:
    if person.proven_by is ProvenBy.LDAP and directory is not None:
        subject = directory(person.name, given.password)
        if subject is not None and person.subject is None:
            site.ledger.bind_person(person.id, subject)
        return subject is not None and person.subject in {None, subject}
    digest = site.ledger.password_of(person.id).now
    right = passwords.fits(digest, given.password)
    if right and digest is not None and passwords.is_old(digest):
        site.ledger.rehashed(person.id, passwords.digest(given.password))
    return right
