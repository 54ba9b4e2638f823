"""Whether an application needs what newer Java releases no longer have."""

from pathlib import Path
from typing import Any

import pytest

from buildpacks.analyse import analyse
from buildpacks.java import removed
from tests import forge

BINDS = forge.class_file(8, "javax/xml/bind/JAXBContext")
INJECTED = forge.class_file(8, "Ljavax/annotation/PostConstruct;")
SCRIPTED = forge.class_file(11, "javax/script/ScriptEngineManager", "nashorn")
API = forge.library("javax.xml.bind.JAXBContext")
OLD: dict[str, Any] = {"java": 8, "boot": "1.5.9.RELEASE", "launcher": forge.OLD_JAR_LAUNCHER}


def lacking(tmp_path: Path, data: bytes, java: int, name: str = "x.jar") -> list[tuple[str, tuple[str, ...]]]:
    analysis = analyse(forge.write(tmp_path / name, data), name)
    return [(one.removed.name, one.users) for one in removed.lacking(analysis, java)]


def boot(**entries: bytes) -> bytes:
    return forge.boot_jar(**OLD, resources={f"{name}.class": data for name, data in entries.items()})


def test_a_class_of_its_own_that_names_jaxb_is_named_from_java_11_on(tmp_path: Path) -> None:
    assert lacking(tmp_path, boot(Order=BINDS), 11) == [("JAXB (javax.xml.bind)", ("Order",))]
    assert lacking(tmp_path, boot(Order=BINDS), 8) == []


def test_a_library_that_brings_it_is_enough(tmp_path: Path) -> None:
    data = forge.boot_jar(**OLD, resources={"Order.class": BINDS}, libraries={"jaxb-api-2.3.1.jar": API})
    assert lacking(tmp_path, data, 17) == []


def test_a_class_merged_into_the_jar_is_enough_too(tmp_path: Path) -> None:
    extra = {"demo/Order.class": BINDS, "javax/xml/bind/JAXBContext.class": forge.class_file(8)}
    assert lacking(tmp_path, forge.jar(java=8, extra=extra), 17) == []


def test_what_was_compiled_for_a_release_without_it_is_not_even_looked_at(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "x.jar", forge.jar(java=17, extra={"demo/Order.class": BINDS}))
    analysis = analyse(path, "x.jar")
    path.unlink()
    assert removed.lacking(analysis, 21) == ()


def test_libraries_merged_into_the_jar_are_not_its_own_classes(tmp_path: Path) -> None:
    moved = {"com/acme/shaded/org/other/Optional.class": BINDS}
    extra = {"org/other/Optional.class": BINDS, "com/acme/shared/Order.class": BINDS, **moved}
    data = forge.jar(main="com.acme.shop.Main", java=8, extra=extra)
    assert lacking(tmp_path, data, 11) == [("JAXB (javax.xml.bind)", ("com.acme.shared.Order",))]


def test_below_an_umbrella_only_the_application_s_own_project_counts(tmp_path: Path) -> None:
    extra = {"org/apache/cxf/Bus.class": BINDS}
    assert lacking(tmp_path, forge.jar(main="org.apache.shop.Main", java=8, extra=extra), 11) == []


def test_a_library_that_may_do_without_is_not_warned_of_and_one_that_cannot_is(tmp_path: Path) -> None:
    optional = forge.library("a.B", extra={"a/C.class": BINDS})
    libraries = {"spring-oxm-4.3.1.jar": optional, "hibernate-core-5.2.17.Final.jar": forge.library("h.C")}
    data = forge.boot_jar(**OLD, libraries=libraries)
    assert lacking(tmp_path, data, 17) == [("JAXB (javax.xml.bind)", ("hibernate-core-5.2.17.Final.jar",))]
    newer = {"hibernate-core-5.3.7.Final.jar": forge.library("h.C")}
    assert lacking(tmp_path, forge.boot_jar(**OLD, libraries=newer), 17) == []


def test_the_script_engine_is_missed_from_java_15_on_where_none_is_brought(tmp_path: Path) -> None:
    data = forge.jar(java=11, extra={"demo/Rule.class": SCRIPTED})
    assert lacking(tmp_path, data, 11) == []
    assert lacking(tmp_path, data, 17) == [("the JavaScript engine (javax.script with Nashorn)", ("demo.Rule",))]
    other = forge.jar(java=11, extra={"demo/Rule.class": forge.class_file(11, "javax/script/ScriptEngineManager")})
    assert lacking(tmp_path, other, 17) == []
    brought = {"rhino.jar": forge.library("r.R", extra={"META-INF/services/javax.script.ScriptEngineFactory": b"r.R"})}
    data = forge.boot_jar(java=11, resources={"Rule.class": SCRIPTED}, libraries=brought)
    assert lacking(tmp_path, data, 17) == []


def test_other_annotations_of_the_same_package_were_never_in_java(tmp_path: Path) -> None:
    nullable = forge.class_file(8, "Ljavax/annotation/Nullable;")
    assert lacking(tmp_path, boot(Order=nullable), 17) == []
    jsr305 = {"jsr305-3.0.2.jar": forge.library("javax.annotation.Nullable")}
    data = forge.boot_jar(**OLD, resources={"Order.class": INJECTED}, libraries=jsr305)
    assert [users for _, users in lacking(tmp_path, data, 17)] == [("Order",)]


def test_tomcat_brings_the_annotations_to_a_war(tmp_path: Path) -> None:
    data = forge.war("javax", extra={"WEB-INF/classes/Order.class": INJECTED, "WEB-INF/classes/Bind.class": BINDS})
    assert lacking(tmp_path, data, 11, "x.war") == [("JAXB (javax.xml.bind)", ("Bind",))]


def test_the_program_s_jar_in_a_folder_is_looked_at(tmp_path: Path) -> None:
    entries = {"app.jar": forge.jar(java=8, extra={"demo/Order.class": BINDS}), "lib/a.jar": forge.library("a.B")}
    assert [users for _, users in lacking(tmp_path, forge.archive(entries), 17)] == [("demo.Order",)]
    assert lacking(tmp_path, forge.archive(entries | {"lib/jaxb.jar": API}), 17) == []


def test_the_warning_names_class_release_and_both_remedies(tmp_path: Path) -> None:
    analysis = analyse(forge.write(tmp_path / "x.jar", boot(Order=BINDS, Other=BINDS)), "x.jar")
    (lack,) = removed.lacking(analysis, 17)
    assert lack.tell(17) == (
        "Order and 1 more need JAXB (javax.xml.bind), which Java has not had since release 11, and nothing in the "
        "artifact stands in for it: what uses it fails on Java 17."
    )
    assert lack.tell(17).hint.startswith("Add jakarta.xml.bind:jakarta.xml.bind-api:2.3.3 and ")
    assert lack.tell(17).hint.endswith(
        ", or run it on Java 8: x-buildsvc: {java: 8}, and buildsvc base make --java 8 where the cache has none."
    )


@pytest.mark.parametrize("one", removed.table(), ids=lambda one: one.name)
def test_every_entry_has_a_release_before_it_and_a_remedy(one: removed.Removed) -> None:
    assert one.last < one.since
    assert one.remedy
    assert not one.used_by(forge.class_file(8, "java/lang/String", "javax/annotation/Nullable", "sun/misc/Unsafe"))
