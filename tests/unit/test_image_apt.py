"""Packages by apt, of which a script takes the place: an archive that lists what it does not hold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from buildpacks.errors import Failure
from buildsvc.image.making.apt import PackageSource, fetch
from buildsvc.image.making.recipe import load
from tests.two_platforms import ARM64

APT = """#!/bin/sh
case "$*" in
  *indextargets*) printf '%s\n' {targets} ;;
  *install*) echo "'http://archive/a_2_arm64.deb' a_2_arm64.deb 1"; echo "'http://archive/b_1_all.deb' b_1_all.deb 1" ;;
  *print-uris*a/*) echo "'http://archive/a_1_arm64.deb' a_1_arm64.deb 1" ;;
  *download*a/*) {older} ;;
  *download*) printf x > b_1_all.deb; echo "E: Failed to fetch a_2" >&2; exit 100 ;;
esac
"""


@pytest.fixture
def source(tmp_path: Path) -> PackageSource:
    return PackageSource(tmp_path / "packages")


DEBIAN = ("http://archive/debian bookworm amd64", "http://archive/debian bullseye amd64")


def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: str, targets: tuple[str, ...] = DEBIAN) -> None:
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    quoted = " ".join(f"'{target}'" for target in targets)
    apt.write_text(APT.replace("{older}", older).replace("{targets}", quoted))
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{apt.parent}:{os.environ['PATH']}")


def test_a_version_that_the_archive_does_not_hold_is_replaced_by_that_of_the_suite(
    source: PackageSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "printf y > a_1_arm64.deb")
    told: list[str] = []
    fetched = fetch(source, load("jre", 11), ARM64, told.append)
    assert [path.name for path in fetched.files] == ["a_1_arm64.deb", "b_1_all.deb"]
    assert "a_1" in told[-1]


def test_without_that_one_either_nothing_is_made(
    source: PackageSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "exit 100")
    with pytest.raises(Failure, match="Failed to fetch a_2"):
        fetch(source, load("jre", 11), ARM64, lambda _: None)


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (("http://archive/ubuntu noble amd64", "http://ports/ubuntu-ports noble arm64"), "http://ports/ubuntu-ports"),
        (("http://ports/ubuntu-ports noble arm64", "http://archive/ubuntu noble amd64"), "http://ports/ubuntu-ports"),
        (("http://archive/ubuntu noble amd64",), "http://archive/ubuntu"),
    ],
)
def test_the_archive_that_is_configured_for_the_architecture_goes_before_others(
    source: PackageSource,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    targets: tuple[str, ...],
    expected: str,
) -> None:
    install(tmp_path, monkeypatch, "exit 100", targets)
    with pytest.raises(Failure):
        fetch(source, load("jre", 11), ARM64, lambda _: None)
    (listed,) = source.folder.glob("apt/noble-arm64/sources.list")
    assert {line.split()[-4] for line in listed.read_text().splitlines()} == {expected}
    assert " noble main universe" in listed.read_text()
