"""The bill of an image that was not built here: read from its layers, in bounds, honest about what was not read."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from buildsvc.image.layout import Layout
from buildsvc.image.sbom import apart, image_bill
from buildsvc.image.sbom.billed_image import BilledImage
from buildsvc.image.sbom.image_contents import ImageContents, contents
from buildsvc.image.sbom.layer_files import Allowance
from buildsvc.model.bill import licence_list
from tests import forge
from tests.small_images import layer, layout

STATUS = b"""Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.36-9

Package: libc-bin
Status: install ok installed
Architecture: amd64
Version: 2.36-9

Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2
"""
RELEASE = b'NAME="Debian"\nID=debian\nVERSION_ID="12"\n'
DEP5 = b"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: somebody
License: LGPL-2.1+ and GPL-2+ with Libtool exception

Files: b
License: Expat
 The whole text.
"""
APK = b"P:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\no:musl\n\nP:busybox\nV:1.36\nA:x86_64\nL:GPL-2.0-only\no:busy\n"


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return layout(tmp_path)


def found(
    store: Layout,
    *files: Mapping[str, bytes],
    links: Mapping[str, str] | None = None,
    left: Allowance | None = None,
) -> ImageContents:
    layers = [layer(store, one, links if number == 0 else None) for number, one in enumerate(files)]
    return contents(store, tuple(one.descriptor.digest for one in layers), left or Allowance())


def bill(read: ImageContents) -> dict[str, Any]:
    image = BilledImage("mysql:8", "sha256:" + "1" * 64, "linux/amd64", (), 1_700_000_000)
    made = image_bill.document(image, read)
    assert made == image_bill.document(image, read)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made.decode()) is None
    told: dict[str, Any] = json.loads(made)
    return told


def test_the_packages_of_debian_have_the_licences_that_their_copyright_files_state(store: Layout) -> None:
    files = {
        "var/lib/dpkg/status": STATUS,
        "usr/lib/os-release": RELEASE,
        "usr/share/doc/libc6/copyright": DEP5,
        "usr/share/doc/bash/copyright": b"On Debian systems, see /usr/share/common-licenses/GPL-3.",
    }
    told = bill(found(store, files, links={"usr/share/doc/libc-bin": "libc6"}))
    parts = {one["name"]: one for one in told["components"]}
    assert parts["libc6"]["purl"] == "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc"
    stated = [one["license"].get("id") or one["license"]["name"] for one in parts["libc6"]["licenses"]]
    assert sorted(stated) == ["GPL-2+ with Libtool exception", "LGPL-2.1-or-later", "MIT"]
    assert parts["libc-bin"]["licenses"] == parts["libc6"]["licenses"]
    assert parts["bash"]["licenses"][0]["license"]["id"] == "GPL-3.0-only"
    assert (parts["debian"]["type"], parts["debian"]["version"]) == ("operating-system", "12")
    assert ("GPL-3.0-only", ("bash 5.2",)) in licence_list(told)


def test_the_packages_of_alpine_are_read(store: Layout) -> None:
    told = bill(found(store, {"lib/apk/db/installed": APK, "etc/os-release": b"ID=alpine\nVERSION_ID=3.19.1\n"}))
    musl = next(one for one in told["components"] if one["name"] == "musl")
    assert musl["purl"] == "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.19.1"
    assert dict(licence_list(told)) == {"MIT": ("musl 1.2.4-r2",), "GPL-2.0-only": ("busybox 1.36",)}


def test_the_jars_in_an_image_are_in_its_bill_with_what_is_in_them(store: Layout) -> None:
    inner = forge.library("a.A", maven=("org.a", "a", "1"), attributes={"Bundle-License": "MIT"})
    jar = forge.boot_jar(libraries={"a-1.jar": inner}, web=False, maven=("com.alibaba", "nacos", "2.3"))
    told = bill(found(store, {"home/nacos/target/nacos-server.jar": jar}))
    (own,) = (one for one in told["components"] if one["type"] == "library")
    assert (own["name"], own["version"], own["group"]) == ("nacos", "2.3", "com.alibaba")
    assert own["properties"] == [{"name": "buildsvc:file", "value": "home/nacos/target/nacos-server.jar"}]
    inside = {one["name"]: one for one in own["components"]}
    assert inside["a"]["purl"] == "pkg:maven/org.a/a@1"
    assert inside["a"]["licenses"][0]["license"]["id"] == "MIT"


def test_what_an_upper_layer_took_away_or_replaced_is_not_in_it(store: Layout) -> None:
    jar = forge.library("a.A", maven=("org.a", "a", "1"))
    lower = {
        "opt/a/a.jar": jar,
        "opt/b/b.jar": jar,
        "opt/c/c.jar": jar,
        "opt/d/d.jar": jar,
        "var/lib/dpkg/status": STATUS,
    }
    upper = {
        "opt/a/.wh.a.jar": b"",
        "opt/.wh.b": b"",
        "opt/c/.wh..wh..opq": b"",
        "opt/c/n.jar": jar,
        "var/lib/dpkg/status": STATUS.partition(b"\n\n")[0] + b"\n",
    }
    read = found(store, lower, upper)
    assert [one.entry for one in read.jars] == ["opt/c/n.jar", "opt/d/d.jar"]
    assert [one.name for one in read.packages] == ["libc6"]


def test_what_is_not_read_is_told_in_the_bill(store: Layout) -> None:
    read = found(store, {"var/lib/rpm/rpmdb.sqlite": b"SQLite", "opt/broken.jar": b"PK no zip", "etc/os-release": b""})
    unread = [
        one["value"] for one in bill(read)["metadata"]["component"]["properties"] if one["name"] == "buildsvc:unread"
    ]
    assert len(unread) == 2
    assert unread[0].startswith("opt/broken.jar: ")
    assert unread[1] == (
        "var/lib/rpm/rpmdb.sqlite: the packages of RPM's database are not read, or not all: "
        "no form of RPM's database that is read here"
    )
    assert [one.entry for one in read.jars] == ["opt/broken.jar"]


def test_bytes_and_files_of_strangers_are_bounded(store: Layout) -> None:
    jar = forge.library("a.A")
    assert found(store, {"a.jar": jar}, left=Allowance(size=len(jar) - 1)).unread == (
        f"a.jar: {len(jar)} bytes are too many",
    )
    many = {f"a/{number}": b"" for number in range(20)} | {"var/lib/dpkg/status": STATUS}
    read = found(store, {"var/lib/dpkg/status": STATUS}, many, left=Allowance(entries=10))
    assert read.packages == ()
    assert "too many files" in read.unread[0]


def test_a_damaged_layer_is_told_and_the_others_are_read(store: Layout) -> None:
    with store.writer() as blob:
        blob.write(b"no tar" * 1000)
    good = layer(store, {"var/lib/dpkg/status": STATUS})
    read = contents(store, (good.descriptor.digest, blob.digest), Allowance())
    assert len(read.packages) == 3
    assert read.unread[0].startswith(blob.digest)


def test_it_is_written_in_a_process_of_its_own_and_one_that_dies_leaves_an_honest_bill(
    store: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = layer(store, {"var/lib/dpkg/status": STATUS})
    digest = made.descriptor.digest
    image = BilledImage("mysql:8", "sha256:" + "1" * 64, "linux/amd64", (digest,), 1)
    told = json.loads(apart.image_document(store, image))
    assert len(told["components"]) == 3
    store.path(digest).unlink()
    usual = subprocess.run
    calls: list[object] = []

    def dying(command: list[str], **how: Any) -> Any:
        calls.append(command)
        return usual(["sh", "-c", "echo killed >&2; exit 9"] if len(calls) == 1 else command, **how)

    monkeypatch.setattr(subprocess, "run", dying)
    told = json.loads(apart.image_document(store, image))
    assert told.get("components", []) == []
    assert "killed" in told["metadata"]["component"]["properties"][-1]["value"]
