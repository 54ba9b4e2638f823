"""Tomcat for wars: one layer of its own, for every architecture, out of a release archive or an image that has it.

Only its libraries, its two start jars and its global settings are taken: no scripts, no manager, no examples.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from buildpacks.archives import tar_headers
from buildpacks.errors import Refused
from buildpacks.kinds import tomcat
from buildpacks.platforms import Platform
from buildsvc.image import manifest, tar
from buildsvc.image.digest import Descriptor
from buildsvc.image.inspecting import files_below
from buildsvc.image.layer import LAYER_TYPE, LONG_AGO, content_mtime
from buildsvc.image.layout import Layout
from buildsvc.image.types import BaseImage, Image, Layer

ANY = Platform("linux", "any")
"""Jars and text only."""
_CATALINA = "lib/catalina.jar"
_WANTED = re.compile(
    r"lib/[^/]+\.jar|bin/(?:bootstrap|tomcat-juli)\.jar|conf/(?:web\.xml|catalina\.properties)|LICENSE|NOTICE"
)
_NEEDED = (_CATALINA, "lib/servlet-api.jar", "bin/bootstrap.jar", "bin/tomcat-juli.jar", "conf/web.xml")
_INFO = "org/apache/catalina/util/ServerInfo.properties"
_VERSION = re.compile(r"^server\.info\s*=\s*Apache Tomcat/(\d+(?:\.\d+)+)", re.MULTILINE)
_LARGEST = 64 << 20
"""Bytes of a release archive, and of all that is taken out of one; Tomcat 11 has 14 MB."""
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError)


def is_release(path: Path) -> bool:
    """Whether this file is Tomcat as Apache releases it: a tar.gz or a zip with everything below one folder."""
    if not path.is_file() or path.stat().st_size > _LARGEST:
        return False
    try:
        return any(name == _CATALINA for name, _ in _entries(path))
    except _BROKEN:
        return False


def from_release(path: Path, layout: Layout, origin: str) -> BaseImage:
    """Bring the Tomcat in a release archive into `layout`. Raises Refused `damaged-tomcat`, `tomcat-release`."""
    try:
        return _kept(_bounded(_entries(path), origin), layout, origin)
    except _BROKEN as error:
        raise Refused("damaged-tomcat.unpacked", origin=origin, error=error) from error


def from_image(layout: Layout, image: Image, origin: str) -> BaseImage | None:
    """Return the Tomcat at an image's CATALINA_HOME; None where it has none. Raises Refused as `from_release` does."""
    config = manifest.read_config(layout, image).get("config") or {}
    home = dict(item.split("=", 1) for item in config.get("Env") or ()).get("CATALINA_HOME")
    if not home:
        return None
    found = files_below(layout, image, home, lambda path: _WANTED.fullmatch(path) is not None)
    taken = _bounded(found.items(), origin)
    return _kept(taken, layout, origin) if _CATALINA in taken else None


def _entries(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give what is wanted of an archive: paths below its one folder, and their content."""
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] == _GZIP:
        with tar_headers.opened(path, "r:gz") as archive:
            for member in archive:
                name = member.name.partition("/")[2]
                if member.isfile() and member.size <= _LARGEST and _WANTED.fullmatch(name):
                    content = archive.extractfile(member)
                    yield name, content.read() if content is not None else b""
    elif start == _ZIP:
        with zipfile.ZipFile(path) as packed:
            for info in packed.infolist():
                name = info.filename.partition("/")[2]
                if info.file_size <= _LARGEST and _WANTED.fullmatch(name):
                    yield name, packed.read(info)


def _bounded(entries: Iterable[tuple[str, bytes]], origin: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    total = 0
    for name, content in entries:
        total += len(content)
        if total > _LARGEST:
            raise Refused("damaged-tomcat.large", origin=origin, largest=_LARGEST)
        found[name] = content
    return found


def _kept(files: Mapping[str, bytes], layout: Layout, origin: str) -> BaseImage:
    lost = [name for name in _NEEDED if name not in files]
    if lost:
        raise Refused("damaged-tomcat.lacks", origin=origin, lost=lost)
    version = _version(files[_CATALINA], origin)
    offered = {line.name for line in tomcat.lines()}
    if tomcat.line_of(version) not in offered:
        raise Refused("tomcat-release", origin=origin, version=version, offered=sorted(offered, key=_numbers))
    layer = _layer(files, layout)
    created = manifest.timestamp(LONG_AGO)
    image = manifest.image(
        layout, "", ANY, [layer], created=created, run={}, lines=[manifest.history(created, f"Tomcat {version}")]
    )
    name = f"{tomcat.KIND}-{version}-{image.manifest.digest[7:15]}"
    named = Image(f"buildsvc/base:{name}", image.manifest, image.config, image.layers, ANY)
    size = sum(map(len, files.values()))
    return BaseImage(name, tomcat.KIND, None, "", named, size, "", "", "", origin, version)


def _layer(files: Mapping[str, bytes], layout: Layout) -> Layer:
    """Write the files as a layer: the same files give the same bytes, wherever they came from."""
    entries = {f"{tomcat.HOME}/{name}": content for name, content in files.items()}
    folders = {str(parent) for path in entries for parent in PurePosixPath(path).parents} - {"."}
    with layout.writer() as blob:
        for path in sorted({*entries, *folders}):
            if path in folders:
                blob.write(tar.header(tar.TarEntry(path, tar.DIRECTORY, 0o755, LONG_AGO)))
                continue
            mtime = content_mtime(hashlib.sha256(entries[path]).hexdigest())
            tar.write_file(blob.write, tar.TarEntry(path, mtime=mtime, size=len(entries[path])), entries[path])
        blob.write(tar.END)
    return Layer(Descriptor(LAYER_TYPE, blob.digest, blob.size), blob.digest, "server")


def _version(jar: bytes, origin: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(jar)) as archive:
            found = _VERSION.search(archive.read(_INFO).decode("utf-8", "replace"))
    except (KeyError, zipfile.BadZipFile, zlib.error):
        found = None
    if found is None:
        raise Refused("damaged-tomcat.version", origin=origin)
    return found[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
