"""The only composition root: from settings to a `Site`, and from a site to a `Workshop` with its engine."""

from __future__ import annotations

import logging
import stat
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from pathlib import Path

from buildpacks.analyser_version import analyser_version
from buildpacks.errors import NotFound, Refused
from buildsvc.engines.base import Engine
from buildsvc.engines.docker import DockerEngine
from buildsvc.image.bases import BaseCache
from buildsvc.image.image_cache import ImageCache
from buildsvc.image.layout import Layout
from buildsvc.live import embedded_redis
from buildsvc.live.feed import Feed
from buildsvc.live.jobs import Jobs
from buildsvc.live.notices import Notices
from buildsvc.model.clock import SystemClock, Uuid7Ids
from buildsvc.model.routes import parse as parse_routes
from buildsvc.settings.settings import Settings
from buildsvc.store.analyses import Analyses
from buildsvc.store.artifacts import Artifacts
from buildsvc.store.bundle.promised import Promised
from buildsvc.store.holders import Holder, alive, sweep
from buildsvc.store.ledger import Ledger
from buildsvc.store.secrets import Secrets
from buildsvc.usecases.site import KnownLibraries, Site, SiteBuildpacks, Workshop

OTHERS = 0o007
"""What everybody may who is neither the service's user nor of its group."""
log = logging.getLogger(__name__)
ROUTES = Path("/proc/net/route")
MEMORY = Path("/proc/meminfo")


def open_site(settings: Settings, *, create: bool = False) -> Site:
    """Open the data directory of one installation. Raises NotFound unless it is there, or `create` makes it."""
    paths = settings.paths
    if not paths.ledger.exists() and not create:
        raise NotFound("no-site", data=settings.data)
    own = (paths.blobs, paths.bases, paths.spool, paths.inbox, paths.buildpacks, paths.logs, paths.tmp)
    for folder in (settings.data, *own):
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    keep_to_itself(settings.data)
    clock = SystemClock()
    ledger = Ledger(paths.ledger, clock, Uuid7Ids())
    ledger.open()
    version = analyser_version()
    ledger.take_libraries_of(version)
    redis_url = redis_url_of(settings)
    layout = Layout(settings.data, paths.tmp)
    return Site(
        settings=settings,
        ledger=ledger,
        artifacts=Artifacts(settings.data, paths.tmp),
        analyses=Analyses(settings.data, paths.tmp, version),
        secrets=Secrets(ledger, paths.secret_key),
        layout=layout,
        bases=BaseCache(paths.bases, layout),
        images=ImageCache(paths.images, layout),
        jobs=Jobs(redis_url),
        feed=Feed(redis_url),
        clock=clock,
        known=KnownLibraries(ledger),
        buildpacks=SiteBuildpacks(settings.buildpacks),
        promised=Promised(layout),
        notices=Notices(settings.notify, language=settings.language),
    )


def keep_to_itself(data: Path) -> None:
    """Take the data directory from everybody else: what is in it are others' secrets. Raises Refused `data-dir-open`
    where it is somebody else's, so that we cannot.
    """
    mode = stat.S_IMODE(data.stat().st_mode)
    if not mode & OTHERS:
        return
    try:
        data.chmod(mode & ~OTHERS)
    except PermissionError as error:
        raise Refused("data-dir-open", data=data, mode=f"{mode:04o}") from error
    log.warning("%s was open to everybody (%04o); it is not any more", data, mode)


def redis_url_of(settings: Settings) -> str:
    """Give the Redis that is named, or the socket at which `up` starts the embedded one."""
    return settings.redis_url or embedded_redis.url(redis_socket(settings))


def redis_socket(settings: Settings) -> Path:
    """Where the embedded Redis listens. Raises Refused when no folder can hold it."""
    return embedded_redis.socket_of(settings.data, settings.runtime_root)


def open_workshop(
    settings: Settings, *, name: str = "worker", stopping: Callable[[], bool] = lambda: False
) -> Workshop:
    """Open a site together with its engine, for a process that may touch containers."""
    site = open_site(settings)
    holders = settings.paths.tmp / "holders"
    holder = Holder(holders, name, Uuid7Ids())
    sweep(holders)
    holder.start()
    return Workshop(
        site=site,
        engine=open_engine(settings, site.layout),
        routes=host_routes,
        holder=holder.id,
        alive=lambda other: alive(holders, other),
        memory=host_memory,
        stopping=stopping,
        name=name,
    )


def open_engine(settings: Settings, layout: Layout) -> Engine:
    """Return the engine that the settings name; nothing of it is started. Raises Refused `unknown-engine`."""
    made = ENGINES.get(settings.engine)
    if made is None:
        raise Refused("unknown-engine", engine=settings.engine, engines=sorted(ENGINES))
    return made(settings, layout)


def _docker(settings: Settings, layout: Layout) -> Engine:
    return DockerEngine(layout, base_url=settings.docker_host)


ENGINES: Mapping[str, Callable[[Settings, Layout], Engine]] = {"docker": _docker}
"""By the name that BUILDSVC_ENGINE says: another engine is one more line here."""


def host_routes() -> tuple[IPv4Network, ...]:
    """Networks that this machine already routes; none where the kernel does not say."""
    return parse_routes(ROUTES.read_text()) if ROUTES.exists() else ()


def host_memory() -> int:
    """Bytes that this machine has to give away without swapping; 0 where the kernel does not say."""
    lines = MEMORY.read_text().splitlines() if MEMORY.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)


def close(site: Site) -> None:
    """Let go of what the site holds open."""
    site.ledger.close()
