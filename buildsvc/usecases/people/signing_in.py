"""Is it really him? A name with a password, here or at the site's directory, and a one-time code where he has one; or
what the site's identity provider proves.
"""

from __future__ import annotations

from dataclasses import dataclass

from buildpacks.errors import Denied
from buildsvc.live.directories import Directory
from buildsvc.live.proofs import Proof
from buildsvc.model.access import Grants
from buildsvc.model.person import BY_DIRECTORY, BY_PROVIDER, Person, checked_name
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


def prove(site: Site, passwords: Passwords, directory: Directory | None, given: Credentials) -> Person:
    """Find out who it is; whoever the directory knows and this site does not becomes a person without any role. Raises
    WrongSignIn, CodeNeeded; Unreachable where the directory is away.
    """
    person = site.ledger.known_person(given.name)
    if directory is not None and (person is None or person.proven_by == BY_DIRECTORY):
        person = _by_directory(site, directory, person, given)
    else:
        _by_password(site, passwords, person, given)
    if person is None:
        raise WrongSignIn("wrong-sign-in")
    if person.second_factor:
        if not given.code:
            raise CodeNeeded("code-needed")
        if not second_factor.takes(site, person, given.code):
            raise WrongSignIn("wrong-sign-in")
    site.ledger.note_sign_in(person.id)
    return person


def admit(site: Site, proof: Proof) -> Person:
    """Give whom the identity provider has proven; whoever was never here becomes a person without any role, by his name
    of now. Raises Conflict `person-exists` where somebody else has it: the provider does not say that it is him;
    Refused `bad-person-name`.
    """
    person = site.ledger.person_proven(BY_PROVIDER, proof.subject)
    if person is None:
        name = checked_name(proof.name)
        person = site.ledger.add_person(name, Grants(), subject=proof.subject, by=BY_PROVIDER, actor="provider")
    site.ledger.note_sign_in(person.id)
    return person


def _by_password(site: Site, passwords: Passwords, person: Person | None, given: Credentials) -> None:
    digest = None if person is None else site.ledger.password_of(person.id).now
    # Looked at for a name that nobody has too: the time tells no names.
    if not passwords.fits(digest, given.password) or person is None or digest is None:
        raise WrongSignIn("wrong-sign-in")
    if passwords.is_old(digest):
        site.ledger.rehashed(person.id, passwords.digest(given.password))


def _by_directory(site: Site, directory: Directory, person: Person | None, given: Credentials) -> Person | None:
    subject = directory.subject(given.name, given.password)
    if subject is None:
        return None
    if person is None:
        return site.ledger.add_person(checked_name(given.name), Grants(), subject=subject, actor="directory")
    # Another one who got the name there is not him.
    return person if person.subject == subject else None
