"""The composition root: which engine a site has is a setting."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc import wiring
from buildsvc.doors.processes import forking
from buildsvc.image.layout import Layout
from buildsvc.settings.reading import read
from buildsvc.settings.settings import Settings


def settings_of(tmp_path: Path, **more: str) -> Settings:
    return read({"HOME": str(tmp_path), "BUILDSVC_DATA": str(tmp_path), **more})


def test_the_engine_is_docker_where_nothing_is_said(tmp_path: Path) -> None:
    assert wiring.open_engine(settings_of(tmp_path), Layout(tmp_path, tmp_path)).name == "docker"


def test_an_engine_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="'podman'") as caught:
        wiring.open_engine(settings_of(tmp_path, BUILDSVC_ENGINE="podman"), Layout(tmp_path, tmp_path))
    assert (caught.value.code, caught.value.hint) == ("unknown-engine", "Set BUILDSVC_ENGINE to one of: docker.")


def test_every_engine_of_the_table_has_its_name(tmp_path: Path) -> None:
    made = {
        name: wiring.open_engine(settings_of(tmp_path, BUILDSVC_ENGINE=name), Layout(tmp_path, tmp_path)).name
        for name in wiring.ENGINES
    }
    assert {name: name for name in wiring.ENGINES} == made


def test_a_data_directory_that_was_open_to_everybody_is_tightened(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    wiring.keep_to_itself(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_one_of_somebody_else_that_is_open_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o755)

    def refuse(_path: Path, _mode: int) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(Refused) as caught:
        wiring.keep_to_itself(tmp_path)
    assert caught.value.code == "data-dir-open"


def test_logs_are_for_their_owner_and_the_group_also_those_that_were_there(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("before\n")
    log.chmod(0o644)
    with forking.open_log(log) as file:
        file.write(b"after\n")
    assert (stat.S_IMODE(log.stat().st_mode), log.read_text()) == (0o640, "before\nafter\n")
