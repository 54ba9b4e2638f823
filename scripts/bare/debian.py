"""What the proof of a kit is made of, out of Debian's packages: a bare server's root, and an engine in a file."""

from __future__ import annotations

import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buildpacks.platforms import Platform
from buildsvc.image import tar
from buildsvc.image.kit.engine_folder import NEEDED
from buildsvc.image.making.apt import PackageSource, fetch
from buildsvc.image.making.recipe import Recipe
from buildsvc.image.making.rootfs import RootFs

BOOKWORM = "bookworm"
_UBUNTU = "noble"
SERVER = (
    "systemd-sysv", "systemd", "dbus", "base-files", "base-passwd", "bash", "coreutils", "dash", "tar", "util-linux",
    "mount", "procps", "login", "passwd", "libc-bin", "kmod",
)  # fmt: skip
"""No Python, no curl, no iptables, no engine, and nothing that fetches a package."""
LEFT_OUT = ("apt", "perl*", "libperl*", "debconf", "adduser", "init-system-helpers", "python3*", "tzdata")
EXCLUDED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/lib/*/gconv")
PEOPLE = (
    ("root", 0, "/root"), ("daemon", 1, "/"), ("messagebus", 100, "/"), ("systemd-journal", 101, "/"),
    ("systemd-network", 102, "/"), ("systemd-resolve", 103, "/"), ("systemd-timesync", 104, "/"), ("utmp", 105, "/"),
    ("tty", 5, "/"), ("shadow", 42, "/"), ("nobody", 65534, "/"),
)  # fmt: skip
GROUPS = (
    "adm", "audio", "cdrom", "dialout", "disk", "input", "kmem", "kvm", "lp", "render", "sgx", "tape", "users", "video",
)  # fmt: skip
_ENGINE = ("docker.io", "tini")
_LIBRARY = re.compile(r"usr/lib/[^/]*-linux-gnu/[^/]+\.so[.0-9]*")


def server_root(cache: Path, platform: Platform, suite: str = BOOKWORM) -> Path:
    """The tar of a bare server with systemd, made once."""
    file = cache / f"bare-{suite}-{platform.architecture}.tar"
    if not file.exists():
        with _unpacked(cache, Recipe("bare", None, SERVER, _suites(suite), leave_out=LEFT_OUT), platform) as root:
            _complete(root)
            part = file.with_suffix(".part")
            with part.open("wb") as out:
                root.write(lambda _: True, out.write)
            part.replace(file)
    return file


def engine_release(cache: Path, platform: Platform, suite: str = BOOKWORM) -> Path:
    """Docker's programs out of the package docker.io, in the layout of the static release, with their libraries."""
    file = cache / f"docker-{suite}-{platform.architecture}.tgz"
    if not file.exists():
        recipe = Recipe("engine", None, _ENGINE, _suites(suite), leave_out=("perl*", "iptables"))
        with _unpacked(cache, recipe, platform) as root, tempfile.TemporaryDirectory(dir=cache) as work:
            _engine(root, Path(work) / "docker")
            part = file.with_suffix(".part")
            with tarfile.open(part, "w:gz", compresslevel=1) as out:
                out.add(Path(work) / "docker", "docker")
            part.replace(file)
    return file


def _suites(debian: str) -> dict[str, str]:
    return {"debian": debian, "ubuntu": _UBUNTU}


@contextmanager
def _unpacked(cache: Path, recipe: Recipe, platform: Platform) -> Iterator[RootFs]:
    fetched = fetch(PackageSource(cache / "packages"), recipe, platform, lambda _: None)
    with tempfile.TemporaryFile(dir=cache) as spool:
        root = RootFs(spool, EXCLUDED)
        for deb in fetched.files:
            root.unpack(deb)
        yield root


def _complete(root: RootFs) -> None:
    """What the packages' own scripts would have made."""
    for name in ("bin", "sbin", "lib", "lib64"):
        if root.paths(f"usr/{name}/*"):
            root.link(name, f"usr/{name}")
    for folder in ("dev", "proc", "sys", "run", "root", "opt", "srv", "var/lib", "var/log/journal"):
        root.folder(folder)
    for folder in ("tmp", "var/tmp"):
        root.folder(folder, 0o1777)
    root.link("var/run", "/run")
    root.link("usr/bin/sh", "dash")
    people = "".join(f"{name}:x:{number}:{number}::{home}:/bin/sh\n" for name, number, home in PEOPLE)
    root.put("etc/passwd", people.encode())
    groups = [(name, number) for name, number, _ in PEOPLE] + [(name, 200 + at) for at, name in enumerate(GROUPS)]
    root.put("etc/group", "".join(f"{name}:x:{number}:\n" for name, number in groups).encode())
    root.put("etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\n")
    root.put("etc/machine-id", b"")
    root.put("etc/fstab", b"")
    root.link("etc/systemd/system/default.target", "/lib/systemd/system/multi-user.target")


def _engine(root: RootFs, folder: Path) -> None:
    (folder / "lib").mkdir(parents=True)
    paths = {path.rpartition("/")[2]: path for path in root.paths("usr/*bin/*")}
    # Debian's docker-init is a link to this one.
    paths["docker-init"] = "usr/bin/tini-static"
    for name in NEEDED:
        _copy(root, paths[name], folder / name, 0o755)
    for path, entry in root.entries():
        # The loader is among them, in older releases as a link to a file with the version in its name: it is run.
        if _LIBRARY.fullmatch(path) and entry.kind == tar.FILE:
            _copy(root, path, folder / "lib" / path.rpartition("/")[2], 0o755)
    for path, entry in root.entries():
        name, aim = path.rpartition("/")[2], entry.target.rpartition("/")[2]
        if _LIBRARY.fullmatch(path) and entry.kind == tar.SYMLINK and name != aim and (folder / "lib" / aim).exists():
            (folder / "lib" / name).symlink_to(aim)


def _copy(root: RootFs, path: str, target: Path, mode: int) -> None:
    target.write_bytes(root.read(path))
    target.chmod(mode)
