"""Names of machines that an application uses and none of its components has: in environments, and in the jars' own
configuration. Pure.

Only names without a dot count: any other may be one of the network's own names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from buildsvc.model.application import Application, Component
from buildsvc.model.configuration import canonical, filled

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(r"(?:([a-z][a-z0-9+.-]*):|:@)//(?:[^/@\s]*@)?([^/?#;\s]+)", re.IGNORECASE)
_WITH_PORT = re.compile(rf"{_NAME}:\d{{2,5}}(?:\s*,\s*{_NAME}:\d{{2,5}})*")
_ALONE = re.compile(_NAME)
_HOST_KEY = re.compile(r"(?:^|[._-])(?:host|hosts|hostname|addr|addrs|address|addresses)$", re.IGNORECASE)
_NO_MACHINE = frozenset({"lb", "file", "unix", "classpath", "vm", "mem"})
"""Schemes behind which something else stands than a machine's name; `lb` is a service's, in a registry."""
_OWN = frozenset({"localhost", "true", "false", "none", "null", "any", "all", "auto", "host", "default"})
_OPTIONS = ("JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")
_SEPARATORS = re.compile(r"[^A-Z0-9]")
_MOST_FILLED = 8


@dataclass(frozen=True)
class ForeignName:
    """A name that nobody has, the component that uses it, and in which variables and properties."""

    name: str
    component: str
    places: tuple[str, ...]


def foreign_names(
    application: Application,
    environments: Mapping[str, Mapping[str, str]],
    configured: Mapping[str, Mapping[str, str]],
    known: Iterable[str] = (),
) -> tuple[ForeignName, ...]:
    """Find them for each component whose complete, plain environment is given; `configured` holds the properties that
    its jar sets, `${…}` among them. `known` are further names that belong to somebody.
    """
    names = {name.lower() for one in application.components for name in _names(application.name, one)}
    names |= {name.lower() for name in known}
    external = {network.key for network in application.networks if network.external}
    found: list[ForeignName] = []
    for component in application.components:
        if component.name not in environments or _sees_more(component, external):
            continue
        own = names | {name.lower() for name in _of_itself(component)}
        places: dict[str, list[str]] = {}
        told = _told(component, environments[component.name])
        for place, value in _values(told, configured.get(component.name, {})):
            for name in _machines(place, value):
                if name.lower() not in own and place not in places.setdefault(name, []):
                    places[name].append(place)
        found += [ForeignName(name, component.name, tuple(ones)) for name, ones in places.items() if ones]
    return tuple(found)


def _names(application: str, component: Component) -> Iterator[str]:
    yield component.name
    yield from (f"{application}{sign}{component.name}{sign}1" for sign in "-_")
    if component.naming.container:
        yield component.naming.container
    for _, aliases in component.networks:
        yield from aliases
    if component.jar is not None:
        yield component.jar.artifact


def _of_itself(component: Component) -> Iterator[str]:
    """Give the names that reach this component alone."""
    yield from (alias for _, alias in (*component.naming.links, *component.naming.external_links))
    yield from (name for name, _ in component.extra_hosts)
    if component.hostname:
        yield component.hostname


def _sees_more(component: Component, external: set[str]) -> bool:
    """Whether it may know names that stand in no file: the host's, or those of another network or domain."""
    elsewhere = any(key in external for key, _ in component.networks)
    return elsewhere or component.host.network is not None or bool(component.naming.dns_search)


def _told(component: Component, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment, with what the program's arguments and java's options (`-Dkey=value`) set."""
    found = {key: value for key, value in environment.items() if key not in _OPTIONS}
    options = [one for key in _OPTIONS for one in environment.get(key, "").split() if one.startswith("-D")]
    for one in (*options, *(one for one in component.command or () if one.startswith("--"))):
        key, _, value = one.partition("=")
        found[key] = value.strip("'\"")
    return found


def _bare(key: str) -> str:
    return _SEPARATORS.sub("", key.removeprefix("-D").upper())


def _values(environment: Mapping[str, str], configured: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from environment.items()
    told = {_bare(key) for key in environment}
    for key, value in configured.items():
        if _bare(key) in told:
            continue
        resolved = _resolved(value, environment, configured)
        if resolved is not None:
            yield key, resolved


def _resolved(value: str, environment: Mapping[str, str], configured: Mapping[str, str]) -> str | None:
    """Fill in `${NAME:default}` as Spring would; None where something is known only when the program runs."""

    def told(name: str) -> str | None:
        relaxed = re.sub(r"[.-]", "_", name).upper()
        return environment.get(name, environment.get(relaxed, configured.get(canonical(name))))

    return filled(value, told, _MOST_FILLED)


def _machines(place: str, value: str) -> Iterator[str]:
    text = value.strip()
    addressed = list(_ADDRESS.finditer(text))
    hosts: list[str] = []
    for one in addressed:
        if (one[1] or "").lower() not in _NO_MACHINE:
            hosts += one[2].split(",")
    if not addressed and (_WITH_PORT.fullmatch(text) or _HOST_KEY.search(place)):
        hosts = text.split(",")
    for host in hosts:
        name, _, port = host.strip().rpartition("@")[2].partition(":")
        is_name = _ALONE.fullmatch(name) and re.search("[A-Za-z]", name) and name.lower() not in _OWN
        if is_name and (not port or port.isdigit()):
            yield name
