"""Where packages come from: apt with folders of its own, for any suite and architecture; the machine stays as it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from buildpacks.errors import Failure, Refused
from buildpacks.platforms import Platform
from buildpacks.sentences.wording import Wording
from buildsvc.image.making.deb_folder import select
from buildsvc.image.making.recipe import Distribution, Recipe, distributions

Tell = Callable[[str], None]
_LINE = re.compile(r"^'[^']+' (?P<file>\S+) (?P<size>\d+)(?: \S*)?$")
_FRESH = 6 * 3600
"""Seconds for which fetched package lists are good."""


@dataclass(frozen=True)
class PackageSource:
    """`folder` is where lists and packages are kept (a second make is quick). `mirror` is the URL of an archive to use
    instead of the machine's own; `packages` a folder of .deb files, for a machine without any archive.
    """

    folder: Path
    mirror: str | None = None
    packages: Path | None = None


@dataclass(frozen=True)
class Fetched:
    """The .deb files that a recipe needs, by name; and which distribution they are from."""

    distribution: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class _Archive:
    """A distribution and where its packages are: the archive, and the one for security if that is another."""

    distribution: Distribution
    uri: str
    security: str | None


def fetch(source: PackageSource, recipe: Recipe, platform: Platform, progress: Tell) -> Fetched:
    """Resolve and download what the recipe needs. Signatures and digests are checked by apt.

    Raises Refused `no-apt`, `no-archive`, `no-suite`, `no-package`; Failure `packages-unreachable`.
    """
    if source.packages is not None:
        return Fetched("debian", select(source.packages, recipe, platform))
    if shutil.which("apt-get") is None:
        raise Refused("no-apt")
    archive = _archive(source, platform.architecture)
    name = archive.distribution.name
    suite = _suite(recipe, archive)
    lines = _lines(archive, suite)
    apt = _Apt(source.folder / "apt" / f"{suite}-{platform.architecture}", platform)
    apt.prepare(lines)
    if apt.stale():
        progress(Wording("making.lists", suite=suite))
        if not apt.update():
            apt.prepare(lines[:1])
            if not apt.update():
                raise Failure(
                    "packages-unreachable.lists",
                    suite=suite,
                    architecture=platform.architecture,
                    complaint=apt.complaint,
                )
    return Fetched(name, _download(apt, source, recipe, suite, progress))


def _download(apt: _Apt, source: PackageSource, recipe: Recipe, suite: str, progress: Tell) -> tuple[Path, ...]:
    store = source.folder / "packages"
    store.mkdir(parents=True, exist_ok=True)
    found: list[Path] = []
    missing: list[str] = []
    total = 0
    for file, size in apt.resolve(recipe.packages):
        if recipe.leaves_out(file.split("_")[0]):
            continue
        local = store / file
        found.append(local)
        if not local.exists() or local.stat().st_size != size:
            package, version, architecture = file.removesuffix(".deb").split("_")
            missing.append(f"{package}:{architecture}={unquote(version)}".replace(":all=", "="))
            total += size
    if missing:
        progress(Wording("making.packages", count=len(missing), size=f"{total / 1e6:.0f} MB"))
        if not apt.download(missing, store):
            found = _instead(apt, found, suite, progress)
    return tuple(sorted(found, key=lambda path: path.name))


def _instead(apt: _Apt, wanted: list[Path], suite: str, progress: Tell) -> list[Path]:
    """For packages whose newest version the archive lists and does not hold, the suite's own one. Raises Failure."""
    complaint, store = apt.complaint, wanted[0].parent
    lost = [path for path in wanted if not path.exists()]
    names = [f"{path.name.split('_')[0]}/{suite}" for path in lost]
    older = [store / file for file, _ in apt.files(names)]
    if len(older) < len(lost) or not apt.download(names, store) or not all(path.exists() for path in older):
        raise Failure("packages-unreachable.fetch", complaint=complaint)
    kept = [path.name.rpartition("_")[0] for path in older]
    progress(Wording("making.older", kept=kept))
    return [path for path in wanted if path not in lost] + older


class _Apt:
    """apt-get with its own lists, status and sources; the machine's proxy settings stay in force."""

    def __init__(self, folder: Path, platform: Platform) -> None:
        # apt reads relative folders below its own.
        self._folder = folder.resolve()
        self._architecture = platform.architecture
        self.complaint = ""

    def prepare(self, lines: Iterable[str]) -> None:
        for name in ("lists/partial", "archives/partial", "nothing"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        (self._folder / "status").write_bytes(b"")
        (self._folder / "sources.list").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def stale(self) -> bool:
        stamp = self._folder / "updated"
        sources = (self._folder / "sources.list").read_text(encoding="utf-8")
        fresh = stamp.exists() and stamp.read_text(encoding="utf-8") == sources
        return not fresh or time.time() - stamp.stat().st_mtime > _FRESH

    def update(self) -> bool:
        done = self._run(["update", "-q", "--error-on=any"])
        if done.returncode:
            self.complaint = _last(done)
            return False
        shutil.copyfile(self._folder / "sources.list", self._folder / "updated")
        return True

    def resolve(self, packages: Iterable[str]) -> list[tuple[str, int]]:
        """Return what would have to be installed on an empty system, as (file name, bytes)."""
        done = self._run(["install", "--print-uris", "-qq", "-y", *packages])
        if done.returncode:
            raise Refused("no-package.archive", why=_last(done))
        matches = (_LINE.match(line) for line in done.stdout.splitlines())
        return [(found["file"], int(found["size"])) for found in matches if found]

    def files(self, packages: Iterable[str]) -> list[tuple[str, int]]:
        """Fetch the packages themselves, as (file name, bytes)."""
        done = self._run(["download", "--print-uris", "-qq", *packages])
        matches = (_LINE.match(line) for line in done.stdout.splitlines())
        return [(found["file"], int(found["size"])) for found in matches if found]

    def download(self, packages: list[str], folder: Path) -> bool:
        """Whether all of them arrived; those that can be had do."""
        done = self._run(["download", "-q", *packages], folder)
        self.complaint = _last(done) if done.returncode else ""
        return done.returncode == 0

    def _run(self, command: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        own = self._folder
        options = {
            "APT::Architecture": self._architecture,
            "APT::Architectures": self._architecture,
            "APT::Install-Recommends": "0",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
            "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
            "APT::Update::Post-Invoke-Success": "",
            "Dir::State": str(own),
            "Dir::State::status": str(own / "status"),
            "Dir::State::lists": str(own / "lists"),
            "Dir::Cache": str(own),
            "Dir::Cache::archives": str(own / "archives"),
            "Dir::Etc::sourcelist": str(own / "sources.list"),
            "Dir::Etc::sourceparts": str(own / "nothing"),
            "Dir::Etc::preferences": str(own / "nothing" / "none"),
            "Dir::Etc::preferencesparts": str(own / "nothing"),
        }
        flags = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            ["apt-get", *flags, *command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
        )


def _archive(source: PackageSource, architecture: str) -> _Archive:
    """Return the machine's own archive as apt itself understands its configuration, or the mirror that was given. One
    that is configured for this architecture goes before others: Ubuntu has several.
    """
    targets = _targets()
    targets.sort(key=lambda target: target[2] != architecture)
    known = distributions()
    for distribution in known:
        ours = {release: uri for uri, release, _ in reversed(targets) if release.split("-")[0] in distribution.suites}
        security = next((uri for release, uri in ours.items() if release.endswith("-security")), None)
        main = next((uri for release, uri in ours.items() if release in distribution.suites), None)
        if main and source.mirror is None:
            return _Archive(distribution, main, security)
    if source.mirror is not None:
        last = source.mirror.rstrip("/").rpartition("/")[2]
        return _Archive(next((one for one in known if one.name in last), known[0]), source.mirror, None)
    raise Refused("no-archive")


def _targets() -> list[tuple[str, str, str]]:
    """Where apt would read lists of packages from: (archive, suite, architecture)."""
    form = "$(REPO_URI) $(RELEASE) $(ARCHITECTURE)"
    command = ["apt-get", "indextargets", "--format", form, "Created-By: Packages"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = (line.split(" ") for line in done.stdout.splitlines())
    return [(parts[0], parts[1], parts[2]) for parts in found if len(parts) == 3]  # noqa: PLR2004 - as `form`


def _suite(recipe: Recipe, archive: _Archive) -> str:
    try:
        return recipe.suites[archive.distribution.name]
    except KeyError:
        name = archive.distribution.name
        raise Refused("no-suite", recipe=recipe.name, name=name) from None


def _lines(archive: _Archive, suite: str) -> list[str]:
    """List the suite itself first, then its updates: a mirror may lack those."""
    distribution = archive.distribution
    signed = f"[signed-by={distribution.keyring}] " if Path(distribution.keyring).exists() else ""
    components = " ".join(distribution.components)
    lines = [f"deb {signed}{archive.uri} {suite} {components}"]
    if suite in distribution.rolling:
        return lines
    if "updates" in distribution.pockets:
        lines.append(f"deb {signed}{archive.uri} {suite}-updates {components}")
    if "security" in distribution.pockets and archive.security:
        lines.append(f"deb {signed}{archive.security} {suite}-security {components}")
    return lines


def _last(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if line.startswith(("E:", "W:"))] or done.stderr.splitlines()
    return " ".join(lines[-3:]) or Wording("making.apt-ended", status=done.returncode)
