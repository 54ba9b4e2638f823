"""The site policy: what a Compose file may ask of this host. What is not named is denied; the admin names it.

Pure: it compares. What a path or a name really stands for is found out by who judges (`usecases/policing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import Any

from buildpacks.errors import Refused
from buildsvc.model import maintenance

HARMLESS_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
        "SETPCAP", "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip
"""What Docker gives by default, less NET_RAW and MKNOD: these are no question of the policy."""
HARMLESS_LOG_DRIVERS = frozenset({"json-file", "local", "none"})
APPROVAL = "approval"
ANY_PORT = (32768, 60999)
"""Where the kernel chooses a port from, when the file names none."""
_HIGHEST_PORT = 65535
_PORTS = re.compile(r"(?:(?P<address>[0-9.]+|\[[0-9a-fA-F:.]+\]):)?(?P<low>[0-9]{1,5})(?:-(?P<high>[0-9]{1,5}))?")
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to


@dataclass(frozen=True)
class Rules:
    """What is allowed, key by key. `required` is the other way round: what has to be."""

    binds: tuple[str, ...] = ()
    """Folders of the server, with all below them; `:ro` behind one allows reading only."""
    capabilities: tuple[str, ...] = ()
    privileged: tuple[str, ...] = ()
    """Components by name."""
    namespaces: tuple[str, ...] = ()
    """Those of the host: network, pid, ipc, uts, userns, cgroup."""
    devices: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    """`8000-8999`, or `127.0.0.1:8080` for one address of the server only."""
    networks: tuple[str, ...] = ()
    """By their names in the engine: external ones, and names that the application does not get by itself."""
    volumes: tuple[str, ...] = ()
    """Likewise."""
    volume_options: tuple[str, ...] = ()
    """A volume's driver and driver_opts, as `driver=…,device=…,o=…,type=…`."""
    images: tuple[str, ...] = ()
    """Images that another application was built into, and those named by a bare id."""
    projects: tuple[str, ...] = ()
    """Compose projects by name that operators may adopt; an admin may adopt each."""
    log_drivers: tuple[str, ...] = ()
    security: tuple[str, ...] = ()
    """Further options: security_opt, runtime, cgroup_parent, group_add and the like, as `key=value`."""
    windows: tuple[str, ...] = ()
    """Maintenance windows, outside of which changes wait; at any time where there is none."""
    required: tuple[str, ...] = ()
    """`memory`: a component without a memory limit is refused. `approval`: a push waits until somebody else lets it."""


KEYS = tuple(one.name for one in fields(Rules))
_CHOICES = {"required": ("memory", APPROVAL), "namespaces": ("network", "pid", "ipc", "uts", "userns", "cgroup")}


@dataclass(frozen=True)
class SitePolicy:
    """`site` holds for every application; `applications` adds to it for the one that it names."""

    site: Rules = field(default_factory=lambda: Rules(ports=("1024-65535",)))
    applications: Mapping[str, Rules] = field(default_factory=dict)

    def rules(self, application: str) -> Rules:
        """Return all that holds for one application."""
        own = self.applications.get(application, Rules())
        return Rules(**{key: (*getattr(self.site, key), *getattr(own, key)) for key in KEYS})

    def with_rule(self, key: str, value: str, application: str | None = None) -> SitePolicy:
        """Add a rule, for one application or for all. Raises Refused `bad-policy`."""
        checked(key, value)
        return self._changed(key, application, lambda old: old if value in old else (*old, value))

    def without_rule(self, key: str, value: str, application: str | None = None) -> SitePolicy:
        """Take a rule back. Raises Refused `bad-policy` where there is none like it."""
        checked(key, value)
        old = getattr(self.site if application is None else self.applications.get(application, Rules()), key)
        if value not in old:
            raise Refused("bad-policy.absent", key=key, value=value, known=list(old))
        return self._changed(key, application, lambda old: tuple(one for one in old if one != value))

    def _changed(self, key: str, application: str | None, change: Any) -> SitePolicy:
        if application is None:
            return replace(self, site=replace(self.site, **{key: change(getattr(self.site, key))}))
        own = self.applications.get(application, Rules())
        changed = replace(own, **{key: change(getattr(own, key))})
        return replace(self, applications={**self.applications, application: changed})


def read(document: Mapping[str, Any]) -> SitePolicy:
    """Read a policy out of TOML or JSON: tables `site` and `applications.NAME`. Raises Refused `bad-policy`."""
    _known(document, ("site", "applications"), "")
    applications = _table(document.get("applications", {}), "applications")
    return SitePolicy(
        _rules(document.get("site", {}), "site"),
        {name: _rules(one, f"applications.{name}") for name, one in applications.items()},
    )


def document(policy: SitePolicy) -> dict[str, Any]:
    """Return the policy as `read` takes it; what is empty is left out."""
    return {
        "site": _document(policy.site),
        "applications": {name: told for name, one in sorted(policy.applications.items()) if (told := _document(one))},
    }


def checked(key: str, value: str) -> str:
    """One value of a key, where it can be one. Raises Refused `bad-policy`."""
    _known({key: value}, KEYS, "")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise Refused("bad-policy.choice", key=key, value=value, known=list(_CHOICES[key]))
    if key in {"binds", "devices"}:
        path = value.removesuffix(":ro") if key == "binds" else value
        if not path.startswith("/") or ".." in PurePosixPath(path).parts:
            raise Refused("bad-policy.path", key=key, value=value)
    if key == "ports":
        _range(value)
    if key == "windows":
        maintenance.window(value)
    if not value or not value.isprintable():
        raise Refused("bad-policy.empty", key=key)
    return value


def capability(name: str) -> str:
    """Return a capability by its usual name: `cap_net_admin` is NET_ADMIN."""
    return name.upper().removeprefix("CAP_")


def allows_bind(rules: Rules, path: PurePosixPath, roots: Mapping[str, PurePosixPath], *, read_only: bool) -> bool:
    """Whether a folder or file of the server may be mounted; `roots` gives each rule's path without links."""
    return any(path.is_relative_to(roots[rule]) and (read_only or not rule.endswith(":ro")) for rule in rules.binds)


def allows_port(rules: Rules, address: str, published: int | None) -> bool:
    """Whether a port of the server may be published; None is one that the engine chooses."""
    low, high = ANY_PORT if published is None else (published, published)
    for rule in rules.ports:
        only, first, last = _range(rule)
        here = only is None or (address not in _EVERYWHERE and _same(only, address))
        if here and first <= low and high <= last:
            return True
    return False


def _same(rule: str, address: str) -> bool:
    try:
        return ip_address(rule) == ip_address(address.strip("[]"))
    except ValueError:
        return False


def _range(rule: str) -> tuple[str | None, int, int]:
    found = _PORTS.fullmatch(rule)
    low = int(found["low"]) if found else 0
    high = int(found["high"] or low) if found else 0
    if found is None or not 1 <= low <= high <= _HIGHEST_PORT:
        raise Refused("bad-policy.port", value=rule)
    return (found["address"] or "").strip("[]") or None, low, high


def _rules(told: Any, where: str) -> Rules:
    table = _table(told, where)
    _known(table, KEYS, f"{where}.")
    for key, values in table.items():
        if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
            raise Refused("bad-policy.type", where=f"{where}.{key}")
    return Rules(**{key: tuple(checked(key, value) for value in values) for key, values in table.items()})


def _table(told: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(told, Mapping):
        raise Refused("bad-policy.table", where=where)
    return told


def _known(told: Iterable[str], known: Iterable[str], where: str) -> None:
    names = list(known)
    for key in told:
        if key not in names:
            near = get_close_matches(key, names, n=1)
            raise Refused("bad-policy.key", key=f"{where}{key}", known=near or names)


def _document(rules: Rules) -> dict[str, list[str]]:
    return {key: list(getattr(rules, key)) for key in KEYS if getattr(rules, key)}
