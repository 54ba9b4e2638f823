"""The environment and the settings file into settings, and where each value came from.

A bad setting is refused, and never becomes the default in silence. So is a name that begins with BUILDSVC_ and is not
known, rather than warned of: a warning in a service's log is read by nobody, while a limit that was set under a
mistyped name, and does not hold, is found out when it is needed.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from buildpacks.errors import Refused
from buildpacks.sentences.values import foreign, sentence
from buildpacks.sentences.wording import Wording, again
from buildsvc.settings import folders_of_user, laptop
from buildsvc.settings.settings import PREFIX, Settings, variable
from buildsvc.settings.written import default_of

HIDDEN = "•••"
SettingPlace = str | dict[str, Any]
"""A file, or a sentence as a value: nothing is told before somebody asks."""


@dataclass(frozen=True)
class SettingOrigin:
    """A value as it was written, and where: a file, or a sentence that says it."""

    text: Any
    place: SettingPlace


@dataclass(frozen=True)
class Given:
    """What was found, by the settings' names; and by variable and place, what is no setting."""

    found: dict[str, SettingOrigin]
    unknown: tuple[tuple[str, SettingPlace], ...]


@dataclass(frozen=True)
class InForce:
    """A setting in force, for people: its variable, its value as text, and where that comes from."""

    name: str
    value: str
    place: str


def read(environ: Mapping[str, str] | None = None, *, root: bool | None = None) -> Settings:
    """Read the service's settings out of `environ` (the process's own by default) and the settings file. `root` says
    whether to take root's defaults (by default: whether this process is root's).

    Raises Refused `unknown-setting`, `bad-setting` or `bad-settings-file`.
    """
    given = gather(environ, root=root)
    for name, place in given.unknown:
        near = _near(name)
        raise Refused("unknown-setting.placed", name=name, place=place, near=near, far=not near)
    return _settings(given)


def in_force(given: Given) -> list[InForce]:
    """Return every setting with its value and where it comes from; those of a secret are hidden. What is not understood
    is shown as it was written.
    """
    try:
        settings: Settings | None = _settings(given)
    except Refused:
        settings = None
    return [_in_force(field, given.found.get(field), settings) for field in Settings.model_fields]


def _in_force(field: str, origin: SettingOrigin | None, settings: Settings | None) -> InForce:
    told = default_of(field, Settings.model_fields[field])
    if origin is not None:
        return InForce(variable(field), shown(field, str(origin.text)), again(origin.place))
    value = getattr(settings, field, None)
    return InForce(variable(field), str(value) if isinstance(value, Path) else told, Wording("setting-place.default"))


def gather(environ: Mapping[str, str] | None = None, *, root: bool | None = None) -> Given:
    """Return what the environment and the settings file say, unjudged. Raises Refused `bad-settings-file`."""
    environment = os.environ if environ is None else environ
    is_root = folders_of_user.is_root() if root is None else root
    found = _of_this_machine(environment, root=is_root)
    said = environment.get(variable("settings_file"), "").strip()
    file = Path(said or found["settings_file"].text)
    in_file = _file(file, required=bool(said))
    the_environment = sentence("setting-place.environment")
    found |= _texts(in_file, str(file)) | _texts(environment, the_environment)
    known = {variable(field) for field in Settings.model_fields}
    unknown: list[tuple[str, SettingPlace]] = [
        (name, str(file)) for name in in_file if name not in known - {variable("settings_file")}
    ]
    unknown += [
        (name, the_environment)
        for name in environment
        if name.startswith(PREFIX) and name not in known | set(laptop.declared())
    ]
    return Given(found, tuple(sorted(unknown, key=lambda one: one[0])))


def _settings(given: Given) -> Settings:
    try:
        return Settings(**{field: origin.text for field, origin in given.found.items()})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        why = first.get("ctx", {}).get("error")
        raise _fault(field, given, why or foreign(first["msg"])) from error


def _fault(field: str, given: Given, why: object) -> Refused:
    if field in given.found:
        origin = given.found[field]
        text = shown(field, repr(origin.text))
        return Refused("bad-setting.value", name=variable(field), place=origin.place, text=text, why=why)
    both = ("threads", "streams")
    values = [f"{variable(one)}={given.found[one].text}" for one in both if one in given.found]
    return Refused("bad-setting.both", values=values, why=why)


def _of_this_machine(environment: Mapping[str, str], *, root: bool) -> dict[str, SettingOrigin]:
    """Defaults that depend on the machine and the user."""
    own = folders_of_user
    # The folder made in it has mode 0700.
    runtime = environment.get("XDG_RUNTIME_DIR") or "/tmp"  # noqa: S108
    of = {
        "settings_file": own.settings_file(environment, root=root),
        "data": own.service_data(environment, root=root),
        "runtime_root": "/run" if root else runtime,
    }
    found = {field: SettingOrigin(str(text), sentence("setting-place.default")) for field, text in of.items()}
    if environment.get("DOCKER_HOST"):
        found["docker_host"] = SettingOrigin(environment["DOCKER_HOST"], "DOCKER_HOST")
    return found


def _texts(given: Mapping[str, str], place: SettingPlace) -> dict[str, SettingOrigin]:
    """Return the settings that `given` names. A variable set to nothing is how a shell or a Compose file says "not
    set".
    """
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): text.strip() for name, text in given.items() if name.isupper() and text.strip()}
    return {field: SettingOrigin(text, place) for field, text in source().items()}


def _file(file: Path, *, required: bool) -> dict[str, str]:
    try:
        with file.open(encoding="utf-8") as stream:
            lines = dotenv_values(stream=stream, interpolate=False)
    except FileNotFoundError as error:
        if not required:
            return {}
        raise _bad_file(file, "absent") from error
    except (OSError, UnicodeDecodeError) as error:
        why = foreign(error, path=False) if isinstance(error, OSError) else sentence("not-utf8")
        raise _bad_file(file, "unreadable", why) from error
    return {name: text or "" for name, text in lines.items()}


def _bad_file(file: Path, how: str, why: object = "") -> Refused:
    example, variable_of_it = variable("workers"), variable("settings_file")
    return Refused(f"bad-settings-file.{how}", file=file, why=why, example=example, variable=variable_of_it)


def _near(name: str) -> str:
    known = [*(variable(field) for field in Settings.model_fields), *laptop.declared()]
    close = difflib.get_close_matches(name, known, n=1)
    return close[0] if close else ""


def shown(field: str, text: str) -> str:
    """Return the text, or that it is hidden: an address may hold a password, and a token is one."""
    return HIDDEN if field.endswith(("_token", "_url", "_password", "_secret")) else text
