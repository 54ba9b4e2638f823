"""One service of the file into a component."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

from buildsvc.compose import spec_keys
from buildsvc.compose.context import Context
from buildsvc.compose.environment import read_environment
from buildsvc.compose.faults import nearest
from buildsvc.compose.mounts import read_mounts
from buildsvc.compose.ports import read_expose, read_ports
from buildsvc.compose.resources import read_healthcheck, read_limits, read_logging, read_restart, read_ulimits
from buildsvc.compose.spot import Spot
from buildsvc.compose.xbuildsvc import read_jar
from buildsvc.model.application import Component, Dependency

Condition = Literal["service_started", "service_healthy", "service_completed_successfully"]
_CONDITIONS: dict[str, Condition] = {condition: condition for condition in get_args(Condition)}
_OURS = ("com.docker.compose.", "io.buildsvc.")


def read_service(service: Spot, name: str, context: Context) -> Component:
    """A service with `x-buildsvc`, even an empty one, is a jar component; any other needs an image."""
    found = service.known(spec_keys.SERVICE, spec_keys.SERVICE_REFUSED)
    jar = read_jar(found["x-buildsvc"], name) if "x-buildsvc" in found else None
    _check_kind(service, found, jar=jar is not None)
    healthcheck, disabled = read_healthcheck(service.get("healthcheck"))
    policy, retries = read_restart(service.get("restart"))
    ports, expose = service.get("ports"), service.get("expose")
    component = Component(
        name=name,
        image=None if jar is not None else _text(service, "image"),
        jar=jar,
        environment=read_environment(service, name, context),
        command=_argv(service, "command"),
        entrypoint=None if jar is not None else _argv(service, "entrypoint"),
        ports=read_ports(ports, jar=jar is not None) if ports is not None else (),
        expose=read_expose(expose, jar=jar is not None) if expose is not None else (),
        mounts=read_mounts(service, context),
        networks=_networks(service, context),
        depends_on=_dependencies(service, name, context),
        healthcheck=healthcheck,
        healthcheck_disabled=disabled,
        restart=policy or ("unless-stopped" if jar is not None else "no"),
        restart_retries=retries,
        limits=read_limits(service),
        logging=read_logging(service.get("logging")),
        labels=read_labels(service),
    )
    return _with_process(component, service)


def _with_process(component: Component, service: Spot) -> Component:
    """What concerns the process itself: who it is, what it may, how it ends."""
    stop, shm = service.get("stop_grace_period"), service.get("shm_size")
    return replace(
        component,
        user=_text(service, "user"),
        working_dir=_text(service, "working_dir"),
        hostname=_text(service, "hostname"),
        extra_hosts=_extra_hosts(service),
        ulimits=read_ulimits(service.get("ulimits")),
        sysctls=_pairs(service, "sysctls"),
        cap_add=_texts(service, "cap_add"),
        cap_drop=_texts(service, "cap_drop"),
        privileged=_flag(service, "privileged"),
        read_only=_flag(service, "read_only"),
        init=_flag(service, "init"),
        shm_size=shm.size() if shm is not None else None,
        stop_signal=_text(service, "stop_signal"),
        stop_grace_period=stop.duration() if stop is not None else None,
    )


def read_labels(spot: Spot) -> tuple[tuple[str, str], ...]:
    """Labels, sorted. The prefixes that Compose and buildsvc use themselves are refused."""
    pairs = _pairs(spot, "labels")
    for key, _ in pairs:
        if key.startswith(_OURS):
            spot.fault("reserved-label", f"has the label {key}, whose prefix is reserved.", "Rename or remove it.")
    return pairs


def _check_kind(service: Spot, found: dict[str, Spot], *, jar: bool) -> None:
    if not jar:
        if service.get("image") is None and "build" not in found:
            service.fault(
                "missing-key", "has no image.", "Name one with image:, or make it a jar component with x-buildsvc: {}."
            )
        return
    for key, hint in spec_keys.JAR_REFUSED.items():
        spot = found.get(key)
        if spot is None or spot.null or (key == "privileged" and not spot.boolean()) or key == "build":
            continue
        spot.fault("not-for-jars", "has no place in a jar component.", hint)


def _networks(service: Spot, context: Context) -> tuple[tuple[str, tuple[str, ...]], ...]:
    spot = service.get("networks")
    found: dict[str, tuple[str, ...]] = {}
    if spot is not None and spot.is_map:
        for key, options in spot.entries().items():
            options.known(spec_keys.SERVICE_NETWORK, spec_keys.SERVICE_NETWORK_REFUSED)
            aliases = options.get("aliases")
            found[key] = aliases.texts("a list of names") if aliases is not None else ()
    elif spot is not None:
        found = {text: () for item in spot.items("a list of networks, or a mapping") if (text := item.text())}
    if spot is not None:
        for key in [k for k in found if k != "default" and k not in context.networks]:
            hint = nearest(key, context.networks)
            spot.fault("unknown-network", f"names {key}, which is not declared under networks:.", hint)
    found = found or {"default": ()}
    context.used_networks.update(found)
    return tuple(sorted(found.items()))


def _dependencies(service: Spot, name: str, context: Context) -> tuple[Dependency, ...]:
    spot = service.get("depends_on")
    if spot is None:
        return ()
    if not spot.is_map:
        pairs = [(item.text("a service's name"), item) for item in spot.items("a list of services, or a mapping")]
        listed = [_dependency(text, item, context) for text, item in pairs if text is not None]
    else:
        listed = [_dependency(key, options, context) for key, options in spot.entries().items()]
    for dependency in listed:
        if dependency is not None and dependency.component == name:
            spot.fault("circle", "names the service itself.", "Remove it.")
    return tuple(sorted((d for d in listed if d is not None), key=lambda d: d.component))


def _dependency(name: str, spot: Spot, context: Context) -> Dependency | None:
    condition: Condition = "service_started"
    required = True
    if spot.is_map:
        spot.known(spec_keys.DEPENDENCY)
        wanted, needed, restart = spot.get("condition"), spot.get("required"), spot.get("restart")
        condition = _CONDITIONS.get((wanted and wanted.one_of(*_CONDITIONS)) or "", condition)
        required = needed is None or needed.boolean()
        if restart is not None and restart.boolean():
            restart.fault("unsupported-key", "is not supported: a swap restarts no other component.", "Remove it.")
    if name not in context.services:
        if required:
            spot.fault("unknown-service", f"names {name}, which is not a service.", nearest(name, context.services))
        return None
    return Dependency(name, condition, required)


def _extra_hosts(service: Spot) -> tuple[tuple[str, str], ...]:
    spot = service.get("extra_hosts")
    found: list[tuple[str, str]] = []
    if spot is not None and spot.is_map:
        return _pairs(service, "extra_hosts")
    for item in spot.items('a list of "name:address"') if spot is not None else []:
        text = item.text('"name:address"') or ""
        host, _, address = text.partition("=" if "=" in text else ":")
        if not host or not address:
            item.fault("wrong-value", f"is '{text}', which is not name:address.")
        else:
            found.append((host, address))
    return tuple(sorted(found))


def _text(service: Spot, key: str) -> str | None:
    spot = service.get(key)
    return spot.text() if spot is not None else None


def _texts(service: Spot, key: str) -> tuple[str, ...]:
    spot = service.get(key)
    return tuple(item for item in spot.texts("a list")) if spot is not None else ()


def _argv(service: Spot, key: str) -> tuple[str, ...] | None:
    spot = service.get(key)
    return spot.argv() if spot is not None else None


def _flag(service: Spot, key: str) -> bool:
    spot = service.get(key)
    return spot is not None and spot.boolean()


def _pairs(service: Spot, key: str) -> tuple[tuple[str, str], ...]:
    spot = service.get(key)
    return tuple(sorted(spot.settled_pairs())) if spot is not None else ()
