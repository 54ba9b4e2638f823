"""Volumes: made with Compose's names, given to the user who writes, tried before a start; content from our own tars."""

from __future__ import annotations

import tarfile
import uuid
from collections.abc import Mapping
from copy import copy
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from buildpacks.archives import tar_headers
from buildpacks.errors import Conflict, NotFound, Refused
from buildsvc.engines.base import Ensure, RollOut
from buildsvc.engines.docker import containers, gateways, labels
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.volume_tars import CONTENT, holding
from buildsvc.model.application import Application, Component, Mount

# `true`, because a redirection that fails at the special builtin `:` ends a POSIX shell.
TRY = 'for d; do true >"$d/.buildsvc-try" && rm -f "$d/.buildsvc-try" || echo "no $d"; done'
GIVE_EMPTY = 'u=$1; shift; for d; do [ -n "$(ls -A "$d")" ] || chown "$u" "$d"; done'
GIVE_ALL = 'u=$1; shift; for d; do chown -R "$u" "$d"; done'


def ensure(client: EngineClient, application: Application) -> None:
    """Make the application's volumes that are not there. Raises Refused `volume-missing` for an external one, Conflict
    `volume-of-another` where a name that is made of two names is another application's, or of something that is none,
    as a Compose project that nobody adopted.
    """
    for volume in application.volumes:
        found = client.volume(volume.name)
        if found is not None:
            owner = (found.get("Labels") or {}).get(labels.APPLICATION)
            # A name that the policy admitted is another matter: this one a file gets without asking anybody.
            if owner != application.name and volume.name == f"{application.name}_{volume.key}":
                code = "volume-of-another" if owner else "volume-of-another.foreign"
                raise Conflict(code, volume=volume.name, owner=owner)
            continue
        if volume.external:
            raise Refused("volume-missing", volume=volume.name)
        client.create_volume(
            volume.name,
            volume.driver,
            dict(volume.driver_options),
            {**labels.of_volume(application.name, volume), labels.MADE: uuid.uuid4().hex},
        )


def ensure_contents(
    client: EngineClient, mounts: tuple[Mount, ...], contents: Mapping[str, str], application: str, image: str
) -> None:
    """Put each content tar into a volume of its own, once: its name is its digest, a label says that it is whole."""
    for mount in mounts:
        if mount.kind != "content" or mount.is_file or mount.source not in contents:
            continue
        name = labels.content_volume(mount.source)
        if client.volume(name) is not None:
            continue
        client.create_volume(name, None, {}, {labels.APPLICATION: application, labels.ROLE: "content"})
        try:
            _fill(client, name, Path(contents[mount.source]), image)
        except BaseException:
            # A volume that is half filled would be taken for whole the next time.
            client.remove_volume(name)
            raise


def put_seeds(client: EngineClient, wanted: RollOut | Ensure, component: Component, image: str) -> None:
    """Put what lay in a folder beside the file into the volume that stands for it: once for each content, and what the
    component wrote itself stays unless a file of that name was sent. An empty volume notes what was put.
    """
    application = wanted.application if isinstance(wanted, RollOut) else wanted.application.name
    volumes = wanted.volumes if isinstance(wanted, RollOut) else wanted.application.volumes
    for mount in component.mounts:
        if not mount.seed or mount.seed not in wanted.contents:
            continue
        name = labels.volume_name(application, mount.source, volumes)
        note = labels.seed_note(
            name, str(((client.volume(name) or {}).get("Labels") or {}).get(labels.MADE, "")), mount.seed
        )
        if client.volume(note) is not None:
            continue
        _fill(client, name, Path(wanted.contents[mount.seed]), image, open_to_all=True)
        client.create_volume(note, None, {}, {labels.APPLICATION: application, labels.ROLE: "content"})


def _fill(client: EngineClient, name: str, tar: Path, image: str, *, open_to_all: bool = False) -> None:
    with holding(client, name, image, f"{name}-fill") as holder:
        with tar.open("rb") as file:
            client.put_stream(holder, CONTENT, file)
        if open_to_all:
            # Which user the component has nobody knows yet, and an engine leaves `.` of a tar as it is.
            client.put(holder, "/", _folder(CONTENT.lstrip("/")))


def _folder(name: str) -> bytes:
    """Return the tar of one folder into which everybody may write."""
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode = tarfile.DIRTYPE, 0o777
        tar.addfile(entry)
    return out.getvalue()


def put_files(client: EngineClient, container: str, mounts: tuple[Mount, ...], contents: Mapping[str, str]) -> None:
    """Put single files into a container that was made and not started; missing folders above them are made."""
    for mount in mounts:
        if mount.is_file and mount.source in contents:
            with SpooledTemporaryFile(max_size=1 << 20) as renamed:
                _rename_only_member(Path(contents[mount.source]), mount.target.lstrip("/"), renamed)
                renamed.seek(0)
                client.put_stream(container, "/", renamed)


def _rename_only_member(tar: Path, name: str, out: IO[bytes]) -> None:
    with (
        tar_headers.opened(tar, "r:") as source,
        tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as target,
    ):
        member = source.next()
        assert member is not None
        renamed = copy(member)
        renamed.name = name
        renamed.pax_headers = {key: value for key, value in member.pax_headers.items() if key != "path"}
        target.addfile(renamed, source.extractfile(member))


def writable(component: Component) -> tuple[Mount, ...]:
    """Return the mounts that its user must be able to write to."""
    return tuple(m for m in component.mounts if m.kind in {"volume", "bind"} and m.source and not m.read_only)


def preflight(client: EngineClient, spec: RollOut, former: str | None) -> None:
    """Try each writable mount as the target user; give new empty volumes to it. Raises Refused `mount-not-writable`.

    Skipped when the live instance writes to the same mounts as the same user already.
    """
    ensure_contents(client, spec.component.mounts, spec.contents, spec.application, spec.image_reference)
    put_seeds(client, spec, spec.component, spec.image_reference)
    mounts = writable(spec.component)
    if not mounts or _same_as(client.inspect(former) if former else None, spec):
        return
    user = spec.component.user or spec.user
    refused = _once(client, spec, mounts, user, TRY)
    if not refused:
        return
    volumes = tuple(m for m in mounts if m.kind == "volume" and f"no {m.target}" in refused)
    if spec.component.jar and spec.component.jar.chown:
        _once(client, spec, mounts, "0:0", GIVE_ALL, user)
    elif volumes:
        _once(client, spec, volumes, "0:0", GIVE_EMPTY, user)
    refused = _once(client, spec, mounts, user, TRY)
    if refused:
        targets = ", ".join(line.removeprefix("no ") for line in refused if line.startswith("no "))
        raise Refused("mount-not-writable", user=user, targets=targets, component=spec.component.name)


def _same_as(former: Mapping[str, Any] | None, spec: RollOut) -> bool:
    if former is None or former["Config"]["User"] != (spec.component.user or spec.user):
        return False
    mine = containers.instance(spec, "blue").body["HostConfig"]["Mounts"]
    theirs = former["HostConfig"].get("Mounts") or []
    return {_key(m) for m in mine} <= {_key(m) for m in theirs}


def _key(mount: Mapping[str, Any]) -> tuple[object, ...]:
    return (mount["Type"], mount.get("Source"), mount["Target"], bool(mount.get("ReadOnly")))


def _once(
    client: EngineClient, spec: RollOut, mounts: tuple[Mount, ...], user: str, script: str, *first: str
) -> list[str]:
    """Run a script in a one-shot container of the instance's own image; its arguments are the mounts' targets."""
    name = labels.instance_name(spec.application, spec.component.name, spec.deployment) + "-mounts"
    client.remove(name)
    caps = ["CHOWN", "DAC_OVERRIDE", "FOWNER"] if user == "0:0" else []
    creation = containers.Creation(
        name,
        {
            "Image": spec.image_reference,
            "Entrypoint": ["sh", "-c", script, "sh", *first, *(m.target for m in mounts)],
            "Cmd": [],
            "User": user,
            "HostConfig": {
                "NetworkMode": "none",
                "Mounts": [containers.mount(spec.application, spec.volumes, m) for m in mounts if not m.is_file],
                "CapDrop": ["ALL"],
                "CapAdd": caps,
            },
        },
        (),
    )
    try:
        made = gateways.build(client, creation)
        client.start(made)
        code = client.wait(made)
        said = [line for line in client.tail(made, 100) if line.startswith("no ")]
        return said if said or code == 0 else [f"no {m.target}" for m in mounts]
    except NotFound:
        return ["no container"]
    finally:
        client.remove(name)
