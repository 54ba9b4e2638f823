"""Libraries as they lie on a developer's disk: a zip or tar.gz, or the folder itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_STORED, ZipFile

from buildpacks.errors import Refused


@contextmanager
def as_archive(given: Path | None) -> Iterator[Path | None]:
    """Give a file that holds them: what was given, or, of a folder, a zip of all jars in it, gone when the block ends.

    Raises Refused `no-libraries` for a folder without a jar.
    """
    if given is None or not given.is_dir():
        yield given
        return
    jars = sorted(path for path in given.rglob("*.jar") if path.is_file())
    if not jars:
        raise Refused("no-libraries.folder", given=given)
    with TemporaryDirectory(prefix="buildsvc-") as place:
        packed = Path(place) / f"{given.resolve().name or 'libraries'}.zip"
        # Jars are compressed already, and one older than 1980 is no reason to stop.
        with ZipFile(packed, "w", ZIP_STORED, strict_timestamps=False) as archive:
            for jar in jars:
                archive.write(jar, jar.relative_to(given).as_posix())
        yield packed
