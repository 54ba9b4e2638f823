"""The pages made from the program are what it says: current and complete, a sentence for every route."""

import re
from pathlib import Path

import pytest

import webui
from scripts import reference
from tests.doors_site import Door

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["docs/commands.md", "docs/zh/commands.md", "docs/api.md"])
def test_the_page_is_what_the_program_says(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == reference.PAGES[name](), "run scripts/reference"


def test_the_notice_names_every_package_of_the_requirements_with_a_licence() -> None:
    text = (ROOT / "NOTICE").read_text(encoding="utf-8").partition(reference._NOTICE_BEGIN)[2]
    rows = dict(line.split(maxsplit=1) for line in text.splitlines())
    assert list(rows) == reference.packages()


def test_every_route_of_the_service_is_on_the_page_with_a_sentence(tmp_path: Path) -> None:
    rows = re.findall(r"^\| `([A-Z]+ /\S*)` \| (.*?) \| ([a-z ]+) \|$", reference.api_page(), re.MULTILINE)
    door = Door(tmp_path)
    try:
        served = {route for route in reference.roles_of(door.app) if not route.startswith(("GET /static/", "GET /{"))}
    finally:
        door.close()
    of_the_page = re.compile(rf"GET /(({'|'.join(webui.PLACES)})(/.*)?)?")
    assert {route for route in served if not of_the_page.fullmatch(route)} == {route for route, _, _ in rows}
    assert [route for route, sentence, _ in rows if len(sentence.split()) < 2] == []


def test_an_empty_default_is_no_default() -> None:
    assert "By default ." not in reference.api_page()


def test_every_parameter_of_a_route_has_a_sentence() -> None:
    paths = reference.application().api_doc["paths"]
    silent = [
        f"{method} {path} {parameter['name']}"
        for path, item in paths.items()
        for method, operation in item.items()
        for parameter in operation.get("parameters", ())
        if not parameter.get("description", "").endswith(".")
    ]
    assert silent == []
