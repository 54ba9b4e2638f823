"""`volumes`, `tmpfs`, `configs` and `secrets` of a service: volumes, folders of the server, content sent along."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from buildpacks.errors import Refused
from buildsvc.compose import content_tars, kept_folders, spec_keys
from buildsvc.compose.context import Context
from buildsvc.compose.faults import nearest
from buildsvc.compose.single_files import read_file
from buildsvc.compose.spot import Spot
from buildsvc.model import units
from buildsvc.model.application import Mount

_DRIVE = re.compile(r"([A-Za-z]):(?:\\|/.*:)")
_NO_EFFECT = {"rw", "cached", "delegated", "consistent", "nocopy", "rprivate", "private", "rslave", "rshared", "shared"}
_TMPFS_FLAGS = {"rw", "noexec", "exec", "nosuid", "suid", "nodev", "dev", "noatime"}
_SELINUX = {"z", "Z"}


def read_mounts(service: Spot, context: Context) -> tuple[Mount, ...]:
    """Return every mount of a service, in the order of the file; two on one target are a fault."""
    volumes = service.get("volumes")
    listed = volumes.items("expected.mounts") if volumes is not None else []
    found: list[tuple[Mount | None, Spot]] = []
    found += [(_long(item, context) if item.is_map else _short(item, context), item) for item in listed]
    tmpfs = service.get("tmpfs")
    if tmpfs is not None:
        found += [(_tmpfs(item), item) for item in tmpfs.each()]
    for key, declared, folder in (
        ("configs", context.configs, ""),
        ("secrets", context.secret_files, "/run/secrets"),
    ):
        spot = service.get(key)
        found += [(read_file(item, context, declared, folder), item) for item in (spot.items() if spot else [])]
    targets: set[str] = set()
    for mount, spot in found:
        if mount is not None and mount.target in targets:
            spot.fault("double-mount.again", target=mount.target)
        elif mount is not None:
            targets.add(mount.target)
    return tuple(mount for mount, _ in found if mount is not None)


def taken_over(
    services: Mapping[str, Spot], mounts: Mapping[str, tuple[Mount, ...]], name: str, way: tuple[str, ...] = ()
) -> tuple[Mount, ...]:
    """Return the mounts of a service with those of the services that its `volumes_from` names; its own come first."""
    found = {mount.target: mount for mount in mounts[name]}
    spot = services[name].get("volumes_from")
    for item in spot.items("expected.services") if spot is not None else []:
        other, _, mode = (item.text("expected.service") or "").partition(":")
        if other == "container":
            item.fault("unsupported-key.container")
        elif other not in mounts:
            item.fault("unknown-service.named", other=other, near=nearest(other, mounts))
        elif other in (*way, name):
            item.fault("circle.volumes", other=other)
        else:
            for mount in taken_over(services, mounts, other, (*way, name)):
                found.setdefault(mount.target, replace(mount, read_only=mount.read_only or mode == "ro"))
    return tuple(found.values())


def _short(spot: Spot, context: Context) -> Mount | None:
    text = spot.text("expected.mount")
    if text is None:
        return None
    drive = _DRIVE.match(text)
    if drive is not None and drive[1] not in context.volumes:
        spot.fault("bad-path.windows", text=text)
        return None
    parts = text.split(":")
    if len(parts) > 3:  # noqa: PLR2004 - source, target and mode
        spot.fault("wrong-value.mount", text=text)
        return None
    source, target = ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    modes = set(parts[2].split(",")) if len(parts) > 2 else set()  # noqa: PLR2004 - the mode is the third part
    unknown = modes - _NO_EFFECT - {"ro"} - _SELINUX
    if unknown:
        spot.fault("wrong-value.mount-mode", mode=parts[2])
    if len(parts) > 1 and not source:
        spot.fault("wrong-value.mount-source", text=text)
        return None
    return _mount(spot, context, source, target, read_only="ro" in modes)


def _long(spot: Spot, context: Context) -> Mount | None:
    spot.known(spec_keys.MOUNT)
    kind_spot = spot.get("type")
    kind = kind_spot.one_of("volume", "bind", "tmpfs") if kind_spot else None
    if kind_spot is None:
        spot.fault("missing-key.type")
    target_spot, source_spot = spot.get("target"), spot.get("source")
    target = target_spot.text("expected.path") if target_spot else None
    if target is None:
        spot.fault("missing-key.mount-target")
    source = (source_spot.text("expected.name-or-path") or "") if source_spot else ""
    read_only = "read_only" in spot.entries() and spot.entries()["read_only"].boolean()
    size = _options(spot)
    if kind is None or target is None:
        return None
    if kind == "tmpfs":
        return Mount("tmpfs", "", target, read_only, size) if _absolute(spot, target) else None
    mode_only = bool((bind := spot.get("bind")) and (made := bind.get("create_host_path")) and not made.boolean())
    if mode_only and source.startswith("."):
        context.beside(spot, source)
    if kind == "bind" and not source.startswith((".", "/", "~")):
        source = f"./{source}"
    if kind == "volume" and source.startswith((".", "/", "~")):
        spot.fault("wrong-value.mount-type", source=source)
        return None
    return _mount(spot, context, source, target, read_only=read_only)


def _options(spot: Spot) -> int | None:
    """Check the sub-mappings of the long syntax; return the size of a tmpfs."""
    bind, volume, tmpfs = spot.get("bind"), spot.get("volume"), spot.get("tmpfs")
    if bind is not None:
        bind.known(("create_host_path", "propagation", "selinux", "recursive"))
    if volume is not None:
        volume.known(("nocopy", "labels"), {"subpath": "unsupported-key.subpath"})
    if tmpfs is None:
        return None
    tmpfs.known(("size", "mode"))
    size = tmpfs.get("size")
    return size.size() if size is not None else None


def _absolute(spot: Spot, target: str) -> bool:
    if target.startswith("/") and target.strip("/") and ".." not in target.split("/"):
        return True
    spot.fault("bad-path.target", target=target)
    return False


def _mount(spot: Spot, context: Context, source: str, target: str, *, read_only: bool) -> Mount | None:
    if not _absolute(spot, target):
        return None
    target = posixpath.normpath(target)
    if not source:
        return Mount("volume", "", target, read_only)
    if source.startswith("/"):
        return Mount("bind", source, target, read_only)
    if source.startswith((".", "~")):
        return _beside(spot, context, source, target, read_only=read_only)
    if source not in context.volumes:
        if "/" in source:
            spot.fault("unknown-volume.path", source=source)
        else:
            spot.fault("unknown-volume.named", source=source, near=nearest(source, context.volumes))
        return None
    context.used_volumes.add(source)
    return Mount("volume", source, target, read_only)


def _beside(spot: Spot, context: Context, source: str, target: str, *, read_only: bool) -> Mount | None:
    """Return the mount of what lies beside the file. A single file, and a folder that is only read, are copied; any
    other folder is one of the site, made when absent, into which what lay beside the file is put.
    """
    home = source.startswith("~")
    path = None if home else context.place(spot, source)
    if not home and path is None:
        return None
    if path is not None and path.exists() and (read_only or path.is_file()):
        return _content(spot, context, path, target)
    if _names_a_file(source, target) and (path is None or not path.exists()):
        spot.fault("missing-file.at-home" if home else "missing-file.mounted", source=source)
        return None
    key = kept_folders.key_of(source)
    context.folders[key] = kept_folders.volume_of(context.name, key)
    filled = path is not None and path.is_dir() and any(path.iterdir())
    seed = context.content(spot, _writable(context, path)) if filled and path else ""
    return Mount("volume", key, target, read_only, seed=seed)


def _names_a_file(source: str, target: str) -> bool:
    """Whether what is not there must be a file: `nginx.conf` on `/etc/nginx/nginx.conf`, unlike `conf.d`."""
    ending = PurePosixPath(source).suffix
    return ending not in {"", ".d"} and ending == PurePosixPath(target).suffix and not source.endswith("/")


def _writable(context: Context, path: Path) -> Iterator[content_tars.Item]:
    """Give what lies in a folder, in folders that every user may write to: which one the component has nobody knows
    yet.
    """
    for item in content_tars.walk(path, "", within=context.source.limit):
        yield replace(item, mode=0o777) if item.source is None else item


def _content(spot: Spot, context: Context, path: Path, target: str) -> Mount | None:
    # the one file is named like its target: that is how an engine puts it into the folder around it
    name = PurePosixPath(target).name if path.is_file() else ""
    digest = context.content(spot, content_tars.walk(path, name, within=context.source.limit))
    return Mount("content", digest, target, read_only=True, is_file=path.is_file()) if digest else None


def _tmpfs(spot: Spot) -> Mount | None:
    text = spot.text("expected.run-path")
    if text is None:
        return None
    target, _, options = text.partition(":")
    size: int | None = None
    for option in filter(None, options.split(",")):
        key, _, value = option.partition("=")
        if option in _TMPFS_FLAGS or key in {"mode", "uid", "gid", "nr_inodes"}:
            continue
        if key != "size":
            spot.fault("wrong-value.tmpfs-option", option=option)
        else:
            size = _tmpfs_size(spot, value)
    return Mount("tmpfs", "", target, tmpfs_size=size) if _absolute(spot, target) else None


def _tmpfs_size(spot: Spot, text: str) -> int | None:
    try:
        return units.size(text)
    except Refused as error:
        spot.fault("wrong-value.tmpfs-size", text=text, why=error)
        return None
