"""Whether callers find a component in a registry, where that is, and how long they take to learn of a change there.

Told by the jar's libraries and configuration, by the component's environment, and by those of the other components, who
are the callers; `x-buildsvc.registry` goes before all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from buildsvc.model.application import JarSettings
from buildsvc.model.name_list import split_names
from buildsvc.model.registration import KINDS, Registration, RegistryKind, RegistryWish
from buildsvc.model.registry_settings import RegistrySettings
from buildsvc.model.release import Release
from buildsvc.usecases.site import Site

MARGIN = 1.0
"""Seconds on top of what all caches may take together."""
INSTANCE_ID = "eureka.instance.instance-id"
INSTANCE_ID_VARIABLE = "EUREKA_INSTANCE_INSTANCEID"
_LOCAL = ("localhost", "127.0.0.1", "[::1]")
_HEARTBEAT = 10.0
"""Seconds after which a Nacos client asks anew, should what was pushed to it have been lost."""


def registration_of(
    site: Site, release: Release, environment: Mapping[str, str], argv: Sequence[str]
) -> Registration | None:
    """Return how callers find this release, None where they do not, or nobody can tell where."""
    wish = (release.spec.jar or JarSettings(release.component)).registry
    kind = _kind(wish, release.build.registry_clients)
    if kind is None:
        return None
    own = RegistrySettings(dict(release.build.registry_settings), environment, argv)
    found = _eureka(own) if kind == "eureka" else _nacos(own)
    if wish.kind not in KINDS and not _registers(own, kind):
        return None
    servers = (wish.at,) if wish.at else found.servers
    if not servers or (wish.at is None and any(f"//{local}" in server for server in servers for local in _LOCAL)):
        return None
    lag = wish.lag if wish.lag is not None else _lag(site, release, own, kind)
    return replace(found, servers=servers, name=wish.name or found.name, lag=lag)


def own_id(
    registration: Registration | None, release: Release, environment: Mapping[str, str], argv: Sequence[str]
) -> Mapping[str, str]:
    """Return the variable that keeps two instances apart in Eureka; none where somebody chose their ids. By themselves
    both take the id of their host's name, which is the component's in both: the newer takes the older one's entry over,
    and the older one takes it away when it ends.
    """
    if registration is None or registration.kind != "eureka":
        return {}
    own = RegistrySettings(dict(release.build.registry_settings), environment, argv)
    if own.says(INSTANCE_ID):
        return {}
    return {INSTANCE_ID_VARIABLE: f"${{spring.cloud.client.ip-address}}:{registration.name}:{release.number}"}


def _kind(wish: RegistryWish, clients: tuple[str, ...]) -> RegistryKind | None:
    if wish.kind == "auto":
        return next((kind for kind in KINDS if kind in clients), None)
    return None if wish.kind == "off" else wish.kind


def _registers(own: RegistrySettings, kind: RegistryKind) -> bool:
    switches = {
        "eureka": ("eureka.client.enabled", "eureka.client.register-with-eureka"),
        "nacos": ("spring.cloud.nacos.discovery.enabled", "spring.cloud.nacos.discovery.register-enabled"),
    }[kind]
    common = ("spring.cloud.discovery.enabled", "spring.cloud.service-registry.auto-registration.enabled")
    return all(own.flag(key, default=True) for key in (*common, *switches))


def _eureka(own: RegistrySettings) -> Registration:
    told = own.text("eureka.client.service-url.defaultZone") or ""
    name = own.text("eureka.instance.appname", "spring.application.name") or "unknown"
    return Registration("eureka", split_names(told), name, 0.0)


def _nacos(own: RegistrySettings) -> Registration:
    base = "spring.cloud.nacos.discovery"
    told = own.text(f"{base}.server-addr", "spring.cloud.nacos.server-addr") or ""
    return Registration(
        "nacos",
        tuple(server if "://" in server else f"http://{server}" for server in split_names(told)),
        own.text(f"{base}.service", "spring.application.name") or "",
        0.0,
        namespace=own.text(f"{base}.namespace") or "",
        group=own.text(f"{base}.group") or "",
        user=own.text(f"{base}.username", "spring.cloud.nacos.username") or "",
        password=own.text(f"{base}.password", "spring.cloud.nacos.password") or "",
    )


def _lag(site: Site, release: Release, own: RegistrySettings, kind: RegistryKind) -> float:
    """Add up all caches on the way, the slowest caller's: the registry's answers, the client's list, the load
    balancer's.
    """
    running = [live.release for live in site.ledger.live_all(release.application).values()]
    others = (one for one in running if one.build.registry_clients and one.component != release.component)
    known = {one.component: (one, _settings(site, one)) for one in others}
    known[release.component] = (release, own)
    programs = ((one.build.registry_clients, told) for one, told in known.values())
    callers = [(clients, told) for clients, told in programs if kind in clients and "eureka-server" not in clients]
    if kind == "nacos":
        return MARGIN + _HEARTBEAT + max(_balancer(clients, told) for clients, told in callers or [((), own)])
    fetch = [told.seconds("eureka.client.registry-fetch-interval-seconds", 30.0, "s") for _, told in callers]
    balancer = [_balancer(clients, told) for clients, told in callers]
    served = list(_served_for(known.values()))
    return MARGIN + max(served, default=30.0) + max(fetch, default=30.0) + max(balancer, default=35.0)


def _served_for(known: Iterable[tuple[Release, RegistrySettings]]) -> Iterator[float]:
    """How long each Eureka server among the components answers from its cache."""
    for one, told in known:
        if "eureka-server" in one.build.registry_clients:
            cached = told.flag("eureka.server.use-read-only-response-cache", default=True)
            interval = told.seconds("eureka.server.response-cache-update-interval-ms", 30.0)
            yield interval if cached else 0.0


def _balancer(clients: tuple[str, ...], told: RegistrySettings) -> float:
    if "ribbon" in clients:
        return told.seconds("ribbon.ServerListRefreshInterval", 30.0)
    if "loadbalancer" in clients and told.flag("spring.cloud.loadbalancer.cache.enabled", default=True):
        return told.seconds("spring.cloud.loadbalancer.cache.ttl", 35.0)
    return 0.0


def _settings(site: Site, release: Release) -> RegistrySettings:
    environment = site.secrets.resolve(release.application, release.spec.environment)
    return RegistrySettings(dict(release.build.registry_settings), environment, release.spec.command or ())
