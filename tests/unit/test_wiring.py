"""The composition root: which engine a site has is a setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc import wiring
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
