"""What is in an artifact: libraries with digest, group, version, licences; and what was shaded into them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from buildpacks.inside.bill_parts import Licence, Part
from buildpacks.inside.inventory import inventory
from tests import forge


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Part]:
    def found(data: bytes, title: str = "app", version: str | None = "1.0.0") -> Part:
        return inventory(forge.write(tmp_path / "app.jar", data), "app.jar", "ab" * 32, title, version)

    return found


def pom(group: str, artifact: str, version: str, inside: str = "") -> dict[str, bytes]:
    home = f"META-INF/maven/{group}/{artifact}/"
    return forge.pom_properties(group, artifact, version) | {f"{home}pom.xml": f"<project>{inside}</project>".encode()}


def licensed(name: str) -> str:
    return f"<licenses><license><name>{name}</name></license></licenses>"


def test_every_library_is_told_with_its_digest_and_maven_name(read: Callable[..., Part]) -> None:
    library = forge.library("a.A", maven=("org.a", "a", "1.1"))
    found = read(forge.boot_jar(libraries={"a-1.1.jar": library}, web=False))
    assert (found.group, found.name, found.version, found.sha256) == ("demo", "app", "1.0.0", "ab" * 32)
    assert [part.name for part in found.parts] == ["a", "spring-boot"]
    assert found.parts[0] == Part(
        "a", "1.1", "org.a", entry="BOOT-INF/lib/a-1.1.jar", sha256=hashlib.sha256(library).hexdigest()
    )


def test_what_is_behind_the_stated_version_is_a_classifier(read: Callable[..., Part]) -> None:
    library = forge.library("a.A", maven=("org.a", "a", "1.1"))
    (part, _) = read(forge.boot_jar(libraries={"a-1.1-linux-x86_64.jar": library}, web=False)).parts
    assert (part.version, part.classifier) == ("1.1", "linux-x86_64")


def test_a_library_without_maven_name_is_told_by_its_file_and_manifest(read: Callable[..., Part]) -> None:
    libraries = {"a-2.0-RC1.jar": forge.library("a.A"), "b.jar": forge.library(attributes={"Bundle-Version": "3.1"})}
    found = {part.name: part for part in read(forge.boot_jar(libraries=libraries, web=False)).parts}
    assert (found["a"].version, found["a"].group, found["b"].version) == ("2.0-RC1", "", "3.1")


def test_a_group_is_taken_from_what_others_call_it_and_from_its_family(read: Callable[..., Part]) -> None:
    named = (
        "<dependencies><dependency><groupId>org.f</groupId><artifactId>f-core</artifactId></dependency></dependencies>"
    )
    libraries = {
        "user-1.jar": forge.library(extra=pom("org.u", "user", "1", named)),
        "f-core-2.jar": forge.library("f.A"),
        "f-web-2.jar": forge.library("f.B"),
        "f-old-1.jar": forge.library("f.C"),
    }
    found = {part.name: part for part in read(forge.boot_jar(libraries=libraries, web=False)).parts}
    assert (found["f-core"].group, found["f-core"].inferred) == ("org.f", True)
    assert (found["f-web"].group, found["f-web"].inferred) == ("org.f", True)
    assert found["f-old"].group == ""
    assert not found["user"].inferred


@pytest.mark.parametrize(
    ("bill", "group"),
    [
        (b'{"components": [3, {"name": "x"}, {"group": "org.f", "name": "f-core"}]}', "org.f"),
        (b'{"components": 3}', ""),
        (b"[" * 100_000, ""),
        (b"no json", ""),
    ],
)
def test_a_group_is_taken_from_the_bill_that_the_build_put_in(
    read: Callable[..., Part], bill: bytes, group: str
) -> None:
    place = "META-INF/sbom/application.cdx.json"
    jar = forge.boot_jar(
        libraries={"f-core-2.jar": forge.library("f.A")},
        web=False,
        extra={place: bill},
        attributes={"Sbom-Format": "CycloneDX", "Sbom-Location": place},
    )
    assert read(jar).parts[0].group == group


def test_two_groups_for_one_name_are_none(read: Callable[..., Part]) -> None:
    def user(number: int) -> bytes:
        named = f"<dependency><groupId>org.{number}</groupId><artifactId>both</artifactId></dependency>"
        return forge.library(extra=pom("org.u", f"user{number}", "1", named))

    libraries = {"user1-1.jar": user(1), "user2-1.jar": user(2), "both-1.jar": forge.library("b.A")}
    found = {part.name: part for part in read(forge.boot_jar(libraries=libraries, web=False)).parts}
    assert found["both"].group == ""


def test_what_was_shaded_into_a_library_is_a_part_of_it(read: Callable[..., Part]) -> None:
    extra = pom("org.a", "a", "1", licensed("MIT")) | pom("org.s", "shaded", "3", licensed("ISC"))
    (part, _) = read(forge.boot_jar(libraries={"a-1.jar": forge.library("a.A", extra=extra)}, web=False)).parts
    assert (part.name, part.licences) == ("a", (Licence("MIT"),))
    assert part.parts == (Part("shaded", "3", "org.s", licences=(Licence("ISC"),)),)


def test_a_shaded_application_has_its_libraries_as_parts(read: Callable[..., Part]) -> None:
    extra = pom("demo", "app", "1.0.0") | pom("org.s", "one", "1") | pom("org.s", "two", "2")
    found = read(forge.jar(extra=extra))
    assert (found.group, found.name) == ("demo", "app")
    assert [(part.name, part.version, part.sha256) for part in found.parts] == [("one", "1", ""), ("two", "2", "")]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("https://x/a.txt", (Licence("", "https://x/a.txt"),)),
        ('"Apache-2.0";link="https://x/a"', (Licence("Apache-2.0", "https://x/a"),)),
        ("https://x/a, https://x/b", (Licence("", "https://x/a"), Licence("", "https://x/b"))),
        ('https://x/a;description="BSD, new"', (Licence("BSD, new", "https://x/a"),)),
        ("", ()),
    ],
)
def test_the_manifest_states_licences_where_no_pom_does(
    read: Callable[..., Part], header: str, expected: tuple[Licence, ...]
) -> None:
    library = forge.library("a.A", attributes={"Bundle-License": header})
    (part, _) = read(forge.boot_jar(libraries={"a-1.jar": library}, web=False)).parts
    assert part.licences == expected


def test_a_licence_file_speaks_only_where_nothing_else_does(read: Callable[..., Part]) -> None:
    text = {"META-INF/LICENSE.txt": b"Apache License\nVersion 2.0, January 2004"}
    silent = forge.library("a.A", extra=text)
    stated = forge.library("b.B", extra=text, attributes={"Bundle-License": "MIT"})
    (one, two, _) = read(forge.boot_jar(libraries={"a-1.jar": silent, "b-1.jar": stated}, web=False)).parts
    assert one.licences == (Licence(text="Apache License\nVersion 2.0, January 2004"),)
    assert two.licences == (Licence("MIT"),)


def test_a_jar_that_cannot_be_read_is_left_out(read: Callable[..., Part]) -> None:
    assert [part.name for part in read(forge.boot_jar(libraries={"a-1.jar": b"no jar"}, web=False)).parts] == [
        "spring-boot"
    ]
