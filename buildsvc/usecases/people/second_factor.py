"""One-time codes by time (TOTP, RFC 6238, by pyotp): a second thing that a person has, beside what he knows."""

from __future__ import annotations

import hmac

import pyotp

from buildpacks.errors import Conflict, Refused
from buildsvc.model.person import BY_PROVIDER, Person
from buildsvc.usecases.site import Site

STEP = 30
"""Seconds of one code."""
NEIGHBOURS = 1
"""Codes before and after the one of now that are taken too: a telephone's clock is never quite ours."""


def begin(site: Site, person: Person) -> tuple[str, str]:
    """Make a secret for somebody, and the address that an authenticator reads as a picture; it counts once `confirm`
    saw a code of it. Raises Conflict where he has one, Refused `codes-elsewhere`.
    """
    if person.proven_by == BY_PROVIDER:
        raise Refused("codes-elsewhere", name=person.name)
    if person.second_factor:
        raise Conflict("second-factor-held", name=person.name)
    secret = pyotp.random_base32()
    site.secrets.put("", _name(person), secret)
    made = pyotp.TOTP(secret, interval=STEP)
    return secret, made.provisioning_uri(name=person.name, issuer_name=f"buildsvc {site.settings.site_name}")


def confirm(site: Site, person: Person, code: str) -> None:
    """Take the secret into use. Raises Refused `wrong-code`, Conflict where there is none to confirm."""
    if person.second_factor or _name(person) not in site.secrets.names(""):
        raise Conflict("no-second-factor-begun", name=person.name)
    step = _step(site, person, code)
    if step is None:
        raise Refused("wrong-code")
    site.ledger.set_second_factor(person.id, held=True, step=step)


def forget(site: Site, person: Person) -> None:
    """Take it away: the password alone opens from now on, or a new one has to be begun."""
    site.ledger.set_second_factor(person.id, held=False)
    site.secrets.remove("", _name(person))


def takes(site: Site, person: Person, code: str) -> bool:
    """Whether it is one of his codes, and the first time that it is used."""
    step = _step(site, person, code)
    return step is not None and site.ledger.take_code(person.id, step)


def _step(site: Site, person: Person, code: str) -> int | None:
    made = pyotp.TOTP(site.secrets.get("", _name(person)), interval=STEP)
    now = int(site.clock.now().timestamp()) // STEP
    given = "".join(code.split()).encode("utf-8", "replace")
    for step in range(now - NEIGHBOURS, now + NEIGHBOURS + 1):
        if hmac.compare_digest(made.generate_otp(step).encode(), given):
            return step
    return None


def _name(person: Person) -> str:
    return f"second-factor-{person.id}"
