"""The packages of RPM in the bill of an image: openEuler's, Kylin's and CentOS's are the images that customers have."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from buildsvc.image.layout import Layout
from buildsvc.image.sbom import image_bill, rpm_databases, rpm_headers
from buildsvc.image.sbom.billed_image import BilledImage
from buildsvc.image.sbom.image_contents import ImageContents, contents
from buildsvc.image.sbom.layer_files import Allowance
from buildsvc.model.bill import licence_list
from tests import rpm_forge
from tests.small_images import layer, layout

NEW, OLD = "var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages"
RELEASE = {"etc/os-release": b'ID="openEuler"\nVERSION_ID="22.03"\n'}
LONG = "A licence with a long text, " * 60
HEADERS = (
    rpm_forge.header("glibc", "2.34", "1.oe2203", licence="LGPLv2+ and BSD"),
    rpm_forge.header("java-17-openjdk", "17.0.9", "0.oe2203", licence="GPLv2 with exceptions or MIT", epoch=1),
    rpm_forge.header("gpg-pubkey", "b675600b", "5d7f9d2c"),
    rpm_forge.header("kernel", "5.10", "1"),
    rpm_forge.header("kernel", "5.10", "2", licence=LONG),
)


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return layout(tmp_path / "store")


def found(store: Layout, *files: dict[str, bytes]) -> ImageContents:
    store.tmp.mkdir(parents=True, exist_ok=True)
    return contents(store, tuple(layer(store, one).descriptor.digest for one in files), Allowance())


def bill(read: ImageContents) -> dict[str, Any]:
    made = image_bill.document(BilledImage("kylin:v10", "sha256:" + "1" * 64, "linux/amd64", (), 1), read)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made.decode()) is None
    told: dict[str, Any] = json.loads(made)
    return told


def database(folder: Path, name: str) -> bytes:
    return rpm_forge.sqlite_file(folder, HEADERS) if name == NEW else rpm_forge.hash_file(HEADERS)


@pytest.mark.parametrize("name", [NEW, OLD])
def test_the_packages_of_rpm_are_in_the_bill_with_their_licences(store: Layout, tmp_path: Path, name: str) -> None:
    read = found(store, RELEASE | {name: database(tmp_path, name)})
    assert read.unread == ()
    told = bill(read)
    addresses = {one["purl"] for one in told["components"] if "purl" in one}
    where = "arch=x86_64&distro=openEuler-22.03"
    assert addresses == {
        f"pkg:rpm/openEuler/glibc@2.34-1.oe2203?{where}&upstream=source",
        f"pkg:rpm/openEuler/java-17-openjdk@17.0.9-0.oe2203?{where}&epoch=1&upstream=source",
        f"pkg:rpm/openEuler/kernel@5.10-1?{where}&upstream=source",
        f"pkg:rpm/openEuler/kernel@5.10-2?{where}&upstream=source",
    }
    listed = dict(licence_list(told))
    assert listed["BSD, LGPL-2.0-or-later"] == ("glibc 2.34-1.oe2203",)
    assert "GPLv2 with exceptions or MIT" in listed


@pytest.mark.parametrize("name", [NEW, OLD])
def test_a_damaged_database_of_rpm_is_told_and_breaks_nothing(store: Layout, tmp_path: Path, name: str) -> None:
    whole = database(tmp_path, name)
    for at in range(0, len(whole), 97):
        (tmp_path / "damaged").write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with suppress(ValueError):
            for one in rpm_databases.headers(tmp_path / "damaged"):
                rpm_headers.package(one, "")
    for length in (0, 100, len(whole) // 2):
        (said,) = found(store, RELEASE | {name: whole[:length]}).unread
        assert said.startswith(f"{name}: the packages of RPM's database are not read, or not all: ")


def test_a_form_that_is_not_read_is_told(store: Layout) -> None:
    (said,) = found(store, {"usr/lib/sysimage/rpm/Packages.db": b"RpmP" + bytes(5000)}).unread
    assert said.endswith("no form of RPM's database that is read here")


def test_what_was_left_of_the_older_form_is_not_counted(store: Layout, tmp_path: Path) -> None:
    left = rpm_forge.hash_file([rpm_forge.header("gone", "1", "1")])
    read = found(store, {OLD: left}, {NEW: database(tmp_path, NEW)})
    assert "gone" not in {one.name for one in read.packages}
    assert len(read.packages) == len(HEADERS) - 1
