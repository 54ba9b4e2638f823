"""CDS archives in the content store: one layer each, found by what it is valid for. Only a cache.

`buildpacks.java.cds` says what an archive is valid for, and what of it must not collide with the program;
`buildpacks.java.whole_archive` what one over everything is valid for.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from buildpacks.java import cds
from buildpacks.plan import Ready
from buildpacks.sentences.values import plain
from buildpacks.sentences.wording import again
from buildsvc.image import tar
from buildsvc.image.layer import LONG_AGO
from buildsvc.image.layout import Layout, copy

_KIND = "cds"


@dataclass(frozen=True)
class ClassArchive:
    """`names` is the digest of the blob with the libraries' names, `listed` of that with the list of classes; `image`
    the manifest of an image that has the layer and that the engine was given beforehand, under the tag `reference`.
    `left_out` are the paths of jars that could be in it, were it not for names that others have too. `unusable` says
    why there is none. One over everything has no names and no list.
    """

    key: str
    layer: str = ""
    size: int = 0
    names: str = ""
    classes: int = 0
    image: str = ""
    reference: str = ""
    left_out: tuple[str, ...] = ()
    unusable: str = ""
    listed: str = ""

    @property
    def ready(self) -> Ready:
        return Ready(self.layer, self.size)


def find(layout: Layout, key: str) -> ClassArchive | None:
    """Return the archive for this key, or the record that none can be made; None where nobody has tried."""
    found = _recorded(layout, key)
    if found is None:
        return None
    complete = found.unusable or all(map(layout.sound, filter(None, (found.layer, found.names, found.image))))
    return found if complete else None


def recorded(layout: Layout) -> tuple[ClassArchive, ...]:
    """Return all records, whether their blobs are there or not."""
    return tuple(one for key in layout.recalled(_KIND) if (one := _recorded(layout, key)) is not None)


def remove(layout: Layout, key: str) -> None:
    """Forget a record; its blobs are the caller's to delete."""
    layout.forget(_KIND, key)


def _recorded(layout: Layout, key: str) -> ClassArchive | None:
    told = layout.recall(_KIND, key)
    if not isinstance(told, dict):
        return None
    read = {"left_out": tuple(told.get("left_out", ())), "unusable": again(told.get("unusable"))}
    return ClassArchive(**{**told, **read})


def keep(layout: Layout, archive: ClassArchive) -> None:
    """Remember an archive whose blobs are in the layout."""
    layout.remember(_KIND, archive.key, {**asdict(archive), "unusable": plain(archive.unusable)})


def start_from_archive() -> bytes:
    """Return a tar that, laid over a container of an image without an archive, makes its next start take one."""
    content = f"{cds.FROM_ARCHIVE}\n".encode()
    entry = tar.TarEntry(cds.START, mode=0o444, mtime=LONG_AGO, size=len(content))
    return tar.header(entry) + content + bytes(tar.padding(len(content))) + tar.END


def add_layer(layout: Layout, archive: Path) -> Ready:
    """Add the archive file as a layer of its own."""
    size = archive.stat().st_size
    folders = cds.PATH.split("/")[:-1]
    with archive.open("rb") as file, layout.writer() as blob:
        for depth in range(len(folders)):
            path = "/".join(folders[: depth + 1])
            blob.write(tar.header(tar.TarEntry(path, tar.DIRECTORY, 0o755, LONG_AGO)))
        blob.write(tar.header(tar.TarEntry(cds.PATH, mode=0o444, mtime=LONG_AGO, size=size)))
        copy(file, blob.write, size)
        blob.write(bytes(tar.padding(size)) + tar.END)
    return Ready(blob.digest, blob.size)
