"""The file of an export on the laptop: whole or in parts, and what would be read wrongly later is refused before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildpacks.archives.split_files import MOST_PARTS, SplitFile
from buildpacks.errors import Refused
from buildsvc.doors.cli.main import cli
from buildsvc.doors.cli.remote.written_parts import WrittenParts, require_parts
from buildsvc.image.layout import Layout
from buildsvc.store.bundle.sections import document_of
from tests import bundles, small_images
from tests.remote_service import Service, playing


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with playing(monkeypatch, tmp_path) as service:
        yield service


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return small_images.layout(tmp_path / "from")


def parts(path: Path, data: bytes, size: int) -> list[Path]:
    with WrittenParts(path, size) as writing:
        writing.write(data)
    return writing.done()


def test_any_part_stands_for_all_of_them(tmp_path: Path) -> None:
    written = parts(tmp_path / "shop.bundle", b"abcdefg", 3)
    assert [one.name for one in written] == ["shop.bundle.001", "shop.bundle.002", "shop.bundle.003"]
    for named in (*written, tmp_path / "shop.bundle"):
        with SplitFile(named) as file:
            assert file.read(0, 10) == b"abcdefg"


def test_a_file_whose_name_only_ends_in_digits_is_itself(tmp_path: Path) -> None:
    (tmp_path / "shop-1.202").write_bytes(b"x")
    with SplitFile(tmp_path / "shop-1.202") as file:
        assert file.read(0, 10) == b"x"


def test_a_part_of_an_earlier_bundle_behind_the_last_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "shop.bundle"
    parts(path, b"abcdefg", 3)
    require_parts(path, 9, 3)
    with pytest.raises(Refused, match="earlier bundle") as caught:
        require_parts(path, 6, 3)
    assert "shop.bundle.003" in caught.value.message
    require_parts(path, 6, None)


def test_more_parts_than_are_read_again_are_refused(tmp_path: Path) -> None:
    require_parts(tmp_path / "x", MOST_PARTS * 10, 10)
    with pytest.raises(Refused, match="The least is 11"):
        require_parts(tmp_path / "x", MOST_PARTS * 10 + 1, 10)


def test_what_breaks_off_leaves_no_part(tmp_path: Path) -> None:
    writing = WrittenParts(tmp_path / "x", 3)
    writing.write(b"abcdefg")
    assert len(list(tmp_path.iterdir())) == 3
    writing.__exit__(RuntimeError)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_before_the_service_is_asked(service: Service, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["export", "shop@1", "-o", str(tmp_path / "no" / "shop.bundle")])
    assert (done.exit_code, service.asked) == (2, [])
    assert "There is no folder" in done.stderr


def test_a_bundle_that_ends_early_is_refused_before_a_byte_is_sent(
    service: Service, store: Layout, tmp_path: Path
) -> None:
    made = bundles.bundle(store, bundles.snapshot(store))
    path = bundles.file(store, made, tmp_path / "shop.bundle")
    missing = [{"digest": one.digest, "size": one.size} for one in made.blobs]
    wanted = {"id": "sha256:x", "title": "shop@1", "platforms": [], "size": 1, "missing": missing, "signed": ""}
    service.answer("POST", "/api/bundles", 200, wanted)
    path.write_bytes(path.read_bytes()[: len(document_of(made)) + 9000])
    done = CliRunner().invoke(cli, ["import", str(path)])
    assert done.exit_code == 2, done.output
    assert "shop.bundle ends before" in done.stderr
    assert [(method, path) for method, path, *_ in service.asked] == [("POST", "/api/bundles")]
