"""Our tar headers, read back by Python's own tar reader."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildsvc.image import tar

LONG = "app/" + "d" * 90 + "/" + "f" * 90


def read(*entries: tar.TarEntry) -> list[tarfile.TarInfo]:
    body = b"".join(tar.header(entry) + bytes(entry.size + tar.padding(entry.size)) for entry in entries) + tar.END
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        return archive.getmembers()


@pytest.mark.parametrize("path", ["a", "app/app.jar", LONG, "app/中文.txt", "x" * 100, "x" * 101])
def test_a_file_comes_back_with_path_mode_time_and_owner(path: str) -> None:
    (found,) = read(tar.TarEntry(path, mode=0o640, mtime=1700000000, size=3, uid=10001, gid=10001))
    assert (found.name, found.mode, found.mtime, found.size) == (path, 0o640, 1700000000, 3)
    assert (found.uid, found.gid, found.uname, found.gname) == (10001, 10001, "", "")
    assert found.isreg()


def test_folders_and_links_come_back() -> None:
    folder, link = read(
        tar.TarEntry("usr/lib", tar.DIRECTORY, 0o755), tar.TarEntry("lib", tar.SYMLINK, 0o777, target="/" + LONG)
    )
    assert folder.isdir()
    assert (link.issym(), link.linkname) == (True, "/" + LONG)


def test_a_size_above_eight_gibibytes_is_kept() -> None:
    entry = tar.TarEntry("big", size=9 << 30)
    with tarfile.open(fileobj=io.BytesIO(tar.header(entry)), mode="r|") as archive:
        found = archive.next()
    assert found is not None
    assert found.size == 9 << 30


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=300).filter(lambda t: t.strip("/. "))
)
def test_any_name_comes_back(name: str) -> None:
    path = "d/" + name.replace("/", "_") + "e"
    (found,) = read(tar.TarEntry(path))
    assert found.name == path
