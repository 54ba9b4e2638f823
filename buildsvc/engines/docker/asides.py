"""Programs that run aside, once: no network, what is left of the processors, the first to go when memory is short."""

from __future__ import annotations

import tarfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from buildpacks.archives import tar_headers
from buildpacks.errors import Conflict, Failure, NotFound
from buildsvc.engines.docker import freezer, labels, wire
from buildsvc.engines.docker.containers import DEFAULT_LOGGING
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.programs_aside import Aside, AsideState

_FEW_SHARES = 128
"""Of 1024 that others have: it must not starve on a host that is always busy either."""
_FIRST_TO_GO = 1000


def body(work: Aside) -> dict[str, Any]:
    """Describe the container, as data."""
    return {
        "Image": work.image,
        "Entrypoint": list(work.command),
        "Cmd": [],
        "OpenStdin": False,
        "Healthcheck": {"Test": ["NONE"]},
        "Labels": {labels.APPLICATION: work.application, labels.ASIDE: work.name},
        "HostConfig": {
            "NetworkMode": "none",
            "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
            "LogConfig": dict(DEFAULT_LOGGING),
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "CpuShares": _FEW_SHARES,
            "OomScoreAdj": _FIRST_TO_GO,
            "Memory": work.memory,
        },
    }


def begin(client: EngineClient, work: Aside) -> None:
    """Start it. Nothing happens where one of its name is there."""
    try:
        made = client.create(work.name, body(work))
    except Conflict:
        return
    try:
        for path, content in work.files.items():
            folder, _, name = path.rpartition("/")
            client.put(made, folder or "/", wire.archive({name: content}, (0, 0)))
        client.start(made)
    except Failure:
        client.remove(made)
        raise


def hold(client: EngineClient, name: str, *, held: bool) -> None:
    """See `Engine.hold_aside`."""
    if not held:
        freezer.thaw(client, name)
        return
    # Ended or removed meanwhile: it takes no processor any more.
    with suppress(Conflict, NotFound):
        freezer.pause(client, name)


def states(client: EngineClient) -> tuple[AsideState, ...]:
    """Return all that are there, running or ended."""
    found = client.containers({labels.ASIDE: None})
    return tuple(
        AsideState(
            name=one["Config"]["Labels"][labels.ASIDE],
            running=one["State"]["Status"] in {"created", "running", "paused"},
            exit_code=None if one["State"]["Running"] else int(one["State"]["ExitCode"]),
            tail=client.tail(one["Id"], 5),
        )
        for one in found
    )


def copy_out(client: EngineClient, container: str, path: str, target: Path) -> bool:
    """See `Engine.copy_out`."""
    try:
        with client.archive(container, path) as stream, tar_headers.opened(stream) as tar:
            member = tar.next()
            file = tar.extractfile(member) if member else None
            if file is None:
                return False
            with target.open("wb") as out:
                while data := file.read(1 << 20):
                    out.write(data)
    except NotFound:
        return False
    except tarfile.TarError as error:
        raise Failure("engine-error.no-tar", path=path, container=container, error=error) from error
    return True


def copy_in(client: EngineClient, container: str, tar: Path) -> None:
    """See `Engine.copy_in`."""
    with tar.open("rb") as file:
        pieces = iter(lambda: file.read(1 << 20), b"")
        client.put(container, "/", wire.Body(pieces, tar.stat().st_size))
