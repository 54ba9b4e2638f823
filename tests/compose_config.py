"""What `docker compose config` makes of a file, and what buildsvc understands of it, as values that can be compared."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from buildsvc.compose import Parsed
from buildsvc.model import units
from buildsvc.model.application import Component, Mount, Secret


def config(compose: Path, folder: Path, *files: str) -> dict[str, Any]:
    """The whole configuration, as Compose understands it. Raises CalledProcessError, with what it says."""
    given = [part for file in files for part in ("-f", file)]
    environment = {"PATH": os.environ["PATH"], "HOME": "/home/nobody", "PWD": str(folder)}
    done = subprocess.run(
        [compose, *given, "config", "--format", "json"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    # What it prints is a Compose file again, in which a dollar sign is written twice.
    read: dict[str, Any] = json.loads(done.stdout.replace("$$", "$"))
    return read


def theirs(whole: Mapping[str, Any], folder: Path) -> dict[str, dict[str, Any]]:
    """Each service by name, in plain values."""
    return {name: _their_service(name, found, whole, folder) for name, found in (whole.get("services") or {}).items()}


def ours(parsed: Parsed) -> dict[str, dict[str, Any]]:
    """Each component by name, in the same plain values."""
    return {component.name: _our_component(component, parsed) for component in parsed.application.components}


def differences(whole: Mapping[str, Any], parsed: Parsed, folder: Path) -> list[str]:
    """Where the two understand a file otherwise, a line each."""
    left, right = theirs(whole, folder), ours(parsed)
    found = [] if whole["name"] == parsed.application.name else [f"name: {whole['name']} {parsed.application.name}"]
    found += [f"services: {sorted(left)} {sorted(right)}"] if set(left) != set(right) else []
    for name in sorted(set(left) & set(right)):
        both = left[name], right[name]
        found += [f"{name}.{key}: {both[0][key]!r} is not {both[1][key]!r}" for key in both[0] if differ(*both, key)]
    return found


def differ(left: Mapping[str, Any], right: Mapping[str, Any], key: str) -> bool:
    return bool(left[key] != right[key])


def _their_service(name: str, found: Mapping[str, Any], whole: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    limits = ((found.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    check = found.get("healthcheck")
    return {
        "image": found.get("image") or f"{whole['name']}-{name}",
        "command": found.get("command"),
        "entrypoint": found.get("entrypoint"),
        "environment": {key: value for key, value in (found.get("environment") or {}).items() if value is not None},
        "ports": sorted(
            (one["target"], one.get("published"), one.get("host_ip", ""), one.get("protocol", "tcp"))
            for one in found.get("ports") or []
        ),
        "expose": sorted(port for one in found.get("expose") or [] for port in _span(one.partition("/")[0])),
        "mounts": sorted([*(_their_mount(one, folder) for one in found.get("volumes") or []), *_their_files(found)]),
        "networks": _their_networks(found),
        "depends_on": {
            name: (one["condition"], one.get("required", True)) for name, one in (found.get("depends_on") or {}).items()
        },
        "healthcheck": _their_check(check) if check and not check.get("disable") else None,
        "restart": _their_restart(found),
        "replicas": (found.get("deploy") or {}).get("replicas", found.get("scale", 1)),
        "memory": int(limits.get("memory") or found.get("mem_limit") or 0) or None,
        "cpus": float(limits.get("cpus") or found.get("cpus") or 0) or None,
        "pids": max(int(limits.get("pids") or found.get("pids_limit") or 0), 0) or None,
        "labels": dict(found.get("labels") or {}),
        "links": sorted(_pair(one) for one in found.get("links") or []),
        "external_links": sorted(_pair(one) for one in found.get("external_links") or []),
        "extra_hosts": sorted(tuple(one.split("=", 1)) for one in found.get("extra_hosts") or []),
        "ulimits": {name: _ulimit(one) for name, one in (found.get("ulimits") or {}).items()},
        "sysctls": {key: str(value) for key, value in (found.get("sysctls") or {}).items()},
        "logging": _their_logging(found.get("logging")),
        "stop_grace_period": units.duration(text) if (text := found.get("stop_grace_period")) else None,
        "shm_size": int(found.get("shm_size") or 0) or None,
        "swap": int(found.get("memswap_limit") or 0) or None,
        **{key: found.get(key) for key in _TEXTS},
        **{key: bool(found.get(key)) for key in _FLAGS},
        **{key: sorted(str(one) for one in found.get(key) or []) for key in _LISTS},
    }


def _our_component(component: Component, parsed: Parsed) -> dict[str, Any]:
    naming, limits = component.naming, component.limits
    check = component.healthcheck
    restart = component.restart + (f":{component.restart_retries}" if component.restart_retries else "")
    return {
        "image": component.image,
        "command": list(component.command) if component.command is not None else None,
        "entrypoint": list(component.entrypoint) if component.entrypoint is not None else None,
        "environment": {
            key: parsed.secrets[value.name] if isinstance(value, Secret) else value
            for key, value in component.environment
        },
        "ports": sorted(
            (one.target, str(one.published) if one.published else None, one.host_ip, one.protocol)
            for one in component.ports
        ),
        "expose": sorted(component.expose),
        "mounts": sorted(_our_mount(one) for one in component.mounts),
        "networks": {
            key: (sorted(aliases), dict(naming.addresses).get(key, "")) for key, aliases in component.networks
        },
        "depends_on": {one.component: (one.condition, one.required) for one in component.depends_on},
        "healthcheck": None
        if check is None
        else (_argv(check.test), check.interval, check.timeout, check.retries, check.start_period),
        "restart": restart,
        "replicas": component.replicas,
        "memory": limits.memory,
        "cpus": limits.cpus,
        "pids": limits.pids,
        "labels": dict(component.labels),
        "links": sorted(naming.links),
        "external_links": sorted(naming.external_links),
        "extra_hosts": sorted(component.extra_hosts),
        "ulimits": {name: (soft, hard) for name, soft, hard in component.ulimits},
        "sysctls": dict(component.sysctls),
        "logging": (component.logging.driver, dict(component.logging.options)) if component.logging else None,
        "stop_grace_period": component.stop_grace_period,
        "shm_size": component.shm_size,
        "swap": limits.swap,
        **_our_texts(component),
        **_our_flags(component),
        **_our_lists(component),
    }


def _our_texts(component: Component) -> dict[str, str | None]:
    naming, host = component.naming, component.host
    return {
        "container_name": naming.container,
        "hostname": component.hostname,
        "domainname": naming.domain,
        "user": component.user,
        "working_dir": component.working_dir,
        "stop_signal": component.stop_signal,
        "network_mode": host.network,
        "pid": host.pid,
        "ipc": host.ipc,
        "uts": host.uts,
        "userns_mode": host.userns,
        "cgroup": host.cgroup,
        "cgroup_parent": host.cgroup_parent,
        "runtime": host.runtime,
        "mac_address": naming.mac_address,
        "cpuset": component.limits.cpuset,
    }


def _our_flags(component: Component) -> dict[str, bool]:
    return {
        "init": component.init,
        "read_only": component.read_only,
        "privileged": component.privileged,
        "tty": component.tty,
        "stdin_open": component.stdin_open,
    }


def _our_lists(component: Component) -> dict[str, list[str]]:
    naming, host = component.naming, component.host
    return {
        "cap_add": sorted(component.cap_add),
        "cap_drop": sorted(component.cap_drop),
        "security_opt": sorted(host.security),
        "group_add": sorted(host.groups),
        "dns": sorted(naming.dns),
        "dns_search": sorted(naming.dns_search),
        "dns_opt": sorted(naming.dns_options),
        "device_cgroup_rules": sorted(host.device_rules),
    }


_TEXTS = (
    "container_name", "hostname", "domainname", "user", "working_dir", "stop_signal", "network_mode", "pid", "ipc",
    "uts", "userns_mode", "cgroup", "cgroup_parent", "runtime", "mac_address", "cpuset",
)  # fmt: skip
_FLAGS = ("init", "read_only", "privileged", "tty", "stdin_open")
_LISTS = ("cap_add", "cap_drop", "security_opt", "group_add", "dns", "dns_search", "dns_opt", "device_cgroup_rules")


def _their_mount(one: Mapping[str, Any], folder: Path) -> tuple[str, str, str]:
    source = str(one.get("source", ""))
    if one["type"] == "bind":
        path = Path(source)
        source = f"./{path.relative_to(folder)}" if path.is_relative_to(folder) else source
        source = source.replace("/home/nobody", "~")
    return one["target"], "tmpfs" if one["type"] == "tmpfs" else "mount", _bare(source)


def _their_files(found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """configs, secrets and tmpfs, which are mounts here."""
    files = [one.get("target") or f"/{one['source']}" for one in found.get("configs") or []]
    for one in found.get("secrets") or []:
        target = one.get("target") or one["source"]
        files.append(target if target.startswith("/") else f"/run/secrets/{target}")
    empty = [str(one).partition(":")[0] for one in found.get("tmpfs") or []]
    return [*((target, "mount", "") for target in files), *((target, "tmpfs", "") for target in empty)]


def _bare(source: str) -> str:
    return "" if source.startswith("./") else source


def _our_mount(one: Mount) -> tuple[str, str, str]:
    """The content of a relative mount is known by its digest here, so that only its target is compared."""
    if one.kind == "tmpfs":
        return one.target, "tmpfs", ""
    return one.target, "mount", "" if one.kind == "content" else _bare(one.source)


def _their_networks(found: Mapping[str, Any]) -> dict[str, Any]:
    networks = found.get("networks") or {}
    return {
        key: (sorted((one or {}).get("aliases") or []), (one or {}).get("ipv4_address", ""))
        for key, one in networks.items()
    }


def _their_check(check: Mapping[str, Any]) -> Any:
    test = check["test"]
    if test == ["NONE"]:
        return None
    argv = tuple(test[1:]) if test[0] == "CMD" else ("sh", "-c", test[1])
    times = [units.duration(check[key]) if check.get(key) else default for key, default in _TIMES]
    return argv, times[0], times[1], check.get("retries") or 3, times[2]


_TIMES = (("interval", 30.0), ("timeout", 30.0), ("start_period", 0.0))


def _their_restart(found: Mapping[str, Any]) -> str:
    """What it is started with: `deploy.restart_policy` where `restart` says nothing."""
    policy = (found.get("deploy") or {}).get("restart_policy")
    if "restart" in found or policy is None:
        return str(found.get("restart", "no"))
    name = {"none": "no", "any": "always"}.get(policy.get("condition", "any"), policy.get("condition"))
    attempts = policy.get("max_attempts")
    return f"{name}:{attempts}" if attempts and name == "on-failure" else str(name)


def _their_logging(found: Mapping[str, Any] | None) -> Any:
    return (found.get("driver") or "json-file", dict(found.get("options") or {})) if found else None


def _argv(test: Iterable[str]) -> tuple[str, ...]:
    return tuple(test)


def _span(text: str) -> range:
    low, _, high = text.partition("-")
    return range(int(low), int(high or low) + 1)


def _ulimit(one: Any) -> tuple[int, int]:
    return (one["soft"], one["hard"]) if isinstance(one, dict) else (one, one)


def _pair(text: str) -> tuple[str, str]:
    name, _, alias = text.partition(":")
    return name, alias or name
