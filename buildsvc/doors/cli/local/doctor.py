"""`buildsvc doctor`: looks at everything that buildsvc needs on this server, and says what to mend."""

from __future__ import annotations

import dataclasses
import io
import os
import shutil
import tarfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path
from typing import Literal

import click

from buildpacks.archives import tar_headers
from buildpacks.errors import Failure
from buildpacks.kinds.detect import BUILT_IN
from buildpacks.own import custom
from buildpacks.platforms import Platform
from buildsvc import wiring
from buildsvc.doors import words
from buildsvc.doors.cli.local.disk_room import disk_filling
from buildsvc.doors.cli.local.findings import Finding
from buildsvc.doors.cli.screen import ago, dump, failures_end_it, json_option, line
from buildsvc.doors.cli.taught import Taught
from buildsvc.doors.front import certificate
from buildsvc.doors.processes.up import front_program
from buildsvc.engines.gateway import protocol
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from buildsvc.image.types import BaseImage
from buildsvc.live.jobs import Jobs
from buildsvc.settings.reading import read
from buildsvc.settings.settings import Settings
from buildsvc.usecases.tend import patrol

EXPIRES_SOON = timedelta(days=30)
TIGHT, FULL = 10 << 30, 2 << 30
"""Bytes: below the first a warning, below the second too little for one load."""
QUICK = 0.2
"""Seconds of processor time that refusing a hostile file may take."""
_OTHER = "Install buildsvc anew: this is not the reader that it comes with."
_HOSTILE = 8192
"""Digits in the header that is tried: a Python that takes time by their square needs a second for them."""
_REMOTE_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs", "ceph"})
_COLOURS = {"ok": "green", "warn": "yellow", "bad": "red"}


@click.command(cls=Taught, example="buildsvc doctor")
@json_option
@failures_end_it
def doctor(*, as_json: bool) -> None:
    """Check this server: data directory, disk, Redis, engine, networks, base images, inbox, buildpacks of your own.

    Nothing is changed.

    Exit status 1 when something is bad, 0 when all is well or only worth a warning.
    """
    findings = list(examine(read()))
    if as_json:
        dump([dataclasses.asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = click.style(f"{finding.verdict:5}", fg=_COLOURS[finding.verdict])
            line(f"{mark} {finding.subject:15} {finding.text}")
            if finding.remedy:
                line(f"{'':21} -> {finding.remedy}")
    if any(finding.verdict == "bad" for finding in findings):
        raise click.exceptions.Exit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, from the ground up."""
    yield from data_directory(settings.data)
    yield from disk_filling(settings)
    yield reading()
    yield kept_bytes(Layout(settings.data, settings.paths.tmp))
    yield redis(settings)
    yield from front(settings)
    layout = Layout(settings.data, settings.paths.tmp)
    platform = None
    try:
        engine = wiring.open_engine(settings, layout)
        platform = engine.platform()
        yield from (described(name, value) for name, value in engine.describe())
    except Failure as failure:
        yield Finding("bad", "engine", failure.message, failure.hint)
    yield subnets(settings.subnets, wiring.host_routes())
    if platform is not None:
        yield from bases(BaseCache(settings.paths.bases, layout), platform)
    yield inbox(settings.inbox)
    yield from own_buildpacks(settings)


def data_directory(data: Path) -> Iterator[Finding]:
    """See whether it is ours to write, on a local disk, with room."""
    place = next(path for path in (data, *data.parents) if path.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        yield Finding("bad", "data", f"{data} cannot be written.", f"Give {place} to this user, or set BUILDSVC_DATA.")
        return
    yield Finding("ok", "data", f"{data}{'' if data.exists() else ' (made at the first start)'}")
    kind = file_system_of(place)
    if kind in _REMOTE_FILE_SYSTEMS:
        yield Finding("bad", "disk", f"{place} is on {kind}.", "SQLite needs a local disk: set BUILDSVC_DATA to one.")
    free = shutil.disk_usage(place).free
    verdict: Literal["ok", "warn", "bad"] = "bad" if free < FULL else "warn" if free < TIGHT else "ok"
    remedy = "" if verdict == "ok" else "Images need about twice their size while they are loaded; free some space."
    yield Finding(verdict, "disk", f"{words.size(free)} free below {place}", remedy)


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
            return Finding("ok", "reading", "a tar that was made to be slow is refused at once")
        return Finding("bad", "reading", f"A tar that was made to be slow held the reader for {seconds:.1f} s.", _OTHER)
    return Finding("bad", "reading", "A tar that was made to be slow was taken.", _OTHER)


def kept_bytes(layout: Layout) -> Finding:
    """Tell what the slow round over everything that is kept has found."""
    found = patrol.last_round(layout)
    if found is None:
        return Finding("ok", "kept bytes", "not read yet; buildsvc verify reads them now")
    if found.damaged:
        names = ", ".join(f"{one.kind} {one.name[:19]}" for one in found.damaged[:3])
        text = f"{len(found.damaged)} of what is kept are damaged: {names}."
        return Finding("bad", "kept bytes", text, "buildsvc verify says whose they are and what to do.")
    how = f"all of it {ago(found.ended)} ago" if found.ended else f"the round began {ago(found.began)} ago"
    return Finding("ok", "kept bytes", f"{found.blobs} files read and whole ({how})")


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
        yield Finding("warn", "front", "There is no haproxy: only 127.0.0.1 is served.", "Install the package haproxy.")
    else:
        yield Finding("ok", "front", program)
    served = settings.served_certificate
    if served is None or (settings.certificate is None and not served.exists()):
        return
    try:
        found = certificate.read(served)
    except Failure as failure:
        yield Finding("bad", "certificate", failure.message, failure.hint)
        return
    left = found.not_valid_after_utc - datetime.now(UTC)
    said = f"SHA-256 {certificate.fingerprint(found)}, until {found.not_valid_after_utc:%Y-%m-%d}"
    if left < EXPIRES_SOON:
        yield Finding("bad" if left.total_seconds() < 0 else "warn", "certificate", said, "Renew it, and restart.")
    else:
        yield Finding("ok", "certificate", said)


def redis(settings: Settings) -> Finding:
    """See whether the given Redis answers, or there is a program to start our own."""
    if settings.redis_url is not None:
        jobs = Jobs(settings.redis_url)
        try:
            answers = jobs.ready()
        finally:
            jobs.close()
        if answers:
            return Finding("ok", "redis", "the Redis of BUILDSVC_REDIS_URL answers")
        return Finding("bad", "redis", "The Redis of BUILDSVC_REDIS_URL does not answer.", "Start it, or unset that.")
    program = shutil.which("redis-server")
    if program is None:
        return Finding(
            "bad",
            "redis",
            "There is no redis-server on this machine.",
            "Install the package redis-server, or set BUILDSVC_REDIS_URL.",
        )
    try:
        return Finding("ok", "redis", f"{program}, at {wiring.redis_socket(settings)}")
    except Failure as failure:
        return Finding("bad", "redis", failure.message, failure.hint)


def described(name: str, value: str) -> Finding:
    """Show what the engine says of itself; mark what needs attention."""
    if value.startswith("warning:"):
        return Finding("warn", name, value.removeprefix("warning:").strip())
    return Finding("ok", name, value)


def subnets(ours: tuple[IPv4Network, ...], routes: tuple[IPv4Network, ...]) -> Finding:
    """Whether the host routes our application networks' addresses elsewhere; networks that we made are no clash."""
    pools = ", ".join(str(pool) for pool in ours)
    clashes = [route for route in routes if any(pool.overlaps(route) and not route.subnet_of(pool) for pool in ours)]
    if clashes:
        text = f"{pools} overlaps what this host routes: {', '.join(map(str, clashes))}."
        return Finding("bad", "subnets", text, "Set BUILDSVC_SUBNETS to addresses that nobody here uses.")
    return Finding("ok", "subnets", f"{pools}, free of this host's {len(routes)} routes")


def bases(cache: BaseCache, platform: Platform) -> Iterator[Finding]:
    """Look for a Java and a gateway for the engine's platform."""
    here = [one for one in cache.list() if one.image.platform == platform]
    javas = sorted({one.java for one in here if one.java is not None})
    if javas:
        yield Finding("ok", "java", f"base images for {platform}: Java {', '.join(map(str, javas))}")
    else:
        remedy = f"buildsvc base make --java 17 --platform {platform}"
        yield Finding("bad", "java", f"There is no Java base image for {platform}.", remedy)
    yield gateway([one for one in here if one.kind == "gateway"], cache, platform)


def gateway(found: list[BaseImage], cache: BaseCache, platform: Platform) -> Finding:
    """Look for a gateway's image, whose client speaks what this buildsvc does."""
    remedy = f"buildsvc base make --kind gateway --platform {platform}"
    if not found:
        return Finding("bad", "gateway", f"There is no gateway image for {platform}.", remedy)
    try:
        version = protocol.version_of(cache.labels(found[-1]))
    except Failure as failure:
        return Finding("bad", "gateway", f"The gateway image {found[-1].name} is damaged: {failure.message}", remedy)
    if version < protocol.VERSION:
        text = (
            f"The gateway image {found[-1].name} speaks version {version} of its protocol, buildsvc {protocol.VERSION}."
        )
        return Finding("warn", "gateway", text, f"{remedy}, then at a quiet time buildsvc gateway upgrade APP")
    return Finding("ok", "gateway", f"a gateway image for {platform}, protocol version {version}")


def inbox(folder: Path) -> Finding:
    """Look at the watched folder."""
    if not folder.exists():
        return Finding("warn", "inbox", f"{folder} is not there.", "`buildsvc up` makes the default one; make yours.")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding(
            "bad", "inbox", f"{folder} cannot be written: no answers could be left.", "Mend its permissions."
        )
    if file_system_of(folder) in _REMOTE_FILE_SYSTEMS:
        return Finding("warn", "inbox", f"{folder} is on a network share.", "Set BUILDSVC_WATCH_POLLING=yes.")
    return Finding("ok", "inbox", str(folder))


def own_buildpacks(settings: Settings) -> Iterator[Finding]:
    """Those of the site's folder; nothing where there is none."""
    folder = settings.buildpacks
    if folder != settings.paths.buildpacks and not folder.is_dir():
        yield Finding("bad", "buildpacks", f"{folder} is no folder.", "Make it, or unset BUILDSVC_BUILDPACKS.")
    found = custom.gather(folder, BUILT_IN)
    names = [one.name for one in found.ordered if one.file is not None]
    if names:
        yield Finding("ok", "buildpacks", f"the site's own in {folder}: {', '.join(names)}")
    for one in found.broken:
        yield Finding("bad", "buildpacks", one.fault.message, one.fault.hint)
