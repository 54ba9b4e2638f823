"""The bare server gets of the host's control groups what the host has mounted, and no place for more."""

from __future__ import annotations

from pathlib import Path

from scripts.bare.server import control_groups

MOUNTED = Path("/proc")


def test_of_version_1_it_gets_the_mounted_hierarchies_in_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "memory").symlink_to(MOUNTED)
    (tmp_path / "hugetlb").mkdir()
    (tmp_path / "net_cls").symlink_to("net_cls,net_prio")
    found = control_groups(tmp_path)
    memory = str(tmp_path / "memory")
    assert found.volumes == {memory: {"bind": memory, "mode": "rw"}}
    assert found.tmpfs == {str(tmp_path): "ro"}


def test_of_version_2_it_gets_all(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    found = control_groups(tmp_path)
    assert found.volumes == {str(tmp_path): {"bind": str(tmp_path), "mode": "rw"}}
    assert found.tmpfs == {}
