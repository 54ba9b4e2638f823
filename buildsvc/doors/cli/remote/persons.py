"""`buildsvc person`: who signs in here, and with which roles; one's own password and one-time codes."""

from __future__ import annotations

import click

from buildpacks.sentences.values import sentence
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note, since
from buildsvc.doors.cli.taught import Family, Taught
from buildsvc.model.access import AUDITOR, EVERYWHERE, Role
from buildsvc.model.people_views import FirstPassword, PersonView

_ROLES = [str(role) for role in Role]
_MINUTE = 60


@click.group(cls=Family)
def person() -> None:
    """Add persons, give them roles, unlock them, remove them; change your own password."""


@person.command(
    cls=Taught,
    example="buildsvc person add ann --role developer --app shop\nbuildsvc person add audit --auditor",
)
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES))
@click.option("--app", "applications", multiple=True, metavar="APP")
@click.option("--auditor", is_flag=True)
@json_option
@failures_end_it
def add(name: str, *, role: str | None, applications: tuple[str, ...], auditor: bool, as_json: bool) -> None:
    """Add a person called NAME and print the first password: this is the only time it is shown."""
    roles = dict.fromkeys(applications or (EVERYWHERE,), role) if role else {}
    with open_client() as client:
        made = client.add_person(name, {app: held for app, held in roles.items() if held}, auditor=auditor)
    _tell_password(made, as_json=as_json)


@person.command("list", cls=Taught, example="buildsvc person list")
@json_option
@failures_end_it
def list_persons(*, as_json: bool) -> None:
    """List the persons with their roles."""
    with open_client() as client:
        found = client.persons()
    if as_json:
        dump(found)
        return
    rows = [(one.name, _may(one), one.proven_by, since(one.last_used), _state(one)) for one in found]
    table(("NAME", "MAY", "PROVEN BY", "SIGNED IN", "STATE"), rows)


@person.command(
    cls=Taught,
    example="buildsvc person role ann operator --app shop\nbuildsvc person role ann none",
)
@click.argument("name")
@click.argument("role", metavar="ROLE", type=click.Choice([*_ROLES, AUDITOR, "none"]))
@click.option("--app", "application", metavar="APP")
@json_option
@failures_end_it
def role(name: str, role: str, *, application: str | None, as_json: bool) -> None:
    """Give NAME the ROLE (viewer, developer, operator, admin or auditor); none takes it back."""
    with open_client() as client:
        now = client.give_role(name, role, application)
    if as_json:
        dump(now)
    else:
        note(in_words("said.may", name=now.name, may=_may(now)))


@person.command(cls=Taught, example="buildsvc person password\nbuildsvc person password ann")
@click.argument("name", required=False)
@json_option
@failures_end_it
def password(name: str | None, *, as_json: bool) -> None:
    """Change your own password; with NAME, give that person a new first one, and print it this once."""
    with open_client() as client:
        if name is not None:
            _tell_password(client.reset_password(name), as_json=as_json)
            return
        old = click.prompt(in_words("said.present-password"), hide_input=True, err=True)
        new = click.prompt(in_words("said.new-password"), hide_input=True, confirmation_prompt=True, err=True)
        client.change_password(old, new)
    if as_json:
        dump({"changed": True})
    else:
        note(in_words("said.password-changed"))


@person.command(cls=Taught, example="buildsvc person unlock ann")
@click.argument("name")
@json_option
@failures_end_it
def unlock(name: str, *, as_json: bool) -> None:
    """Let NAME sign in again, whom too many wrong passwords locked."""
    with open_client() as client:
        now = client.unlock_person(name)
    if as_json:
        dump(now)
    else:
        note(in_words("said.may-sign-in", name=now.name))


@person.command(cls=Taught, example="buildsvc person codes\nbuildsvc person codes ann --forget")
@click.argument("name", required=False)
@click.option("--forget", is_flag=True)
@json_option
@failures_end_it
def codes(name: str | None, *, forget: bool, as_json: bool) -> None:
    """Begin to sign in with one-time codes (TOTP) beside your password; or take them away from NAME."""
    if forget != (name is not None):
        raise click.UsageError(in_words("said.name-and-forget"))
    with open_client() as client:
        if name is not None:
            client.forget_codes(name)
            dump({"forgotten": name}) if as_json else note(in_words("said.without-codes", name=name))
            return
        begun = client.begin_codes()
        note(in_words("said.give-authenticator"))
        line(f"{begun.secret}\n{begun.address}")
        client.confirm_codes(click.prompt(in_words("said.code-now"), err=True))
    dump({"confirmed": True}) if as_json else note(in_words("said.codes-from-now"))


@person.command(cls=Taught, example="buildsvc person remove ann")
@click.argument("name")
@json_option
@failures_end_it
def remove(name: str, *, as_json: bool) -> None:
    """Remove NAME, with sessions and tokens, at once."""
    with open_client() as client:
        client.remove_person(name)
    if as_json:
        dump({"removed": name})
    else:
        note(in_words("said.person-removed", name=name))


def _tell_password(made: FirstPassword, *, as_json: bool) -> None:
    if as_json:
        dump(made)
    else:
        note(in_words("said.first-password", name=made.person.name))
        line(made.password)


def _may(one: PersonView) -> str:
    told = [
        held if where == EVERYWHERE else sentence("said.role-in", role=held, application=where)
        for where, held in one.roles.items()
    ]
    return in_words("said.roles", roles=[*told, *([AUDITOR] if one.auditor else [])])


def _state(one: PersonView) -> str:
    if one.locked:
        return in_words("said.locked", minutes=f"{one.locked / _MINUTE:.0f}")
    return in_words("said.must", what=one.must) if one.must else "-"
