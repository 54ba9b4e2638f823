"""Which Java an artifact needs by its bytecode, which base it gets of those that are there, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.errors import Refused
from buildpacks.java.decide import JavaBase, JavaDecision, JavaNeed, decide, java_need, outlook, smallest
from buildpacks.kinds.detect import detect
from tests import forge
from tests.two_platforms import AMD64, ARM64

JAXB = {"demo/Order.class": forge.class_file(8, "javax/xml/bind/JAXBContext")}
Decide = Callable[..., JavaDecision]


def there(*releases: int) -> tuple[JavaBase, ...]:
    return tuple(JavaBase(f"jre-{java}", "jre", java, AMD64) for java in releases)


def need(tmp_path: Path, data: bytes) -> JavaNeed:
    return java_need(analyse(forge.write(tmp_path / "x.jar", data), "x.jar"))


@pytest.fixture
def decided(tmp_path: Path) -> Decide:
    """What is decided for a jar where these releases are there; `newest` is what its libraries ask for."""

    def told(data: bytes, *releases: int, newest: int | None = None, **how: object) -> JavaDecision:
        analysis = analyse(forge.write(tmp_path / "x.jar", data), "x.jar")
        plan = replace(detect(analysis), newest_java_seen=newest)
        return decide(analysis, plan, there(*releases), AMD64, **how)  # type: ignore[arg-type]

    return told


def test_the_newest_class_of_the_application_is_the_hard_minimum(tmp_path: Path) -> None:
    found = need(tmp_path, forge.jar({"a.Old": 8, "a.New": 17}, java=11))
    assert (found.minimum, found.newest) == (17, None)
    assert found.reason == "its own classes are compiled for Java 17 (class version 61)"


def test_a_newer_library_is_preferred_and_not_demanded(tmp_path: Path) -> None:
    found = need(tmp_path, forge.boot_jar(java=17, libraries={"new.jar": forge.library("n.N", java=21)}))
    assert (found.minimum, found.newest) == (17, 21)
    assert found.reason.endswith("and its library new.jar has classes for Java 21")


def test_an_older_library_changes_nothing(tmp_path: Path) -> None:
    assert need(tmp_path, forge.boot_jar(java=17)).newest is None


def test_classes_for_ancient_releases_need_the_oldest_base(tmp_path: Path) -> None:
    assert need(tmp_path, forge.jar(java=5)).minimum == 8


def test_a_starter_of_a_library_needs_what_the_library_needs(tmp_path: Path) -> None:
    entries = {
        "META-INF/MANIFEST.MF": forge.manifest({"Main-Class": forge.JAR_LAUNCHER, "Start-Class": "n.N"}),
        "BOOT-INF/classes/": b"",
        "BOOT-INF/lib/n.jar": forge.library("n.N", java=21),
    }
    found = need(tmp_path, forge.archive(entries))
    assert (found.minimum, found.newest) == (21, None)


def test_classes_for_later_releases_in_versions_folders_do_not_raise_the_need(tmp_path: Path) -> None:
    extra = {"META-INF/versions/21/a/B.class": forge.class_file(21), "module-info.class": forge.class_file(21)}
    assert need(tmp_path, forge.jar(java=11, extra=extra)).minimum == 11


@pytest.mark.parametrize(("needs", "chosen"), [(8, 8), (11, 17), (17, 17), (18, 21)])
def test_the_smallest_release_that_is_able_is_chosen(needs: int, chosen: int) -> None:
    found = smallest(there(8, 17, 21), AMD64, needs)
    assert (found.base.java, found.cautions) == (chosen, ())
    assert f"Java {chosen}" in found.reason


def test_newer_libraries_get_a_newer_java() -> None:
    assert smallest(there(17, 21), AMD64, 17, 21).base.java == 21


def test_libraries_too_new_for_every_base_get_the_newest_and_a_warning() -> None:
    found = smallest(there(11, 17), AMD64, 11, 25)
    assert found.base.java == 17
    assert ["--java 25" in caution.hint for caution in found.cautions] == [True]


def test_an_application_too_new_for_every_base_is_refused_and_the_command_is_named() -> None:
    with pytest.raises(Refused, match="--java 21 --platform linux/amd64") as caught:
        smallest(there(17), AMD64, 19)
    assert caught.value.code == "no-base-image"


def test_a_base_of_another_architecture_is_never_chosen() -> None:
    arm = (JavaBase("jre-17", "jre", 17, ARM64),)
    with pytest.raises(Refused, match="linux/amd64") as caught:
        smallest(arm, AMD64, 17)
    assert "Java 17 for linux/arm64" in caught.value.message


def test_a_jre_goes_before_a_jdk_and_the_newest_before_older_ones() -> None:
    bases = tuple(JavaBase(name, name[:3], 17, AMD64) for name in ("jdk-17", "jre-17-older", "jre-17-newer"))
    assert smallest(bases, AMD64, 17).base.name == "jre-17-newer"


def test_the_chosen_base_stays_where_nothing_is_missing(decided: Decide) -> None:
    found = decided(forge.jar(java=8, extra=JAXB), 8, 17)
    assert (found.base.java, found.cautions) == (8, ())


def test_a_release_that_only_a_library_asks_for_gives_way_to_what_the_application_needs(decided: Decide) -> None:
    found = decided(forge.jar(java=8, extra=JAXB), 8, 17, newest=17)
    assert found.base.java == 8
    assert "Java 17, which a library has classes for, lacks JAXB (javax.xml.bind)" in found.reason
    assert [caution.code for caution in found.cautions] == ["base"]
    assert "above 8: what uses them will fail" in found.cautions[0].message


@pytest.mark.parametrize(("releases", "how"), [((17,), {}), ((11, 17), {"newest": 17}), ((8, 17), {"pin": 17})])
def test_without_an_older_base_it_is_warned_of_with_the_remedy(
    decided: Decide, releases: tuple[int, ...], how: dict[str, int]
) -> None:
    found = decided(forge.jar(java=8, extra=JAXB), *releases, **how)
    (said,) = found.cautions
    assert found.base.java == 17
    assert (said.code, "demo.Order needs JAXB" in said.message, "java: 8" in said.hint) == ("java-removed", True, True)


def test_a_pin_below_what_is_needed_is_refused(decided: Decide) -> None:
    with pytest.raises(Refused, match=r"Set x-buildsvc\.java to 17") as caught:
        decided(forge.jar(java=17), 11, 17, pin=11)
    assert caught.value.code == "java-pinned-too-low"


@pytest.mark.parametrize("pin", [17, 21])
def test_a_pin_at_or_above_what_is_needed_is_taken(decided: Decide, pin: int) -> None:
    assert decided(forge.jar(java=17), 11, 17, 21, pin=pin).base.java == pin


def test_what_its_server_needs_counts_as_its_own_need(decided: Decide) -> None:
    assert decided(forge.jar(java=8), 8, 11, 17, server=(11, "Tomcat 10.1 needs it")).base.java == 11
    with pytest.raises(Refused, match=r"needs 11: Tomcat 10\.1 needs it"):
        decided(forge.jar(java=8), 8, 11, pin=8, server=(11, "Tomcat 10.1 needs it"))


def test_a_base_beyond_what_is_known_good_is_warned_of(decided: Decide) -> None:
    old = forge.boot_jar(java=8, boot="1.5.9.RELEASE")
    (said,) = decided(old, 17).cautions
    assert "known to run up to Java 8, and gets Java 17" in said.message
    assert decided(old, 8).cautions == ()


def test_who_has_chosen_no_base_yet_hears_what_some_release_lacks(tmp_path: Path) -> None:
    (said,) = outlook(analyse(forge.write(tmp_path / "x.jar", forge.jar(java=8, extra=JAXB)), "x.jar"))
    assert "JAXB" in said
    assert "java: 8" in said
