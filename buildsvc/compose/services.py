"""One service of the file into a component."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, get_args

from buildsvc.compose import spec_keys
from buildsvc.compose.builds import image_of, jar_built
from buildsvc.compose.context import Context
from buildsvc.compose.data_keys import read_data, says_data_only
from buildsvc.compose.envfile import read_env_file
from buildsvc.compose.environment import read_environment
from buildsvc.compose.faults import nearest
from buildsvc.compose.host_use import network_mode, published_instead, read_host_use
from buildsvc.compose.java_lines import read_program
from buildsvc.compose.mounts import read_mounts
from buildsvc.compose.naming import linked, read_naming
from buildsvc.compose.ports import read_expose, read_ports
from buildsvc.compose.resources import read_healthcheck, read_limits, read_logging, read_restart, read_ulimits
from buildsvc.compose.spot import Spot
from buildsvc.compose.xbuildsvc import read_jar
from buildsvc.model.application import Component, Dependency, JarSettings, Port
from buildsvc.model.data_commands import DataCommands

Condition = Literal["service_started", "service_healthy", "service_completed_successfully"]
_CONDITIONS: dict[str, Condition] = {condition: condition for condition in get_args(Condition)}
_MOST_REPLICAS = 100
_OURS = ("com.docker.compose.", "io.buildsvc.")


def read_service(service: Spot, name: str, context: Context) -> Component:
    """Read a service: one with `x-buildsvc`, even an empty one, is a jar component, and so is one that is built from a
    folder with a jar; any other needs an image. Beside an image, what says of data alone makes none.
    """
    found = service.known((*spec_keys.SERVICE, *spec_keys.WITHOUT_EFFECT), spec_keys.SERVICE_REFUSED)
    jar, own = _jar(service, found, name, context), found.get("x-buildsvc")
    is_jar = jar is not None
    _check_kind(service, found, name, context, jar=is_jar)
    healthcheck, disabled = read_healthcheck(service.get("healthcheck"))
    policy, retries = read_restart(service)
    networks = _networks(service, context, jar=is_jar)
    command, environment = _argv(service, "command"), read_environment(service, name, context)
    if is_jar:
        command, environment = read_program(service, name, context, environment)
    component = Component(
        name=name,
        image=None if is_jar else image_of(service, name, context),
        jar=jar,
        environment=environment,
        command=command,
        entrypoint=None if is_jar else _argv(service, "entrypoint"),
        ports=_ports(service, name, context, jar=is_jar),
        expose=read_expose(expose, jar=is_jar) if (expose := service.get("expose")) is not None else (),
        mounts=read_mounts(service, context),
        networks=networks,
        depends_on=_dependencies(service, name, context),
        healthcheck=healthcheck,
        healthcheck_disabled=disabled,
        restart=policy or ("unless-stopped" if is_jar else "no"),
        restart_retries=retries,
        limits=read_limits(service),
        logging=read_logging(service.get("logging")),
        labels=_labels(service, context),
        data=read_data(own, jar=is_jar) if own is not None else DataCommands(),
    )
    return _with_process(component, service, context)


def _jar(service: Spot, found: dict[str, Spot], name: str, context: Context) -> JarSettings | None:
    own = found.get("x-buildsvc")
    if own is not None and not says_data_only(own, service):
        return read_jar(own, name)
    built = jar_built(service, name, context)
    return JarSettings(artifact=name) if built is None and name in context.source.told else built


def _with_process(component: Component, service: Spot, context: Context) -> Component:
    """Add what concerns the process itself: who it is, what it may, how it ends."""
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
        naming=read_naming(service, component.name, context, jar=component.is_jar),
        host=read_host_use(service, jar=component.is_jar),
        replicas=_replicas(service, component, context),
        tty=_flag(service, "tty") and not component.is_jar,
        stdin_open=_flag(service, "stdin_open") and not component.is_jar,
    )


def read_labels(spot: Spot) -> tuple[tuple[str, str], ...]:
    """Labels, sorted. The prefixes that Compose and buildsvc use themselves are refused."""
    pairs = _pairs(spot, "labels")
    for key, _ in pairs:
        if key.startswith(_OURS):
            spot.fault("reserved-label.prefix", key=key)
    return pairs


def _check_kind(service: Spot, found: dict[str, Spot], name: str, context: Context, *, jar: bool) -> None:
    for key in spec_keys.WITHOUT_EFFECT:
        if key in found and not found[key].null:
            context.leave_out(key, name)
    policy = service.get("pull_policy")
    if policy is not None and policy.text() not in {"missing", "if_not_present", "never", "build"}:
        context.leave_out("pull_policy", name, "left-out.never-pulled")
    if not jar:
        _check_image(service, found)
        return
    for key in spec_keys.JAR_LEFT_OUT:
        made_by_it = key == "build" and "x-buildsvc" not in found
        if key in found and not found[key].null and not made_by_it:
            context.leave_out(key, name, "left-out.made-of-jar")
    for key, fault in spec_keys.JAR_REFUSED.items():
        spot = found.get(key)
        if spot is None or spot.null or (key == "privileged" and not spot.boolean()):
            continue
        spot.fault(fault)


def _check_image(service: Spot, found: dict[str, Spot]) -> None:
    image = service.get("image")
    if image is not None and image.text() == "":
        image.fault("missing-key.image-empty")
    if image is None and "build" not in found:
        service.fault("missing-key.image")


def _ports(service: Spot, name: str, context: Context, *, jar: bool) -> tuple[Port, ...]:
    spot = service.get("ports")
    count = next(iter(_counts(service)), 1)
    ports = read_ports(spot, jar=jar, replicas=1 if jar else count) if spot is not None else ()
    if jar and network_mode(service) == "host" and not ports:
        return published_instead(service, name, context)
    return ports


def _counted(service: Spot) -> list[Spot]:
    deploy = service.get("deploy")
    return [spot for spot in (deploy and deploy.get("replicas"), service.get("scale")) if spot is not None]


def _counts(service: Spot) -> Iterator[int]:
    return (number for spot in _counted(service) if (number := spot.integer(0, _MOST_REPLICAS)) is not None)


def _replicas(service: Spot, component: Component, context: Context) -> int:
    found, count = _counted(service), next(_counts(service), 1)
    if count > 1 and component.is_jar:
        context.warn("compose.replicas", path=found[0].path, count=count, component=component.name)
        return 1
    if count > 1 and component.naming.container is None and _text(service, "container_name"):
        found[0].fault("replicas.name", count=count)
    on = Counter((port.target, port.protocol, port.host_ip) for port in component.ports if port.published)
    if count > 1 and any(number < count for number in on.values()):
        found[0].fault("replicas.port", count=count)
    return count


def _labels(service: Spot, context: Context) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    spot = service.get("label_file")
    for item in spot.each() if spot is not None else []:
        text = item.text("expected.path")
        path = context.beside(item, text) if text is not None else None
        if path is not None and text is not None:
            found.update(read_env_file(path, text, {}))
    return tuple(sorted({**found, **dict(read_labels(service))}.items()))


def _networks(service: Spot, context: Context, *, jar: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    spot = service.get("networks")
    if not jar and (network_mode(service) or "default") != "default":
        return ()
    found: dict[str, tuple[str, ...]] = {}
    if spot is not None and spot.is_map:
        for key, options in spot.entries().items():
            options.known(spec_keys.SERVICE_NETWORK, spec_keys.SERVICE_NETWORK_REFUSED)
            aliases = options.get("aliases")
            found[key] = aliases.texts("expected.names") if aliases is not None else ()
            for left_out in ("priority", "gw_priority", "mac_address", "link_local_ips"):
                if options.get(left_out) is not None:
                    context.leave_out(left_out, service.path.rpartition(".")[2], of="left-out.network")
    elif spot is not None:
        found = {text: () for item in spot.items("expected.networks") if (text := item.text())}
    if spot is not None:
        for key in [k for k in found if k != "default" and k not in context.networks]:
            spot.fault("unknown-network.named", key=key, near=nearest(key, context.networks))
    found = found or {"default": ()}
    context.used_networks.update(found)
    return tuple(sorted(found.items()))


def _dependencies(service: Spot, name: str, context: Context) -> tuple[Dependency, ...]:
    spot = service.get("depends_on")
    implied = linked(service, name, context)
    if spot is None:
        return implied
    if not spot.is_map:
        pairs = [(item.text("expected.service"), item) for item in spot.items("expected.services-or-mapping")]
        listed = [_dependency(text, item, context) for text, item in pairs if text is not None]
    else:
        listed = [_dependency(key, options, context) for key, options in spot.entries().items()]
    for dependency in listed:
        if dependency is not None and dependency.component == name:
            spot.fault("circle.itself")
    told = {d.component: d for d in (*implied, *listed) if d is not None}
    return tuple(told[key] for key in sorted(told))


def _dependency(name: str, spot: Spot, context: Context) -> Dependency | None:
    condition: Condition = "service_started"
    required = True
    if spot.is_map:
        spot.known(spec_keys.DEPENDENCY)
        wanted, needed, restart = spot.get("condition"), spot.get("required"), spot.get("restart")
        condition = _CONDITIONS.get((wanted and wanted.one_of(*_CONDITIONS)) or "", condition)
        required = needed is None or needed.boolean()
        if restart is not None and restart.boolean():
            context.leave_out("depends_on.restart", spot.path.split(".")[1], "left-out.no-restart")
    if name not in context.services:
        if required:
            spot.fault("unknown-service.named", other=name, near=nearest(name, context.services))
        return None
    return Dependency(name, condition, required)


def _extra_hosts(service: Spot) -> tuple[tuple[str, str], ...]:
    spot = service.get("extra_hosts")
    found: list[tuple[str, str]] = []
    if spot is not None and spot.is_map:
        return _pairs(service, "extra_hosts")
    for item in spot.items("expected.extra-hosts") if spot is not None else []:
        text = item.text("expected.extra-host") or ""
        host, _, address = text.partition("=" if "=" in text else ":")
        if not host or not address:
            item.fault("wrong-value.extra-host", text=text)
        else:
            found.append((host, address))
    return tuple(sorted(found))


def _text(service: Spot, key: str) -> str | None:
    spot = service.get(key)
    return spot.text() if spot is not None else None


def _texts(service: Spot, key: str) -> tuple[str, ...]:
    spot = service.get(key)
    return tuple(item for item in spot.texts("expected.list")) if spot is not None else ()


def _argv(service: Spot, key: str) -> tuple[str, ...] | None:
    spot = service.get(key)
    return spot.argv() if spot is not None else None


def _flag(service: Spot, key: str) -> bool:
    spot = service.get(key)
    return spot is not None and spot.boolean()


def _pairs(service: Spot, key: str) -> tuple[tuple[str, str], ...]:
    spot = service.get(key)
    return tuple(sorted(spot.settled_pairs())) if spot is not None else ()
