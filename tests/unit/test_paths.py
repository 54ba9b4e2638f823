"""Places of files in an image."""

import pytest

from buildpacks import paths
from buildpacks.errors import Refused
from buildpacks.plan import BuildPlan, Launch, Literal, PlannedFile, PlannedLayer


def plan(*names: str) -> BuildPlan:
    files = tuple(PlannedFile(name, Literal(b"")) for name in names)
    return BuildPlan("x", 17, "", (PlannedLayer("application", files),), Launch((), ()), "x")


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("entry-path", ("app/" + "a" * 256,)),
        ("entry-path", ("app/" + "中" * 86,)),
        ("entry-path", ("app/" + "a/" * 2000 + "b",)),
        ("entry-path", ("app/../b",)),
        ("entry-path", ("/app/b",)),
        ("entry-path", ("app/b/",)),
        ("entry-twice", ("app/a", "app/a")),
        ("entry-twice", ("app/a", "app/./a")),
        ("entry-twice", ("app/a/b", "app/a")),
    ],
)
def test_what_no_file_system_takes_is_refused_at_the_door(code: str, names: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as caught:
        paths.laid(plan(*names), "x.zip")
    assert caught.value.code == code
    assert "x.zip" in caught.value.message


def test_doubled_slashes_are_one_and_the_longest_names_are_taken() -> None:
    names = ("app/a//b.jar", "app/./c", "app/" + "a" * paths.LONGEST_PART)
    assert [file.path for file in paths.laid(plan(*names), "x").layers[0].files] == ["app/a/b.jar", "app/c", names[2]]


def test_a_library_at_whose_name_java_ends_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        paths.laid(plan("app/lib/\N{ROCKET}.jar"), "x.zip")
    assert caught.value.code == "entry-path"
    paths.laid(plan("app/lib/订单.jar", "app/\N{ROCKET}.txt"), "x.zip")
