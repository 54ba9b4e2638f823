"""`buildsvc token`: create, list and revoke access tokens."""

from __future__ import annotations

import re
from typing import Literal

import click

from buildpacks.errors import Refused
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note, since
from buildsvc.doors.cli.taught import Family, Taught
from buildsvc.model.access import Role

_TIME = re.compile(r"([0-9]{1,6})([mhd])")
RoleName = Literal["viewer", "developer", "operator", "admin"]


@click.group(cls=Family)
def token() -> None:
    """Create, list and revoke access tokens."""


@token.command(cls=Taught, example="buildsvc token create ci --role developer --app shop --expires 90d")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    default="developer",
    show_default=True,
)
@click.option("--app", "applications", multiple=True, metavar="APP")
@click.option("--expires", metavar="TIME")
@json_option
@failures_end_it
def create(name: str, *, role: RoleName, applications: tuple[str, ...], expires: str | None, as_json: bool) -> None:
    """Create a token called NAME and print it: this is the only time it is shown."""
    with open_client() as client:
        made = client.create_token(name, role, applications or None, None if expires is None else lasting(expires))
    if as_json:
        dump(made)
        return
    note(in_words("said.token-made", name=name, role=role))
    line(made.token)


def lasting(text: str) -> int:
    """Seconds of a time like 90d, 12h or 30m. Raises Refused."""
    found = _TIME.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise Refused("bad-time", text=text)
    return int(found[1]) * {"m": 60, "h": 3600, "d": 86400}[found[2]]


@token.command("list", cls=Taught, example="buildsvc token list")
@json_option
@failures_end_it
def list_tokens(*, as_json: bool) -> None:
    """List the tokens that are valid, without their values."""
    with open_client() as client:
        found = client.tokens()
    if as_json:
        dump(found)
        return
    table(
        ("NAME", "ROLE", "APPLICATIONS", "CREATED", "LAST USED", "EXPIRES"),
        [
            (
                view.name,
                view.role,
                in_words("said.all") if view.applications is None else ", ".join(view.applications),
                since(view.created),
                since(view.last_used),
                in_words("said.never") if view.expires is None else f"{view.expires:%Y-%m-%d %H:%M}",
            )
            for view in found
        ],
    )


@token.command(cls=Taught, example="buildsvc token revoke ci")
@click.argument("name")
@json_option
@failures_end_it
def revoke(name: str, *, as_json: bool) -> None:
    """Make the token called NAME invalid, at once."""
    with open_client() as client:
        client.revoke_token(name)
    if as_json:
        dump({"revoked": name})
    else:
        note(in_words("said.token-revoked", name=name))
