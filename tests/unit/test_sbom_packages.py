"""The Debian packages of a base, from either kind of database, and from what our own bases are made of."""

from __future__ import annotations

from pathlib import Path

from buildsvc.image.sbom.packages import Package, packages
from tests.small_images import image, layer, layout

STATUS = b"""Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.36-9+deb12u10
Description: C library
 more text

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: openssl
Status: install ok installed
Architecture: amd64
Source: openssl (3.0.1)
Version: 3.0.1-1
"""
RELEASE = b'NAME="Debian"\nID=debian\nVERSION_ID="12"\n'


def test_a_status_file_is_read_without_what_was_removed(tmp_path: Path) -> None:
    store = layout(tmp_path)
    made = image(store, [layer(store, {"var/lib/dpkg/status": STATUS, "usr/lib/os-release": RELEASE})])
    assert packages(store, made) == (
        Package("libc6", "2.36-9+deb12u10", "amd64", "glibc", "debian-12"),
        Package("openssl", "3.0.1-1", "amd64", "openssl", "debian-12"),
    )


def test_one_file_a_package_is_read_over_all_layers(tmp_path: Path) -> None:
    store = layout(tmp_path)
    one = {
        "var/lib/dpkg/status.d/a": b"Package: a\nVersion: 1\nArchitecture: all\n",
        "usr/lib/os-release": b"ID=kylin\n",
    }
    two = {
        "var/lib/dpkg/status.d/b": b"Package: b\nVersion: 2\nArchitecture: arm64\n",
        "var/lib/dpkg/info/b.list": b"x",
    }
    made = image(store, [layer(store, one), layer(store, two)])
    assert packages(store, made) == (Package("a", "1", "all", "", "kylin"), Package("b", "2", "arm64", "", "kylin"))


def test_what_was_found_is_remembered_by_the_images_digest(tmp_path: Path) -> None:
    store = layout(tmp_path)
    made = image(store, [layer(store, {"var/lib/dpkg/status": STATUS})])
    first = packages(store, made)
    store.delete(made.layers[0].descriptor.digest)
    assert packages(store, made) == first


def test_an_image_without_a_database_has_none(tmp_path: Path) -> None:
    store = layout(tmp_path)
    assert packages(store, image(store, [layer(store, {"etc/x": b""})])) == ()
