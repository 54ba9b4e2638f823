"""The folder that a server gets: Python, HAProxy, Redis and iptables with their C library, and buildsvc itself.

It comes from the base image of the kind `kit` (`buildpacks/bases/kit.toml`) and from wheels that were gathered before.
"""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path, PurePosixPath

from buildpacks.archives import tar_headers
from buildpacks.errors import Refused
from buildsvc.image.kit.relocating import relocate
from buildsvc.image.layout import Layout
from buildsvc.image.making.rootfs import merged
from buildsvc.image.types import BaseImage

KEPT = ("usr/", "etc/ssl/", "var/lib/dpkg/")
"""What of the base image goes along: no users, no devices, nothing that would shadow the server's own."""
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""What `uname -m` says on each architecture that a kit is made for."""
PACKAGES = "lib"
_PROGRAMS = {
    "haproxy": "usr/sbin/haproxy",
    "redis-server": "usr/bin/redis-server",
}
_TABLES = ("iptables", "ip6tables", "iptables-save", "iptables-restore", "ip6tables-save", "ip6tables-restore")
_WHEEL = re.compile(r"(?P<name>\w+)-(?P<version>[\w.+!]+)-(?P<python>[\w.]+)-(?P<abi>[\w.]+)-(?P<platform>[\w.]+)\.whl")
_OWN = "buildsvc"
_START = """#!/bin/sh
# buildsvc of this version, with the Python beside it: nothing of this server is used.
home={home}
PATH=$home/programs:$PATH
PYTHONNOUSERSITE=1
OPENSSL_CONF=/dev/null
export PATH PYTHONNOUSERSITE OPENSSL_CONF
exec "$home/{python}" -P -m buildsvc.doors.cli.main "$@"
"""


def version_of(wheels: Path) -> str:
    """Read the version of the one wheel of buildsvc in a folder. Raises Refused `no-wheels`."""
    found = [match for path in wheels.glob("*.whl") if (match := _WHEEL.fullmatch(path.name)) and match["name"] == _OWN]
    if len(found) != 1:
        raise Refused("no-wheels", folder=wheels, count=len(found))
    return found[0]["version"]


def make_program(layout: Layout, base: BaseImage, wheels: Path, target: Path, home: PurePosixPath) -> None:
    """Fill `target`, an empty folder, with what will lie at `home`. Raises Refused `wheels-for-another`, `no-patchelf`;
    Failure `corrupt-blob`, `kit-not-relocated`.
    """
    for layer in base.image.layers:
        layout.require_sound(layer.descriptor.digest)
        _unpack(layout, layer.descriptor.digest, target)
    _point_inward(target)
    python = next(path.name for path in sorted((target / "usr/lib").glob("python3.*")))
    _unzip(wheels, target / PACKAGES, python, MACHINES[base.image.platform.architecture])
    customized = target / "usr/lib" / python / "sitecustomize.py"
    # Debian's is a link to a file of the system.
    customized.unlink(missing_ok=True)
    customized.write_text(_own_packages_only(home), "utf-8")
    (libraries,) = {path.parent.relative_to(target) for path in target.glob("usr/lib/*/libc.so.6")}
    relocate(target, home, str(libraries))
    _commands(target, home, str(libraries), f"usr/bin/{python}")


def _own_packages_only(home: PurePosixPath) -> str:
    """Debian's Python also reads /usr/lib/python3/dist-packages, which here are another Python's."""
    return f"""\"\"\"Packages come from this folder, and never from those of the server's own Python.\"\"\"

import os
import sys

sys.path[:] = [path for path in sys.path if not path or os.path.realpath(path).startswith({str(home)!r})]
sys.path.append({str(home / PACKAGES)!r})
"""


def _unpack(layout: Layout, digest: str, target: Path) -> None:
    with layout.open(digest) as stream, tar_headers.opened(stream) as archive:
        for member in archive:
            if member.name.startswith(KEPT):
                archive.extract(member, target, filter="tar")


def _point_inward(folder: Path) -> None:
    """Links to absolute places lead to the same place within the folder."""
    for path in folder.rglob("*"):
        if path.is_symlink() and (aim := str(path.readlink())).startswith("/"):
            inside = folder / (merged(aim) or "")
            path.unlink()
            path.symlink_to(os.path.relpath(inside, path.parent))


def _unzip(wheels: Path, target: Path, python: str, machine: str) -> None:
    """Unpack what is imported, for a wheel is a zip of that; programs and data that some bring are not needed."""
    wanted = python.replace("python", "cp").replace(".", "")
    for path in sorted(wheels.glob("*.whl")):
        name = _WHEEL.fullmatch(path.name)
        if name is None or not _fits(name, wanted, machine):
            raise Refused("wheels-for-another", file=path.name, python=python, machine=machine)
        with zipfile.ZipFile(path) as archive:
            for each in archive.namelist():
                if not PurePosixPath(each).parts[0].endswith(".data"):
                    archive.extract(each, target)


def _fits(name: re.Match[str], python: str, machine: str) -> bool:
    compiled = name["abi"] not in {"none", "abi3"}
    return (not compiled or python in name["python"]) and (name["platform"] == "any" or machine in name["platform"])


def _commands(target: Path, home: PurePosixPath, libraries: str, python: str) -> None:
    programs, start = target / "programs", target / "bin" / "buildsvc"
    tables = target / "tables"
    for folder in (programs, start.parent, tables):
        folder.mkdir()
    for name, place in _PROGRAMS.items():
        (programs / name).symlink_to(f"../{place}")
    for name in _TABLES:
        for kind in ("nft", "legacy"):
            (tables / kind).mkdir(exist_ok=True)
            file = tables / kind / name
            extensions = home / libraries / "xtables"
            program = home / f"usr/sbin/xtables-{kind}-multi"
            file.write_text(f'#!/bin/sh\nXTABLES_LIBDIR={extensions} exec {program} {name} "$@"\n', "utf-8")
            file.chmod(0o755)
    start.write_text(_START.format(home=home, python=python), "utf-8")
    start.chmod(0o755)
