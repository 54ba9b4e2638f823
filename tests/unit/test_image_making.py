"""Recipes, and what is made of packages without running them; packages here are forged."""

import io
import ssl
import struct
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from buildpacks.errors import NotFound, Refused
from buildsvc.engines.gateway import protocol
from buildsvc.image import tar
from buildsvc.image.making import package_list, trust, unmet
from buildsvc.image.making.finish import finish
from buildsvc.image.making.recipe import BASES, Recipe, User, distributions, kinds, load
from buildsvc.image.making.rootfs import RootFs, merged

Entry = tuple[str, bytes | str | None]
KINDS: dict[type, bytes] = {bytes: tarfile.REGTYPE, str: tarfile.SYMTYPE}


def deb(folder: Path, name: str, entries: list[Entry]) -> Path:
    """A package: bytes are files, text is a link's target, None a folder."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name_inside, content in entries:
            info = tarfile.TarInfo("./" + name_inside)
            info.mtime, info.uid, info.mode = 1600000000, 500, 0o4755
            info.type = KINDS.get(type(content), tarfile.DIRTYPE)
            info.linkname = content if isinstance(content, str) else ""
            info.size = len(content) if isinstance(content, bytes) else 0
            archive.addfile(info, io.BytesIO(content if isinstance(content, bytes) else b""))
    path = folder / f"{name}_1.0_amd64.deb"
    members = {"debian-binary": b"2.0\n", "control.tar.gz": b"", "data.tar.gz": data.getvalue()}
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for member, data_inside in members.items():
            file.write(f"{member:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data_inside):<10}`\n".encode() + data_inside)
            file.write(b"\n" * (len(data_inside) % 2))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Iterator[RootFs]:
    with (tmp_path / "spool").open("wb+") as spool:
        yield RootFs(spool, ["usr/share/doc", "usr/lib/*/gconv"])


def listing(root: RootFs) -> dict[str, tarfile.TarInfo]:
    buffer = io.BytesIO()
    root.write(lambda _: True, buffer.write)
    with tarfile.open(fileobj=io.BytesIO(buffer.getvalue())) as archive:
        return {member.name: member for member in archive}


def test_every_recipe_can_be_read() -> None:
    assert set(kinds()) >= {"jre", "jdk", "gateway", "redis", "nginx"}
    for kind in kinds():
        recipe = load(kind, 17 if kind in {"jre", "jdk"} else None, given=protocol.given())
        assert recipe.user.id == 0 or recipe.user.id > 10000
        assert set(recipe.suites) <= {one.name for one in distributions()}
        assert recipe.packages


def test_a_recipe_names_packages_and_suites_but_no_host() -> None:
    for path in BASES.rglob("*.toml"):
        assert "://" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("java", "suite"), [(8, "sid"), (11, "bullseye"), (17, "bookworm"), (21, "trixie"), (25, "trixie")]
)
def test_each_java_release_has_its_suite(java: int, suite: str) -> None:
    recipe = load("jre", java)
    assert recipe.suites["debian"] == suite
    assert f"openjdk-{java}-jre-headless" in recipe.packages
    assert recipe.name == f"jre-{java}"


def test_a_release_without_recipe_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Refused, match="8, 11, 17, 21, 25"):
        load("jre", 16)
    with pytest.raises(Refused, match="no Java release"):
        load("redis", 17)
    with pytest.raises(NotFound, match="gateway"):
        load("oracle")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("./bin/sh", "usr/bin/sh"),
        ("./lib64", "usr/lib64"),
        ("./usr/bin/x", "usr/bin/x"),
        ("./", None),
        ("./etc/x", "etc/x"),
    ],
)
def test_paths_are_those_of_a_merged_usr(path: str, expected: str | None) -> None:
    assert merged(path) == expected


def test_packages_are_unpacked_without_owners_or_special_rights(root: RootFs, tmp_path: Path) -> None:
    entries: list[Entry] = [("bin", None), ("bin/su", b"program"), ("bin/link", "su"), ("usr/share/doc/x/y", b"text")]
    root.unpack(deb(tmp_path, "tools", entries))
    found = listing(root)
    assert set(found) == {"usr", "usr/bin", "usr/bin/su", "usr/bin/link"}
    assert (found["usr/bin/su"].mode, found["usr/bin/su"].uid, found["usr/bin/su"].mtime) == (0o755, 0, 1600000000)
    assert found["usr/bin/link"].linkname == "su"


def test_a_package_that_holds_the_links_of_a_merged_usr_leaves_the_folders_as_they_are(
    root: RootFs, tmp_path: Path
) -> None:
    entries: list[Entry] = [("bin", "usr/bin"), ("lib64", "usr/lib64"), ("usr/bin/x", b"1"), ("etc/bin", "x")]
    root.unpack(deb(tmp_path, "base-files", entries))
    found = listing(root)
    assert set(found) == {"etc", "etc/bin", "usr", "usr/bin", "usr/bin/x"}
    assert found["usr/bin"].isdir()


def test_a_star_in_an_exclusion_stays_within_one_name(root: RootFs, tmp_path: Path) -> None:
    entries: list[Entry] = [
        ("usr/lib/amd64/gconv/GBK.so", b"1"),
        ("usr/lib/a/b/gconv/x", b"2"),
        ("usr/share/docs", b"3"),
    ]
    root.unpack(deb(tmp_path, "tools", entries))
    assert {path for path, entry in root.entries() if entry.kind == tar.FILE} == {
        "usr/lib/a/b/gconv/x",
        "usr/share/docs",
    }


def test_the_same_packages_give_the_same_bytes(tmp_path: Path) -> None:
    def bytes_of(place: str) -> bytes:
        folder = tmp_path / place
        folder.mkdir()
        with (folder / "spool").open("wb+") as spool:
            root = RootFs(spool, [])
            root.unpack(deb(folder, "one", [("etc/a", b"1"), ("etc", None)]))
            finish(root, Recipe("x", None, (), {}, users=(User("app", 10001, "/app"),), run_as="app"), {})
            buffer = io.BytesIO()
            root.write(lambda _: True, buffer.write)
            return buffer.getvalue()

    assert bytes_of("here") == bytes_of("there")


def test_a_damaged_package_is_refused_by_name(root: RootFs, tmp_path: Path) -> None:
    path = tmp_path / "bad_1.0_amd64.deb"
    path.write_bytes(b"no package")
    with pytest.raises(Refused, match=r"bad_1\.0_amd64\.deb"):
        root.unpack(path)


def test_users_folders_and_certificates_are_made(root: RootFs, tmp_path: Path) -> None:
    root.unpack(deb(tmp_path, "ca", [("usr/share/ca-certificates/mozilla/one.crt", certificate("one"))]))
    recipe = Recipe(
        *("x", None, (), {}), users=(User("app", 10001, "/app"),), run_as="app", java_trust_store="/etc/cacerts"
    )
    finish(root, recipe, {})
    found = listing(root)
    assert b"app:x:10001:10001:" in root.read("etc/passwd")
    assert (found["app"].uid, found["tmp"].mode) == (10001, 0o1777)
    assert b"BEGIN CERTIFICATE" in root.read("etc/ssl/certs/ca-certificates.crt")
    assert "usr/share/ca-certificates/mozilla/one.crt" not in found


def test_a_trust_store_holds_every_certificate_and_is_the_same_each_time(tmp_path: Path) -> None:
    certificates = [("One", certificate("one")), ("Főtanúsítvány", certificate("two"))]
    data = trust.java_store(certificates)
    assert data == trust.java_store(certificates)
    assert struct.unpack(">III", data[:12]) == (0xFEEDFEED, 2, 2)
    assert ssl.PEM_cert_to_DER_cert(certificates[1][1].decode()) in data


def test_the_libraries_that_a_program_asks_for_are_found() -> None:
    data = Path("/bin/sh").read_bytes()
    assert any(name.startswith("libc.so") for name in unmet.needed(data))
    assert unmet.needed(b"#!/bin/sh") == ()


def test_a_missing_library_is_named_with_who_asks(root: RootFs, tmp_path: Path) -> None:
    root.unpack(deb(tmp_path, "sh", [("bin/sh", Path("/bin/sh").read_bytes())]))
    assert "usr/bin/sh" in unmet.missing(root).values()
    for name in unmet.missing(root):
        root.put(f"usr/lib/{name}", b"")
    assert unmet.missing(root) == {}


def certificate(name: str) -> bytes:
    key = ec.derive_private_key(4711, ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(end)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def test_scanners_find_the_packages_each_in_the_layer_of_its_package(root: RootFs, tmp_path: Path) -> None:
    files = [deb(tmp_path, name, [(f"usr/{name}", b"x")]) for name in ("libc6", "openjdk-17-jre")]
    for file in files:
        root.unpack(file)
    package_list.write(root, files)
    assert root.read("var/lib/dpkg/status.d/libc6") == b"Package: libc6\nVersion: 1.0\nArchitecture: amd64\n"
    buffer = io.BytesIO()
    root.write(lambda node: node.package == "openjdk-17-jre", buffer.write)
    with tarfile.open(fileobj=io.BytesIO(buffer.getvalue())) as archive:
        assert [name for name in archive.getnames() if "status.d/" in name] == ["var/lib/dpkg/status.d/openjdk-17-jre"]
