"""What x-buildsvc says of data: backup, restore and migrate, of image components and of jars."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.compose import Source, parse
from buildsvc.model.application import Component
from buildsvc.model.data_commands import DataCommands, Migration


def read(tmp_path: Path, own: str, image: str = "    image: mariadb:11\n") -> Component:
    (tmp_path / "compose.yaml").write_text(f"services:\n  db:\n{image}    x-buildsvc:\n{own}")
    parsed = parse(Source(tmp_path, "compose.yaml", {}), tmp=tmp_path, project="shop")
    return parsed.application.components[0]


def test_what_says_of_data_alone_leaves_an_image_component_one(tmp_path: Path) -> None:
    component = read(tmp_path, "      backup: mariadb-dump --all-databases\n      restore: [sh, -c, 'mariadb']\n")
    assert component.image == "mariadb:11"
    assert not component.is_jar
    assert component.data == DataCommands(("mariadb-dump", "--all-databases"), ("sh", "-c", "mariadb"))


def test_a_step_of_its_data_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "      migrate: {undo: no, step: orders-2}\n").data.migrate == Migration(False, "orders-2")
    jar = read(tmp_path, "      migrate: {undo: yes}\n", image="")
    assert jar.is_jar
    assert jar.data.migrate == Migration(undo=True)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("      backup: [pg_dump]\n      soak: 1s\n", "services.db.x-buildsvc.backup has no place in a jar component"),
        ("      backup: []\n", "services.db.x-buildsvc.backup is no command"),
        ("      backup: ''\n", "services.db.x-buildsvc.backup is no command"),
        ("      migrate: {step: a}\n", "does not say whether the step can be undone"),
        ("      migrate: {undo: no, step: 'a b'}\n", "is 'a b', which cannot name a step"),
        ("      migrate: {undo: perhaps}\n", "services.db.x-buildsvc.migrate.undo"),
        ("      migrate: soon\n", "services.db.x-buildsvc.migrate"),
        ("      backups: [pg_dump]\n", "backup"),
    ],
)
def test_a_fault_is_told_at_its_line(tmp_path: Path, own: str, told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        read(tmp_path, own)
    assert "line 5" in str(refused.value.message) or "compose.yaml:5" in str(refused.value.message)
