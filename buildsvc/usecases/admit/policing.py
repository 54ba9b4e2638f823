"""Judge what an application asks of this host by the site policy, before anything of it changes.

What is judged is what a name stands for: paths without their links, images by whose they are. The engine's sockets and
the data directory are given to nobody, whatever the policy says.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from buildpacks.errors import Denied
from buildpacks.sentences.values import sentence
from buildsvc.compose import Parsed, kept_folder
from buildsvc.compose.faults import Faults
from buildsvc.compose.places import NOWHERE, Place, Places
from buildsvc.model import policy
from buildsvc.model.adoption import Adoption
from buildsvc.model.application import Application, Component, Mount, Network, Volume
from buildsvc.model.policy import Rules, SitePolicy
from buildsvc.usecases.admit.guarded import Guard
from buildsvc.usecases.admit.host_uses import needed, published_twice, subnet_needed
from buildsvc.usecases.admit.placed import place_of
from buildsvc.usecases.site import Site

FACT = "policy"
OWN_IMAGES = "buildsvc/"
_OWN_BASES = "buildsvc/base:"
_HOST_NETWORK = "host"
_BARE_ID = re.compile(r"(?:sha256:)?[0-9a-f]{6,64}|[0-9a-f]+")
_BIND = frozenset({"bind", "rbind"})
_PLAIN_FLAGS = _BIND | {"", "ro", "rw", "noexec", "nosuid", "nodev", "noatime"}
_ELSEWHERE = frozenset({"nfs", "nfs4", "cifs"})
"""Types of file systems whose paths are another machine's."""


@dataclass(frozen=True)
class Denial:
    """One thing that the policy does not allow. `key` and `value` are the rule that would; `key` is empty where none
    does. `variant` says it in words, about `thing`.
    """

    application: str
    thing: str
    variant: str
    key: str
    value: str

    @property
    def rule(self) -> str:
        """The command that admits it; empty where none does."""
        if not self.key:
            return ""
        return f"buildsvc policy allow {self.key} {shlex.quote(self.value)} --app {self.application}"

    @property
    def said(self) -> dict[str, Any]:
        """What is asked for, as the value of another sentence."""
        return sentence(f"policy-asks.{self.variant}", thing=self.thing, value=self.value)

    def place(self, places: Places) -> Place:
        """Return where the file asks for it."""
        return place_of(places, self.thing, self.key or self.variant, self.value)

    def said_at(self, places: Places) -> dict[str, Any]:
        """Return what is asked for, and where."""
        place = self.place(places)
        return sentence("policy-line", file=place.file, line=place.line, path=place.path, denied=self.said)


def policy_of(site: Site) -> SitePolicy:
    """Return the policy of this site. Where none was ever kept it is made: the usual ports, and for each application
    that is installed already exactly what it asks for, so that what runs goes on.
    """
    kept = site.ledger.recall(FACT)
    if kept is not None:
        return policy.read(kept)
    made = SitePolicy()
    for stored in site.ledger.applications():
        for denial in judge(site, stored.application, made):
            if denial.key and denial.key != "required":
                made = made.with_rule(denial.key, denial.value, denial.application)
    keep_policy(site, made)
    return made


def keep_policy(site: Site, given: SitePolicy) -> None:
    """From now on this is the policy; what runs is not touched before it is next deployed."""
    site.ledger.remember(FACT, policy.document(given))


def enforce(site: Site, application: Application, places: Places = NOWHERE) -> None:
    """Raise Denied `policy-denied` with all that the policy does not allow, and the commands that would admit it; with
    the lines of its file where `places` knows them.
    """
    denied = denied_of(site, application, places)
    if denied is not None:
        raise denied


def denied_of(site: Site, application: Application, places: Places = NOWHERE) -> Denied | None:
    """Return what `enforce` would raise; None where the policy allows all of it."""
    denials = judge(site, application, policy_of(site))
    if not denials:
        return None
    said = [one.said_at(places) if places.known else one.said for one in denials]
    told: dict[str, Any] = {"application": application.name, "denied": said}
    rules = list(dict.fromkeys(one.rule for one in denials if one.rule))
    if rules:
        return Denied("policy-denied.in-file" if places.known else "policy-denied", **told, rules=rules)
    return Denied("policy-denied.in-file-never" if places.known else "policy-denied.never", **told)


def judging(site: Site) -> Callable[[Parsed, Faults], None]:
    """Return what adds the policy's denials to the faults of a file that has some, so that all come at once."""

    def judged(parsed: Parsed, faults: Faults) -> None:
        for one in judge(site, parsed.application, policy_of(site)):
            place = one.place(parsed.places)
            key, rule = ("policy-fault.rule", {"rule": one.rule}) if one.rule else ("policy-fault.never", {})
            faults.add(key, place.path, place.line, place.file, denied=one.said, **rule)

    return judged


def enforce_spec(site: Site, application: Application, spec: Component) -> None:
    """Judge one component's spec as it is about to run, whatever release it was recorded with. Raises Denied."""
    enforce(site, replace(application, components=(spec,)))


def judge(
    site: Site, application: Application, held: SitePolicy, adoption: Adoption | None = None
) -> tuple[Denial, ...]:
    """Everything in the application that the policy does not allow, each once. Networks and volumes that Compose made
    for what was adopted are its own; `adoption` is one that is not written down yet.
    """
    adopted = adoption or site.ledger.adoption(application.name)
    bench = _Bench(site, application, held.rules(application.name), Guard.of(site.settings), adopted)
    return tuple(dict.fromkeys(bench.denials()))


class _Bench:
    """One application before its judge."""

    def __init__(
        self, site: Site, application: Application, rules: Rules, guard: Guard, adopted: Adoption | None
    ) -> None:
        self._site = site
        self._application = application
        self._rules = rules
        self._guard = guard
        self._roots = {rule: guard.real(rule.removesuffix(":ro")) for rule in rules.binds}
        self._networks = set(adopted.networks) if adopted is not None else set()
        self._volumes = set(adopted.volumes) if adopted is not None else set()

    def denials(self) -> Iterator[Denial]:
        for component in self._application.components:
            yield from self._of_component(component)
        yield from self._of_ports_twice()
        for component in self._application.components:
            for key, value in needed(component):
                yield from self._unless(component.name, key, value)
        taken = {
            name
            for stored in self._site.ledger.applications()
            if stored.application.name != self._application.name
            for name in _names(stored.application)
        }
        for network in self._application.networks:
            yield from self._of_network(network, taken)
        for volume in self._application.volumes:
            yield from self._of_volume(volume, taken)

    def _denial(self, thing: str, key: str, value: str, variant: str = "") -> Denial:
        return Denial(self._application.name, thing, variant or key.replace("_", "-"), key, value)

    def _unless(self, thing: str, key: str, value: str) -> Iterator[Denial]:
        if value not in getattr(self._rules, key):
            yield self._denial(thing, key, value)

    def _of_component(self, component: Component) -> Iterator[Denial]:
        name = component.name
        for mount in component.mounts:
            yield from self._of_mount(name, mount)
        for port in component.ports:
            if not policy.allows_port(self._rules, port.host_ip, port.published):
                number = str(port.published or f"{policy.ANY_PORT[0]}-{policy.ANY_PORT[1]}")
                yield self._denial(name, "ports", f"{port.host_ip}:{number}" if port.host_ip else number)
        for one in sorted({policy.capability(one) for one in component.cap_add}):
            if one not in policy.HARMLESS_CAPABILITIES:
                yield from self._unless(name, "capabilities", one)
        if component.privileged:
            yield from self._unless(name, "privileged", name)
        if component.logging is not None and component.logging.driver not in policy.HARMLESS_LOG_DRIVERS:
            yield from self._unless(name, "log_drivers", component.logging.driver)
        if component.limits.memory is None and "memory" in self._rules.required:
            yield self._denial(name, "required", "memory")
        if component.image is not None and self._is_of_others(component.image):
            yield from self._unless(name, "images", component.image)

    def _of_ports_twice(self) -> Iterator[Denial]:
        for port, one, other in published_twice(self._application):
            yield self._denial(f"{one}, {other}", "", str(port), "port-twice")

    def _of_mount(self, thing: str, mount: Mount) -> Iterator[Denial]:
        if mount.kind == "bind":
            yield from self._of_path(thing, mount.source, read_only=mount.read_only)

    def _of_path(self, thing: str, source: str, *, read_only: bool) -> Iterator[Denial]:
        for path in self._guard.meant(source):
            if self._guard.keeps(path):
                yield self._denial(thing, "", str(path), "never")
            elif not policy.allows_bind(self._rules, path, self._roots, read_only=read_only):
                yield self._denial(thing, "binds", f"{path}:ro" if read_only else str(path))

    def _is_of_others(self, image: str) -> bool:
        """Whether it may be an image that another application was built into."""
        plain = image.lower().removeprefix("index.").removeprefix("docker.io/")
        if _BARE_ID.fullmatch(plain):
            return True
        if not plain.startswith(OWN_IMAGES) or plain.startswith(_OWN_BASES):
            return False
        if plain.removeprefix(OWN_IMAGES).isalnum():
            return False
        return image not in self._site.ledger.release_images(self._application.name)

    def _of_network(self, network: Network, taken: set[str]) -> Iterator[Denial]:
        usual = not network.external and network.name == f"{self._application.name}_{network.key}"
        usual = usual or (network.key, network.name) in self._networks
        if network.name == _HOST_NETWORK:
            yield from self._unless(f"networks.{network.key}", "namespaces", "network")
        elif not usual or network.name in taken:
            yield from self._unless(f"networks.{network.key}", "networks", network.name)
        subnet = subnet_needed(network, self._site.settings.subnets) if network.subnet is not None else None
        if subnet is not None:
            yield from self._unless(f"networks.{network.key}", "security", subnet)

    def _of_volume(self, volume: Volume, taken: set[str]) -> Iterator[Denial]:
        thing = f"volumes.{volume.key}"
        usual = not volume.external and volume.name == f"{self._application.name}_{volume.key}"
        kept = not volume.external and volume.name == kept_folder(self._application.name, volume.key)
        if not (usual or kept or (volume.key, volume.name) in self._volumes) or volume.name in taken:
            yield from self._unless(thing, "volumes", volume.name)
        options, driver = dict(volume.driver_options), volume.driver or "local"
        flags = set(options.get("o", "").split(","))
        local = driver == "local"
        if local and not options:
            return
        if local and flags & _BIND and flags <= _PLAIN_FLAGS and options.keys() <= {"type", "o", "device"}:
            yield from self._of_path(thing, options.get("device", ""), read_only="ro" in flags)
        elif not (local and options.get("type") == "tmpfs" and options.get("device", "tmpfs") == "tmpfs"):
            yield from self._of_options(thing, driver, options)

    def _of_options(self, thing: str, driver: str, options: dict[str, str]) -> Iterator[Denial]:
        text = ",".join(f"{key}={value}" for key, value in sorted({"driver": driver, **options}.items()))
        paths = [part for part in re.split(r"[,=:;]", text) if part.startswith("/")]
        here = options.get("type") not in _ELSEWHERE
        kept = [path for part in paths if here for path in self._guard.meant(part) if self._guard.keeps(path)]
        if kept:
            yield self._denial(thing, "", str(kept[0]), "never")
        else:
            yield from self._unless(thing, "volume_options", text)


def _names(application: Application) -> Iterator[str]:
    yield from (network.name for network in application.networks)
    yield from (volume.name for volume in application.volumes)
