"""Looks at everything that buildsvc needs on this server, and says what to mend."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path

from buildpacks.archives import tar_headers
from buildpacks.errors import Failure
from buildpacks.kinds.detect import BUILT_IN
from buildpacks.own import custom
from buildpacks.platforms import Platform
from buildpacks.sentences.wording import Wording
from buildsvc import wiring
from buildsvc.doors.checkup.disk_room import disk_filling
from buildsvc.doors.checkup.findings import Finding, FindingVerdict, found, of_failure
from buildsvc.doors.front import certificate
from buildsvc.doors.front.program import front_program
from buildsvc.engines.gateway import protocol
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from buildsvc.image.types import BaseImage
from buildsvc.live.directories import directory_of
from buildsvc.live.identity_providers import provider_of
from buildsvc.live.jobs import Jobs
from buildsvc.model.clock import SystemClock
from buildsvc.settings.settings import Settings
from buildsvc.usecases.tend import patrol

EXPIRES_SOON = timedelta(days=30)
TIGHT, FULL = 10 << 30, 2 << 30
"""Bytes: below the first a warning, below the second too little for one load."""
QUICK = 0.2
"""Seconds of processor time that refusing a hostile file may take."""
_HOSTILE = 8192
"""Digits in the header that is tried: a Python that takes time by their square needs a second for them."""
_REMOTE_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs", "ceph"})


def examine(settings: Settings) -> Iterator[Finding]:
    """Give every finding, from the ground up."""
    layout = Layout(settings.data, settings.paths.tmp)
    yield from data_directory(settings.data)
    yield from disk_filling(settings)
    yield reading()
    yield kept_bytes(layout)
    yield redis(settings)
    yield from front(settings)
    platform = None
    try:
        engine = wiring.open_engine(settings, layout)
        platform = engine.platform()
        yield from (described(name, value) for name, value in engine.describe())
    except Failure as failure:
        yield of_failure("engine", failure)
    yield subnets(settings.subnets, wiring.host_routes())
    if platform is not None:
        yield from bases(BaseCache(settings.paths.bases, layout), platform)
    yield inbox(settings.inbox)
    yield from own_buildpacks(settings)
    yield from directory(settings)
    yield from identity_provider(settings)


def data_directory(data: Path) -> Iterator[Finding]:
    """See whether it is ours to write, on a local disk, with room."""
    place = next(path for path in (data, *data.parents) if path.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        yield found("bad", "data", "doctor.not-ours", data=data, place=place)
        return
    yield found("ok", "data", "doctor.data", data=data, new=not data.exists())
    kind = file_system_of(place)
    if kind in _REMOTE_FILE_SYSTEMS:
        yield found("bad", "disk", "doctor.remote", place=place, kind=kind)
    free = shutil.disk_usage(place).free
    verdict: FindingVerdict = "bad" if free < FULL else "warn" if free < TIGHT else "ok"
    yield found(verdict, "disk", "doctor.free" if verdict == "ok" else "doctor.tight", free=free, place=place)


def reading() -> Finding:
    """Whether a tar that was made to be slow is refused at once, by trying one: no version says so for certain."""
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, _HOSTILE
    began = time.process_time()
    try:
        with tar_headers.opened(io.BytesIO(header.tobuf(tarfile.USTAR_FORMAT) + b"1" * _HOSTILE), "r:") as archive:
            archive.getmembers()
    except tarfile.TarError:
        seconds = time.process_time() - began
        if seconds < QUICK:
            return found("ok", "reading", "doctor.refused-at-once")
        return found("bad", "reading", "doctor.held-reader", seconds=seconds)
    return found("bad", "reading", "doctor.taken")


def kept_bytes(layout: Layout) -> Finding:
    """Tell what the slow round over everything that is kept has found."""
    last = patrol.last_round(layout)
    if last is None:
        return found("ok", "kept bytes", "doctor.not-read-yet")
    if last.damaged:
        names = [f"{one.kind} {one.name[:19]}" for one in last.damaged[:3]]
        return found("bad", "kept bytes", "doctor.damaged", count=len(last.damaged), names=names)
    if last.ended:
        return found("ok", "kept bytes", "doctor.all-read", files=last.blobs, ended=last.ended)
    return found("ok", "kept bytes", "doctor.being-read", files=last.blobs, began=last.began)


def file_system_of(path: Path) -> str:
    """Return the kind of file system that holds `path`, by /proc/self/mounts (proc(5)); "" where unreadable."""
    best, kind = "", ""
    mounts = Path("/proc/self/mounts")
    for row in mounts.read_text("utf-8", "replace").splitlines() if mounts.exists() else ():
        point = row.split()[1].replace("\\040", " ")
        if path.resolve().is_relative_to(point) and len(point) >= len(best):
            best, kind = point, row.split()[2]
    return kind


def front(settings: Settings) -> Iterator[Finding]:
    """There is a program to stand before the web process, and what it is known by."""
    program = front_program()
    if program is None:
        yield found("warn", "front", "doctor.no-haproxy")
    else:
        yield Finding("ok", "front", program)
    served = settings.served_certificate
    if served is None or (settings.certificate is None and not served.exists()):
        return
    try:
        read_in = certificate.read(served)
    except Failure as failure:
        yield of_failure("certificate", failure)
        return
    left = read_in.not_valid_after_utc - datetime.now(UTC)
    said = {"fingerprint": certificate.fingerprint(read_in), "until": f"{read_in.not_valid_after_utc:%Y-%m-%d}"}
    if left < EXPIRES_SOON:
        verdict: FindingVerdict = "bad" if left.total_seconds() < 0 else "warn"
        yield found(verdict, "certificate", "doctor.certificate-ends", **said)
    else:
        yield found("ok", "certificate", "doctor.certificate", **said)


def redis(settings: Settings) -> Finding:
    """See whether the given Redis answers, or there is a program to start our own."""
    if settings.redis_url is not None:
        jobs = Jobs(settings.redis_url)
        try:
            answers = jobs.ready()
        finally:
            jobs.close()
        if answers:
            return found("ok", "redis", "doctor.redis-answers")
        return found("bad", "redis", "doctor.redis-mute")
    program = shutil.which("redis-server")
    if program is None:
        return found("bad", "redis", "doctor.no-redis")
    try:
        return found("ok", "redis", "doctor.redis-own", program=program, socket=wiring.redis_socket(settings))
    except Failure as failure:
        return of_failure("redis", failure)


def described(name: str, value: str) -> Finding:
    """Show what the engine says of itself; mark what needs attention."""
    warns = isinstance(value, Wording) and value.code == "engine-warning"
    return Finding("warn" if warns else "ok", name, value)


def subnets(ours: tuple[IPv4Network, ...], routes: tuple[IPv4Network, ...]) -> Finding:
    """Whether the host routes our application networks' addresses elsewhere; networks that we made are no clash."""
    pools = [str(pool) for pool in ours]
    clashes = [route for route in routes if any(pool.overlaps(route) and not route.subnet_of(pool) for pool in ours)]
    if clashes:
        return found("bad", "subnets", "doctor.subnets-clash", pools=pools, routes=clashes)
    return found("ok", "subnets", "doctor.subnets", pools=pools, count=len(routes))


def bases(cache: BaseCache, platform: Platform) -> Iterator[Finding]:
    """Look for a Java and a gateway for the engine's platform."""
    here = [one for one in cache.list() if one.image.platform == platform]
    javas = sorted({one.java for one in here if one.java is not None})
    if javas:
        yield found("ok", "java", "doctor.javas", platform=platform, javas=javas)
    else:
        yield found("bad", "java", "doctor.no-java", platform=platform)
    yield gateway([one for one in here if one.kind == "gateway"], cache, platform)


def gateway(images: list[BaseImage], cache: BaseCache, platform: Platform) -> Finding:
    """Look for a gateway's image, whose client speaks what this buildsvc does."""
    if not images:
        return found("bad", "gateway", "doctor.no-gateway", platform=platform)
    name = images[-1].name
    try:
        version = protocol.version_of(cache.labels(images[-1]))
    except Failure as failure:
        return found("bad", "gateway", "doctor.gateway-damaged", name=name, why=failure, platform=platform)
    said = {"version": version, "platform": platform}
    if version < protocol.VERSION:
        return found("warn", "gateway", "doctor.gateway-old", name=name, ours=protocol.VERSION, **said)
    return found("ok", "gateway", "doctor.gateway", **said)


def inbox(folder: Path) -> Finding:
    """Look at the watched folder."""
    if not folder.exists():
        return found("warn", "inbox", "doctor.no-inbox", folder=folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        return found("bad", "inbox", "doctor.inbox-shut", folder=folder)
    if file_system_of(folder) in _REMOTE_FILE_SYSTEMS:
        return found("warn", "inbox", "doctor.inbox-remote", folder=folder)
    return Finding("ok", "inbox", str(folder))


def own_buildpacks(settings: Settings) -> Iterator[Finding]:
    """Give those of the site's folder; nothing where there is none."""
    folder = settings.buildpacks
    if folder != settings.paths.buildpacks and not folder.is_dir():
        yield found("bad", "buildpacks", "doctor.no-buildpacks", folder=folder)
    gathered = custom.gather(folder, BUILT_IN)
    names = [one.name for one in gathered.ordered if one.file is not None]
    if names:
        yield found("ok", "buildpacks", "doctor.buildpacks", folder=folder, names=names)
    for one in gathered.broken:
        yield of_failure("buildpacks", one.fault)


def directory(settings: Settings) -> Iterator[Finding]:
    """Ask the site's directory for somebody; nothing where there is none."""
    try:
        asked = directory_of(settings)
        if asked is not None:
            asked.require_answers()
            yield found("ok", "directory", "doctor.directory", url=settings.ldap_url)
    except Failure as failure:
        yield of_failure("directory", failure)


def identity_provider(settings: Settings) -> Iterator[Finding]:
    """Ask the site's identity provider for its keys; nothing where there is none."""
    try:
        asked = provider_of(settings, SystemClock())
        if asked is not None:
            asked.require_answers()
            yield found("ok", "identity provider", "doctor.identity-provider", issuer=settings.oidc_issuer)
    except Failure as failure:
        yield of_failure("identity provider", failure)
