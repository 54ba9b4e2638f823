"""docs/commands.md, docs/api.md and NOTICE say what the program is: current, complete, a sentence for everything."""

import re
from pathlib import Path

import click
import pytest

import webui
from scripts import reference
from tests.doors_site import Door

ROOT = Path(__file__).parents[2]
CONTEXTS = {context.command_path: context for context in reference.commands()}


@pytest.mark.parametrize("name", ["docs/commands.md", "docs/api.md"])
def test_the_page_is_what_the_program_says(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == reference.PAGES[name](), "run scripts/reference"


def test_the_notice_names_every_package_of_the_requirements_with_a_licence() -> None:
    text = (ROOT / "NOTICE").read_text(encoding="utf-8").partition(reference._NOTICE_BEGIN)[2]
    rows = dict(line.split(maxsplit=1) for line in text.splitlines())
    assert list(rows) == reference.packages()


@pytest.mark.parametrize("path", CONTEXTS)
def test_every_command_option_and_argument_has_a_sentence(path: str) -> None:
    context = CONTEXTS[path]
    text = context.command.help or ""
    assert re.match(r"[A-Z].*\.", text, re.DOTALL)
    silent = [
        parameter.name
        for parameter in context.command.params
        if isinstance(parameter, click.Option) and not re.match(r"[A-Z].*[.;)]", parameter.help or "", re.DOTALL)
    ]
    unsaid = [
        name
        for parameter in context.command.params
        if isinstance(parameter, click.Argument)
        for name in re.findall(r"[A-Z]+", parameter.make_metavar(context))
        if name not in text
    ]
    assert (silent, unsaid) == ([], [])


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
