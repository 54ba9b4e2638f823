"""Patterns of paths."""

import pytest

from buildpacks.own import globs


@pytest.mark.parametrize(
    ("pattern", "path", "means"),
    [
        ("lib/*.jar", "lib/a-1.0.jar", True),
        ("lib/*.jar", "lib/more/a.jar", False),
        ("lib/**", "lib/more/a.jar", True),
        ("lib/**/*.jar", "lib/a.jar", True),
        ("lib/**/*.jar", "lib/one/two/a.jar", True),
        ("**", "any/thing", True),
        ("**/x", "x", True),
        ("**/x", "a/b/x", True),
        ("**/x", "a/bx", False),
        ("a?.txt", "ab.txt", True),
        ("a?.txt", "a/.txt", False),
        ("[a].txt", "[a].txt", True),
        ("[a].txt", "a.txt", False),
        ("a.b", "axb", False),
        ("Lib/*", "lib/a", False),
    ],
)
def test_a_star_stays_in_its_folder_and_two_do_not(pattern: str, path: str, means: bool) -> None:
    assert globs.matches(pattern, path) is means


def test_the_first_pattern_that_means_a_path() -> None:
    assert globs.first(("*.txt", "lib/*", "**"), "lib/a") == "lib/*"
    assert globs.first(("*.txt",), "lib/a") is None
