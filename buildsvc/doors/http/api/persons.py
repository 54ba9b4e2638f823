"""Persons: added, given roles, unlocked and taken away by an admin; an auditor sees them."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, parts, the_site
from buildsvc.doors.http.api.person_shapes import (
    FirstPasswordAnswer,
    OfPerson,
    PersonAnswer,
    PersonBody,
    PersonsAnswer,
    RoleBody,
)
from buildsvc.doors.http.throttle import NAME
from buildsvc.model.access import EVERYWHERE, Grants, Role
from buildsvc.model.people_views import FirstPassword, PersonView
from buildsvc.model.person import Person, name_key
from buildsvc.usecases.people import persons, second_factor


def routes() -> APIBlueprint:
    """Make the routes of persons."""
    api = blueprint("persons", "Who signs in here, and with which roles")
    one = "/persons/<person>"
    api.get("/persons", summary="All persons", responses={200: PersonsAnswer})(every)
    api.post(
        "/persons", summary="Add a person; the first password is shown this once", responses={201: FirstPasswordAnswer}
    )(add)
    api.delete(one, summary="Remove a person, with sessions and tokens", responses={204: None})(remove)
    api.post(f"{one}/role", summary="Give a role, or take it back", responses={200: PersonAnswer})(give)
    api.post(
        f"{one}/password",
        summary="A new first password, shown this once; open sessions end",
        responses={200: FirstPasswordAnswer},
    )(new_password)
    api.post(f"{one}/unlock", summary="Let a locked name sign in again", responses={200: PersonAnswer})(unlock)
    api.delete(f"{one}/second-factor", summary="Take away the one-time codes", responses={204: None})(forget_codes)
    return api


@auth.needs(Role.ADMIN, auditor=True)
def every() -> Response:
    auth.reach_all()
    return answer(PersonsAnswer(tuple(_view(one) for one in the_site().ledger.persons())))


@auth.needs(Role.ADMIN, "person.add")
def add(body: PersonBody) -> Response:
    auth.reach_all()
    auth.aim(body.name[:200])
    roles = {name: Role(role) for name, role in body.roles.items()}
    grants = Grants(roles.pop(EVERYWHERE, None), roles, body.auditor)
    person, plain = persons.add(the_site(), parts().passwords, body.name, grants=grants, actor=auth.caller().name)
    return answer(FirstPassword(password=plain, person=_view(person)), 201)


@auth.needs(Role.ADMIN, "person.remove")
def remove(path: OfPerson) -> Response:
    auth.reach_all()
    auth.aim(path.person)
    persons.remove(the_site(), path.person)
    return Response(status=204)


@auth.needs(Role.ADMIN, "person.role")
def give(path: OfPerson, body: RoleBody) -> Response:
    auth.reach_all()
    auth.aim(path.person, body.role, body.application)
    return answer(_view(persons.grant(the_site(), path.person, body.role, body.application)))


@auth.needs(Role.ADMIN, "person.password")
def new_password(path: OfPerson) -> Response:
    auth.reach_all()
    auth.aim(path.person)
    site = the_site()
    plain = persons.reset_password(site, parts().passwords, path.person)
    return answer(FirstPassword(password=plain, person=_view(site.ledger.person_named(path.person))))


@auth.needs(Role.ADMIN, "person.unlock")
def unlock(path: OfPerson) -> Response:
    auth.reach_all()
    auth.aim(path.person)
    person = the_site().ledger.person_named(path.person)
    parts().throttle.forgive(NAME, name_key(person.name))
    return answer(_view(person))


@auth.needs(Role.ADMIN, "person.second-factor")
def forget_codes(path: OfPerson) -> Response:
    auth.reach_all()
    auth.aim(path.person)
    site = the_site()
    second_factor.forget(site, site.ledger.person_named(path.person))
    return Response(status=204)


def _view(person: Person) -> PersonView:
    site = the_site()
    return PersonView(
        name=person.name,
        proven_by=person.proven_by,
        roles=person.grants.listed(),
        auditor=person.grants.auditor,
        created=person.created,
        actor=person.actor,
        last_used=person.used,
        second_factor=person.second_factor,
        must=persons.must(site, person),
        password_expires=persons.expires(site, person),
        locked=parts().throttle.wait(NAME, name_key(person.name)),
    )
