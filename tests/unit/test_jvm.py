"""The Java machine's arguments."""

import pytest

from buildpacks.errors import Refused
from buildpacks.java import jvm
from buildpacks.java.jvm_limits import ContainerLimits
from buildpacks.plan import Launch

LAUNCH = Launch(("-XX:+ExitOnOutOfMemoryError",), ("-cp", "/app/app.jar", "demo.App"), ("--fixed",))


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
