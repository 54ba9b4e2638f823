"""From a request to who asks: by a token, or by the session of a browser; and how sessions begin and end."""

from __future__ import annotations

import hmac
import logging
import math
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar

from flask import g, request, session

from buildpacks.errors import Denied
from buildsvc.doors.http.throttle import ADDRESS, NAME, Throttle
from buildsvc.live.directories import Directory
from buildsvc.live.proofs import NotProven
from buildsvc.model.access import BrowserSession, Caller, TokenInfo
from buildsvc.model.person import Person, name_key
from buildsvc.usecases.people import auditing, persons
from buildsvc.usecases.people.passwords import Passwords
from buildsvc.usecases.people.signing_in import Credentials, WrongSignIn, prove
from buildsvc.usecases.site import Site

Proven = TypeVar("Proven")
_log = logging.getLogger(__name__)
CSRF_HEADER: Final = "X-CSRF-Token"
FROM_ADDRESS: Final = "too-many-attempts"
FOR_NAME: Final = "too-many-attempts.name"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Unauthenticated(Denied):
    """No token, or one that is not known."""

    http_status = 401


class Throttled(Denied):
    """Too many wrong attempts, from one address or for one name; `retry_after` in whole seconds."""

    http_status = 429

    def __init__(self, seconds: float, key: str = FROM_ADDRESS) -> None:
        self.retry_after = math.ceil(seconds)
        super().__init__(key, seconds=self.retry_after)


def identify(site: Site, throttle: Throttle) -> Caller:
    """Who asks. Raises Unauthenticated, Throttled, Denied `no-csrf`."""
    authorization = request.authorization
    if authorization is not None and authorization.type == "bearer" and authorization.token:
        return by_token(site, throttle, authorization.token, "token")[1]
    secret = session.get("id")
    begun = site.ledger.session(secret, timedelta(seconds=site.settings.session_idle)) if secret else None
    found = _of_session(site, begun) if begun is not None else None
    if begun is None or found is None:
        raise Unauthenticated("no-token")
    g.session = begun
    if request.method not in SAFE_METHODS and not hmac.compare_digest(
        request.headers.get(CSRF_HEADER, "").encode(), begun.csrf.encode()
    ):
        raise Denied("no-csrf", header=CSRF_HEADER)
    g.by_session = True
    return found


def _of_session(site: Site, begun: BrowserSession) -> Caller | None:
    if begun.person is None:
        token = site.ledger.token_of(begun.token)
        return None if token is None else persons.caller_of(site, token)
    person = site.ledger.person(begun.person)
    return None if person is None else _caller(site, person)


def _caller(site: Site, person: Person) -> Caller:
    return Caller(person.name, person.grants, person.id, must=persons.must(site, person), id=person.id)


def by_token(site: Site, throttle: Throttle, plain: str, by: str) -> tuple[TokenInfo, Caller]:
    """Whose token it is. A right one is never refused because of others behind the same address: with its 256 random
    bits there is nothing to be gained by guessing. Raises Unauthenticated, Throttled.
    """
    found = site.ledger.token(plain)
    who = None if found is None else persons.caller_of(site, found)
    if found is not None and who is not None:
        return found, who
    _refused(site, throttle, by, throttle.failed(ADDRESS, _address()))
    if wait := throttle.wait(ADDRESS, _address()):
        raise Throttled(wait)
    raise Unauthenticated("wrong-token")


def proven(
    site: Site, throttle: Throttle, passwords: Passwords, directory: Directory | None, given: Credentials
) -> Person:
    """Who signs in by a name and a password. Whoever guesses waits, by name and by address, before the password is even
    looked at; a name is locked in the end, for sign-ins only. Raises WrongSignIn, CodeNeeded, Throttled,
    Unreachable.
    """
    name = name_key(given.name)
    for kind, key, said in ((NAME, name, FOR_NAME), (ADDRESS, _address(), FROM_ADDRESS)):
        if wait := throttle.wait(kind, key):
            raise Throttled(wait, said)
    try:
        person = prove(site, passwords, directory, given)
    except WrongSignIn:
        failures = throttle.failed(ADDRESS, _address())
        lock = (site.settings.lock_after, site.settings.lock_for)
        _refused(site, throttle, "sign-in", failures, name=name, of_name=throttle.failed(NAME, name, lock))
        raise
    throttle.forgive(NAME, name)
    return person


def proven_elsewhere(throttle: Throttle, site: Site, prove: Callable[[], Proven]) -> Proven:
    """Give what an identity provider proves. Whoever comes with what it does not believe waits, by address. Raises
    NotProven, Throttled, Unreachable.
    """
    if wait := throttle.wait(ADDRESS, _address()):
        raise Throttled(wait)
    try:
        return prove()
    except NotProven:
        _refused(site, throttle, "sign-in", throttle.failed(ADDRESS, _address()))
        raise


def begin_session(site: Site, who: TokenInfo | Person) -> Caller:
    """Begin a browser's session of whoever has proven who he is."""
    secret, length = secrets.token_urlsafe(32), timedelta(seconds=site.settings.session_length)
    person = who.id if isinstance(who, Person) else None
    begun = site.ledger.begin_session(
        secret, "" if person else who.id, secrets.token_urlsafe(24), _address(), length, person=person
    )
    session.clear()
    session.permanent = True
    session["id"] = secret
    found = _of_session(site, begun)
    if found is None:
        raise Unauthenticated("no-token")
    g.caller, g.session, g.by_session = found, begun, True
    return found


def end_session(site: Site) -> None:
    """End the session that asks; whatever kept its cookie is nobody from now on."""
    found = g.get("session")
    if isinstance(found, BrowserSession):
        site.ledger.end_session(found.id)
    session.clear()


def _refused(site: Site, throttle: Throttle, by: str, failures: int, *, name: str = "", of_name: int = 0) -> None:
    if not (failures or of_name) or not throttle.may_tell():
        return
    where = ascii(request.path[:200])[1:-1]
    _log.warning("a refused %s from %s, failure %d", by, _address(), max(failures, of_name))
    told = {"failures": failures, **({"name": name[:200], "of-name": of_name} if name else {})}
    auditing.note(site, "", f"{by}.refused", where, told, address=_address())


def _address() -> str:
    return request.remote_addr or ""
