"""docs/bases.md names every Java release that a recipe makes, with its suite."""

import re
from pathlib import Path

import pytest

from buildsvc.image.making.recipe import load

PAGE = (Path(__file__).parents[2] / "docs" / "bases.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (\d+) \| (\w+) \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize("kind", ["jre", "jdk"])
def test_the_table_has_the_releases_and_suites_of_the_recipes(kind: str) -> None:
    assert set(ROWS) == {"8", "11", "17", "21", "25"}
    assert {java: load(kind, int(java)).suites["debian"] for java in ROWS} == ROWS
