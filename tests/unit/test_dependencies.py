"""What the project needs is named alike by its own metadata, by requirements.in, and by the page that says it."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def required(heading: str) -> set[str]:
    """The packages that requirements.in names below a heading."""
    below = (ROOT / "requirements.in").read_text(encoding="utf-8").partition(f"\n# {heading}\n")[2]
    return set(below.partition("\n\n")[0].split())


def test_the_laptops_half_needs_what_the_project_depends_on() -> None:
    assert set(PROJECT["dependencies"]) == required("Both halves")


def test_the_server_needs_what_its_extra_names() -> None:
    assert set(PROJECT["optional-dependencies"]["server"]) == required("The server")


@pytest.mark.parametrize("page", ["docs/install.md", "docs/zh/install.md"])
def test_the_page_says_what_a_laptop_needs(page: str) -> None:
    (line,) = re.findall(r"^.*`click`.*$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"`([^`]+)`", line)) == required("Both halves")
