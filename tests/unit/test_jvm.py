"""The Java machine's needs and arguments."""

from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.errors import Refused
from buildpacks.java import jvm
from buildpacks.java.jvm_limits import ContainerLimits
from buildpacks.kinds.detect import detect
from buildpacks.plan import Launch
from tests import forge

LAUNCH = Launch(("-XX:+ExitOnOutOfMemoryError",), ("-cp", "/app/app.jar", "demo.App"), ("--fixed",))


def need(tmp_path: Path, data: bytes) -> jvm.JavaNeed:
    return jvm.java_need(analyse(forge.write(tmp_path / "x.jar", data), "x.jar"))


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


def test_the_whole_command_in_its_order() -> None:
    assert jvm.command(
        LAUNCH, limits=ContainerLimits(memory=512 << 20), java_opts="-Da='b c' -Xss1m",
        options=("-Duser.timezone=UTC",), arguments=("--x", "y z"),
    ) == (
        "java", "-XX:+ExitOnOutOfMemoryError", "-XX:MaxRAMPercentage=75.0", "-Duser.timezone=UTC", "-Da=b c", "-Xss1m",
        "-cp", "/app/app.jar", "demo.App", "--fixed", "--x", "y z",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("timezone", "locale", "options"),
    [
        (None, None, ()),
        ("Asia/Shanghai", None, ("-Duser.timezone=Asia/Shanghai",)),
        (None, "zh", ("-Duser.language=zh",)),
        ("UTC", "zh_CN", ("-Duser.timezone=UTC", "-Duser.language=zh", "-Duser.country=CN")),
        (None, "zh_Hans_CN", ("-Duser.language=zh", "-Duser.script=Hans", "-Duser.country=CN")),
    ],
)
def test_time_zone_and_language_as_java_wants_them(
    timezone: str | None, locale: str | None, options: tuple[str, ...]
) -> None:
    assert jvm.locality_options(timezone, locale) == options


def test_java_opts_with_an_open_quote_are_refused_and_shown() -> None:
    with pytest.raises(Refused, match="-Da='b") as caught:
        jvm.split_java_opts("-Da='b")
    assert caught.value.code == "bad-java-opts"


def test_nothing_in_java_opts_is_expanded() -> None:
    assert jvm.split_java_opts("-Da=$HOME;`id`") == ("-Da=$HOME;`id`",)


def test_module_options_do_not_stop_java_8() -> None:
    told = {"Add-Opens": "java.base/java.lang java.base/java.util", "Add-Exports": "a/b"}
    options = ("--add-exports=a/b=ALL-UNNAMED", "--add-opens=java.base/java.lang=ALL-UNNAMED",
               "--add-opens=java.base/java.util=ALL-UNNAMED")  # fmt: skip
    assert jvm.module_options(told, 17) == options
    assert jvm.module_options(told, 8) == ("-XX:+IgnoreUnrecognizedVMOptions", *options)
    assert jvm.module_options({}, 8) == ()


def test_a_base_beyond_what_is_known_good_is_warned_of(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "x.jar", forge.boot_jar(java=8, boot="1.5.9.RELEASE"))
    plan = detect(analyse(path, "x.jar"))
    assert "known to run up to Java 8, and gets Java 17" in (jvm.too_new(plan, 17) or "")
    assert jvm.too_new(plan, 8) is None
