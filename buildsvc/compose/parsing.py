"""The whole way from a Compose file to an application: read, interpolate, read every part, check them together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from buildsvc.compose import spec_keys
from buildsvc.compose.context import Context
from buildsvc.compose.envfile import read_env_file
from buildsvc.compose.faults import Faults
from buildsvc.compose.mounts import taken_over
from buildsvc.compose.one_tree import joined
from buildsvc.compose.places import places_of
from buildsvc.compose.services import read_service
from buildsvc.compose.single_files import check_files
from buildsvc.compose.source import Parsed, Source
from buildsvc.compose.spot import Spot
from buildsvc.compose.top import read_name, read_networks, read_volumes
from buildsvc.model.application import Application, Component

_SERVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def variables_of(source: Source) -> dict[str, str]:
    """`.env` beside the file, then the variables of `--env-file`, which win. `PWD` is the folder of the file, from
    which relative paths are counted: `${PWD}/data` is `./data`.
    """
    path = source.folder / ".env"
    values = read_env_file(path, ".env", {}) if path.is_file() else {}
    return {"PWD": ".", **values, **source.env}


def load(source: Source, variables: Mapping[str, str], faults: Faults) -> tuple[Spot, tuple[Path, ...]]:
    """Return the interpolated top level of all files together, without services of profiles that are not asked for; and
    the files that it was read from.
    """
    node, files = joined(source, variables, faults)
    return Spot(node, "", node.line, faults), tuple(files.values())


def chosen(services: Mapping[str, Spot], variables: Mapping[str, str]) -> dict[str, Spot]:
    """Return the services that run: those without profiles, and those of one that COMPOSE_PROFILES names (`*`: all)."""
    wanted = {name.strip() for name in variables.get("COMPOSE_PROFILES", "").split(",")}
    found: dict[str, Spot] = {}
    for name, service in services.items():
        spot = service.get("profiles")
        profiles = set(spot.texts("expected.profiles")) if spot is not None else set()
        if not profiles or "*" in wanted or profiles & wanted:
            found[name] = service
    return found


def parse(
    source: Source,
    *,
    tmp: Path,
    project: str | None = None,
    faults: Faults | None = None,
    judge: Callable[[Parsed, Faults], None] | None = None,
) -> Parsed:
    """Return the application that a Compose file describes; content tars are written into the folder `tmp`.

    Raises Refused with all faults of the file together: one a line, with line number, path and what to do. Its code is
    the one that all of them share (`unknown-key`, `wrong-type`, `unset-variable`, …), otherwise `bad-compose`. They are
    put into `faults`, where that is given. `judge` adds to them what it finds in an application that has faults, of
    which it sees what could be read.
    """
    faults = faults or Faults(source.shown)
    context = Context(source, variables_of(source), faults, tmp)
    top, _ = load(source, context.variables, faults)
    top.known(spec_keys.TOP, spec_keys.TOP_REFUSED)
    context.name = name = read_name(
        top, project or context.variables.get("COMPOSE_PROJECT_NAME"), source.directory_name
    )
    context.networks, context.volumes = _part(top, "networks"), _part(top, "volumes")
    context.configs, context.secret_files = _part(top, "configs"), _part(top, "secrets")
    check_files(context.configs, spec_keys.CONFIG)
    check_files(context.secret_files, spec_keys.SECRET)
    every = _part(top, "services")
    services = chosen(every, context.variables)
    if resting := sorted(set(every) - set(services)):
        context.warn("compose.profiles", services=resting)
    if not services:
        _fault_none(top, every)
    context.services = frozenset(services)
    read = [read_service(services[key], key, context) for key in sorted(services)]
    mounts = {component.name: component.mounts for component in read}
    components = tuple(replace(one, mounts=taken_over(services, mounts, one.name)) for one in read)
    networks, volumes = read_networks(context, name), read_volumes(context, name)
    _check_together(components, services, context)
    application = Application(name, components, networks, volumes)
    parsed = Parsed(application, context.secrets, context.contents, context.told(), places_of(top))
    if judge is not None and faults.found:
        judge(parsed, faults)
    faults.refuse()
    return parsed


def _fault_none(top: Spot, every: Mapping[str, Spot]) -> None:
    found = (spot.get("profiles") for spot in every.values())
    profiles = {name for spot in found if spot is not None for name in spot.texts("expected.profiles")}
    if profiles:
        top.fault("missing-key.profiles", profiles=sorted(profiles))
    else:
        top.fault("missing-key.services")


def _part(top: Spot, key: str) -> dict[str, Spot]:
    spot = top.get(key)
    found = spot.entries() if spot is not None else {}
    found = {name: child for name, child in found.items() if not name.startswith("x-")}
    for name, child in found.items():
        if not _SERVICE_NAME.fullmatch(name):
            child.fault("bad-name.key")
    return found


def _check_together(components: tuple[Component, ...], spots: Mapping[str, Spot], context: Context) -> None:
    by_name = {component.name: component for component in components}
    awaited: set[str] = set()
    for component in components:
        for dependency in component.depends_on:
            if dependency.condition == "service_completed_successfully":
                awaited.add(dependency.component)
                if by_name[dependency.component].is_jar:
                    spots[component.name].fault("wrong-value.never-ends", component=dependency.component)
    resting = [one.name for one in components if _stays_down(one, spots[one.name]) and one.name not in awaited]
    if resting:
        context.warn(
            "compose.no-restart" if len(resting) == 1 else "compose.no-restart-many",
            services=[f"services.{one}" for one in resting],
        )
    _check_circles(by_name, spots)


def _stays_down(component: Component, spot: Spot) -> bool:
    told = spot.get("restart") is not None or ((deploy := spot.get("deploy")) and deploy.get("restart_policy"))
    return not component.is_jar and not told


def _check_circles(by_name: Mapping[str, Component], spots: Mapping[str, Spot]) -> None:
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            circle = " -> ".join((*way[way.index(name) :], name))
            spots[name].fault("circle.waits", circle=circle)
        elif name not in done:
            for dependency in by_name[name].depends_on:
                if dependency.component != name:
                    visit(dependency.component, (*way, name))
            done.add(name)

    for name in by_name:
        visit(name, ())
