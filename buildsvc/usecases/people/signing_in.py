"""Is it really him? A name with a password, and a one-time code where he has one."""

from __future__ import annotations

from dataclasses import dataclass

from buildpacks.errors import Denied
from buildsvc.model.person import Person
from buildsvc.usecases.people import second_factor
from buildsvc.usecases.people.passwords import Passwords
from buildsvc.usecases.site import Site


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


def prove(site: Site, passwords: Passwords, given: Credentials) -> Person:
    """Find out who it is. Raises WrongSignIn, CodeNeeded."""
    person = site.ledger.known_person(given.name)
    digest = None if person is None else site.ledger.password_of(person.id).now
    # Looked at for a name that nobody has too: the time tells no names.
    if not passwords.fits(digest, given.password) or person is None or digest is None:
        raise WrongSignIn("wrong-sign-in")
    if passwords.is_old(digest):
        site.ledger.rehashed(person.id, passwords.digest(given.password))
    if person.second_factor:
        if not given.code:
            raise CodeNeeded("code-needed")
        if not second_factor.takes(site, person, given.code):
            raise WrongSignIn("wrong-sign-in")
    site.ledger.note_sign_in(person.id)
    return person
