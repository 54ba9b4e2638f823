"""An engine's file: what it must hold, and for which machine."""

import io
import tarfile
from pathlib import Path, PurePosixPath

import pytest

from buildpacks.errors import Refused
from buildsvc.image.kit import engine_folder
from buildsvc.image.kit.engine_folder import NEEDED, engine_file, unpack_engine
from tests.unit.test_kit_interpreters import elf_file

HOME = PurePosixPath("/opt/buildsvc/engine/0")


def release(tmp_path: Path, *, without: str = "", kinds: tuple[int, ...] = (1,)) -> Path:
    program = elf_file(tmp_path / "program", kinds=kinds).read_bytes()
    file = tmp_path / "docker.tgz"
    with tarfile.open(file, "w:gz") as archive:
        for name in NEEDED:
            if name != without:
                entry = tarfile.TarInfo(f"docker/{name}")
                entry.size = len(program)
                archive.addfile(entry, io.BytesIO(program))
    return file


def unpacked(tmp_path: Path, file: Path, architecture: str = "amd64") -> Path:
    target = tmp_path / "engine"
    target.mkdir()
    unpack_engine(engine_file(file), target, HOME, architecture)
    return target


def test_a_static_release_is_taken_as_it_is(tmp_path: Path) -> None:
    target = unpacked(tmp_path, release(tmp_path))
    assert sorted(path.name for path in target.iterdir()) == sorted(NEEDED)
    assert all(path.stat().st_mode & 0o111 for path in target.iterdir())


def test_one_that_lacks_a_program_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="runc") as raised:
        unpacked(tmp_path, release(tmp_path, without="runc"))
    assert raised.value.code == "not-an-engine"


def test_one_for_another_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="arm64"):
        unpacked(tmp_path, release(tmp_path), "arm64")


def test_one_that_wants_the_servers_own_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as raised:
        unpacked(tmp_path, release(tmp_path, kinds=(1, 3)))
    assert raised.value.code == "engine-not-static"


def test_what_is_no_tar_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "docker.tgz"
    file.write_bytes(b"no tar at all" * 100)
    with pytest.raises(Refused) as raised:
        unpacked(tmp_path, file)
    assert raised.value.code == "not-an-engine"


@pytest.mark.parametrize("bound", ["_MOST", "_MOST_FILES"])
def test_one_that_unpacks_to_more_than_an_engine_has_is_refused_before_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(engine_folder, bound, 3)
    with pytest.raises(Refused, match="unpacks to more than"):
        unpacked(tmp_path, release(tmp_path))
    assert len(list((tmp_path / "engine").iterdir())) <= 3
