"""Facts about artifacts."""

import hashlib
from pathlib import Path

import pytest

from buildpacks.analyse import analyse, started_class
from buildpacks.analysis import ClassStats, NativeLibrary
from buildpacks.errors import Refused
from tests import forge

LIBRARY = forge.library(
    "lib.A", "lib.B", java=11, maven=("org.lib", "lib", "2.0"),
    extra={"META-INF/versions/21/lib/A.class": forge.class_file(21), "module-info.class": forge.class_file(22),
           "linux/libx.so": forge.elf(183)},
)  # fmt: skip


def test_a_boot_jar_is_read_whole(tmp_path: Path) -> None:
    yml = b"spring.application.name: order\n"
    data = forge.boot_jar(
        java=17, classes={"demo.New": 18}, libraries={"lib-2.0.jar": LIBRARY},
        resources={"application.yml": yml, "config/application-prod.properties": b"a=b", "deep/application.yml": b"no",
                   "git.properties": b"git.commit.id=abc123\n"},
        layers={"application": []},
    )  # fmt: skip
    found = analyse(forge.write(tmp_path / "x", data), "order-1.0.jar")
    assert found.filename == "order-1.0.jar"
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.size == len(data)
    assert found.classes == ClassStats(2, 62)
    assert found.main_class == "demo.App"
    assert found.main_class_entry == "BOOT-INF/classes/demo/App.class"
    assert found.main_class_major == 61
    assert found.maven == ("demo", "app", "1.0.0")
    assert found.configuration == {
        "BOOT-INF/classes/application.yml": yml,
        "BOOT-INF/classes/config/application-prod.properties": b"a=b",
    }
    assert found.natives == (NativeLibrary("BOOT-INF/lib/lib-2.0.jar!/linux/libx.so", "arm64"),)
    assert found.revision == "abc123"
    assert found.layers_index
    assert found.classpath_index
    assert found.newest_mtime == 1715941230
    library = found.libraries[-1]
    assert library.entry == "BOOT-INF/lib/lib-2.0.jar"
    assert library.sha256 == hashlib.sha256(LIBRARY).hexdigest()
    assert library.classes == ClassStats(2, 55)
    assert library.maven == ("org.lib", "lib", "2.0")


def test_a_compressed_nested_jar_gives_the_same_facts_as_a_stored_one(tmp_path: Path) -> None:
    stored = analyse(forge.write(tmp_path / "a", forge.boot_jar(libraries={"l.jar": LIBRARY})), "a.jar")
    packed = forge.boot_jar(libraries={"l.jar": LIBRARY}, nested_stored=False)
    assert analyse(forge.write(tmp_path / "b", packed), "b.jar").libraries == stored.libraries


def test_a_known_library_is_not_read_again_and_a_known_digest_is_believed(tmp_path: Path) -> None:
    first = analyse(forge.write(tmp_path / "a", forge.boot_jar(libraries={"l.jar": LIBRARY})), "a.jar")
    known = {item.sha256: item for item in first.libraries}
    moved = forge.write(tmp_path / "b", forge.boot_jar(libraries={"renamed.jar": LIBRARY}))
    again = analyse(moved, "b.jar", sha256="ab" * 32, known=lambda _: known)
    assert again.sha256 == "ab" * 32
    assert again.libraries[-1].entry == "BOOT-INF/lib/renamed.jar"
    assert again.libraries[-1].classes == first.libraries[-1].classes
    assert again.natives[-1].path == "BOOT-INF/lib/renamed.jar!/linux/libx.so"


def test_a_boot_1_3_layout_keeps_classes_in_the_root_and_does_not_count_the_loader(tmp_path: Path) -> None:
    entries = {
        "META-INF/MANIFEST.MF": forge.manifest({"Main-Class": forge.OLD_JAR_LAUNCHER, "Start-Class": "demo.App"}),
        "demo/App.class": forge.class_file(7),
        "org/springframework/boot/loader/JarLauncher.class": forge.class_file(8),
        "lib/lib.jar": LIBRARY,
    }
    found = analyse(forge.write(tmp_path / "x", forge.archive(entries, stored=(".jar",))), "x.jar")
    assert found.classes == ClassStats(1, 51)
    assert [item.entry for item in found.libraries] == ["lib/lib.jar"]


def test_jars_in_a_plain_jar_are_no_libraries(tmp_path: Path) -> None:
    data = forge.jar(extra={"lib/x.jar": LIBRARY, "libnative.so": forge.elf(62)})
    found = analyse(forge.write(tmp_path / "x", data), "x.jar")
    assert found.libraries == ()
    assert found.natives == (NativeLibrary("libnative.so", "amd64"),)


def test_a_start_class_in_a_library_is_found_there(tmp_path: Path) -> None:
    data = forge.boot_jar(libraries={"lib.jar": LIBRARY}, attributes={"Start-Class": "lib.B"})
    found = analyse(forge.write(tmp_path / "x", data), "x.jar")
    assert found.main_class_entry == "BOOT-INF/lib/lib.jar!/lib/B.class"
    assert found.main_class_major == 55


def test_a_large_class_whose_header_is_far_into_the_compressed_bytes_is_read(tmp_path: Path) -> None:
    big = forge.class_file(21) + bytes(range(256)) * 4000
    found = analyse(forge.write(tmp_path / "x", forge.jar({}, extra={"a/Big.class": big})), "x.jar")
    assert found.classes == ClassStats(2, 65)


def test_several_maven_descriptions_are_none(tmp_path: Path) -> None:
    extra = {**forge.pom_properties("g", "a", "1"), **forge.pom_properties("g", "b", "1")}
    assert analyse(forge.write(tmp_path / "x", forge.jar(extra=extra)), "x.jar").maven is None


def test_a_damaged_library_is_refused_by_its_name(tmp_path: Path) -> None:
    data = forge.boot_jar(libraries={"bad.jar": forge.truncated(LIBRARY)})
    with pytest.raises(Refused, match=r"'BOOT-INF/lib/bad.jar'") as caught:
        analyse(forge.write(tmp_path / "x", data), "x.jar")
    assert caught.value.code == "library-damaged"


def test_start_class_counts_only_under_a_launcher_of_spring_boot() -> None:
    assert started_class({"Main-Class": "a.B", "Start-Class": "c.D"}) == "a.B"
    assert started_class({"Main-Class": forge.JAR_LAUNCHER, "Start-Class": "c.D"}) == "c.D"
    assert started_class({"Start-Class": "c.D"}) is None
