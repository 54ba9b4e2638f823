"""`buildsvc policy`: what Compose files may ask of the server: show it, change it, try a file against it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import click

from buildpacks.errors import Refused
from buildsvc.compose import gather
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.remote.shown_live import UploadProgress
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note
from buildsvc.doors.cli.taught import Family, Taught
from buildsvc.model.api import PolicyView

_application = click.option("--app", "application", metavar="APP")


@click.group(cls=Family)
def policy() -> None:
    """Show and change what Compose files may ask of the server: its folders, ports, devices, and what others have."""


@policy.command(cls=Taught, example="buildsvc policy show > policy.toml")
@json_option
@failures_end_it
def show(*, as_json: bool) -> None:
    """Print the policy, as TOML that `policy set` takes."""
    with open_client() as client:
        _tell(client.policy(), as_json=as_json)


@policy.command("set", cls=Taught, example="buildsvc policy set policy.toml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@failures_end_it
def set_policy(file: Path, *, as_json: bool) -> None:
    """Replace the whole policy by FILE (TOML)."""
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused("bad-policy.toml", file=file, why=error) from error
    with open_client() as client:
        _tell(client.set_policy(document), as_json=as_json)


@policy.command(
    cls=Taught,
    example="buildsvc policy allow binds /srv/shop --app shop\nbuildsvc policy allow ports 80 --app shop",
)
@click.argument("key")
@click.argument("value")
@_application
@json_option
@failures_end_it
def allow(key: str, value: str, *, application: str | None, as_json: bool) -> None:
    """Let Compose files ask for VALUE of KEY."""
    with open_client() as client:
        now = client.change_policy(key, value, application, allow=True)
    if as_json:
        dump(now)
    else:
        note(in_words("said.allowed", key=key, value=value, application=application or ""))


@policy.command(cls=Taught, example="buildsvc policy deny binds /srv/shop --app shop")
@click.argument("key")
@click.argument("value")
@_application
@json_option
@failures_end_it
def deny(key: str, value: str, *, application: str | None, as_json: bool) -> None:
    """Take a rule back: VALUE of KEY is not allowed by it any more."""
    with open_client() as client:
        now = client.change_policy(key, value, application, allow=False)
    if as_json:
        dump(now)
    else:
        note(in_words("said.rule-taken-back", key=key, value=value, application=application or ""))


@policy.command(cls=Taught, example="buildsvc policy check compose.yaml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--env-file",
    "env_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@json_option
@failures_end_it
def check(file: Path, *, env_files: tuple[Path, ...], as_json: bool) -> None:
    """Say what the policy does not allow of the Compose file FILE, and which rule would."""
    with (
        open_client() as client,
        gather(file, env_files) as stream,
        UploadProgress(file.name, quiet=True) as progress,
    ):
        found = client.check_policy(stream, file.name, progress)
    if as_json:
        dump(found)
    for one in found if not as_json else ():
        line(in_words("said.policy-asks", asks=one.says, rule=one.rule or ""))
    if found:
        raise click.exceptions.Exit(2)
    if not as_json:
        note(in_words("said.policy-allows", file=file))


def _tell(found: PolicyView, *, as_json: bool) -> None:
    if as_json:
        dump(found)
        return
    tables = {"site": found.site, **{f"applications.{_key(name)}": one for name, one in found.applications.items()}}
    for name, rules in tables.items():
        line(f"[{name}]")
        for key, values in rules.items():
            line(f"{key} = [{', '.join(json.dumps(value, ensure_ascii=False) for value in values)}]")


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
