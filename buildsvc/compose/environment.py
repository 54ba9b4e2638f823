"""`environment` and `env_file`: values, and which of them are secrets that are kept apart."""

from __future__ import annotations

from buildpacks.errors import Refused
from buildsvc.compose import spec_keys
from buildsvc.compose.context import Context
from buildsvc.compose.envfile import read_env_file, read_raw_file
from buildsvc.compose.spot import Spot
from buildsvc.model.application import Secret, Value
from buildsvc.model.secrecy import holds_secret, is_flag, looks_secret


def read_environment(service: Spot, name: str, context: Context) -> tuple[tuple[str, Value], ...]:
    """Read the whole environment of a service, sorted by key; `environment` wins over `env_file`. All values of an
    env_file are secrets, and so are those of `environment` whose key looks so and that say more than yes or no:
    `<service>/<KEY>`, their values into the context.
    """
    plain: dict[str, str] = {}
    secret: dict[str, str] = {}
    env_file = service.get("env_file")
    if env_file is not None:
        secret.update(_read_files(env_file, context))
    environment = service.get("environment")
    ours = service.get("x-buildsvc")
    told = ours.get("secrets") if ours is not None else None
    named = frozenset(told.texts("expected.variables") if told is not None else ())
    for key, value, spot in environment.pairs() if environment is not None else []:
        if not key or "\0" in key + (value or ""):
            spot.fault("wrong-value.variable-name", key=key)
            continue
        given = context.variables.get(key) if value is None else value
        if given is None:
            context.warn("compose.value-unset", component=name, key=key)
            plain.pop(key, None)
            secret.pop(key, None)
            continue
        plain.pop(key, None)
        secret.pop(key, None)
        hidden = key in named or (looks_secret(key) and not is_flag(key, given)) or holds_secret(given)
        (secret if hidden else plain)[key] = given
    values: dict[str, Value] = dict(plain)
    for key, value in secret.items():
        reference = Secret(f"{name}/{key}")
        context.secrets[reference.name] = value
        values[key] = reference
    return tuple(sorted(values.items()))


def _read_files(spot: Spot, context: Context) -> dict[str, str]:
    values: dict[str, str] = {}
    for item in spot.each():
        target, required, read = item, True, read_env_file
        if item.is_map:
            entries = item.known(spec_keys.ENV_FILE)
            required = entries["required"].boolean() if "required" in entries else True
            path_spot = item.get("path")
            if path_spot is None:
                item.fault("missing-key.path")
                continue
            target = path_spot
            told = item.get("format")
            if told is not None and told.one_of("raw") is not None:
                read = read_raw_file
        text = target.text("expected.path")
        if text is None or (not required and not (context.source.folder / text).exists()):
            continue
        path = context.beside(target, text)
        if path is None:
            continue
        try:
            values.update(read(path, text, context.variables))
        except Refused as error:
            target.fault(f"{error.code}.unreadable", why=error)
    return values
