"""Every setting, command and option that a sentence names is there: in the code, its hints, the page and the docs."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from buildsvc.doors.cli.main import COMMANDS, cli
from buildsvc.settings import laptop
from buildsvc.settings.settings import Settings, variable

ROOT = Path(__file__).parents[2]
SETTINGS = {variable(name) for name in Settings.model_fields} | set(laptop.declared())
SETTING = re.compile(r"BUILDSVC_[A-Z0-9_]*")
QUOTED = re.compile(r"`(?:[A-Z_]+=\S+ )*(buildsvc(?: [^`]*)?)`")
LINE = re.compile(r"^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(buildsvc [a-z].*)$", re.MULTILINE)
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
END = re.compile(r"[|;#>)(`\"',…]|\.\s|\.$|\s{3,}|: ")
WORDS = {"BUILDSVC_", "BUILDSVC_NAME"}
"""The beginning of all names, and what stands for any."""


def texts() -> Iterator[tuple[Path, str]]:
    for folder, pattern in (
        ("buildsvc", "*.py"),
        ("buildpacks", "*.py"),
        ("buildpacks/sentences", "*.toml"),
        ("webui", "*.py"),
        ("buildsvc", "*.md"),
        ("buildpacks", "*.md"),
        ("webui", "*.md"),
        ("docs", "*.md"),
        ("examples", "*"),
        ("scripts", "*"),
        ("benchmarks", "*.py"),
        ("webui/static", "*.js"),
        ("webui/templates", "*"),
    ):
        for path in sorted((ROOT / folder).rglob(pattern)):
            if path.is_file() and "vendor" not in path.parts and "__pycache__" not in path.parts:
                yield path, path.read_text("utf-8", "replace")
    for name in ("README.md", "Dockerfile"):
        yield ROOT / name, (ROOT / name).read_text("utf-8")


def command_lines(path: Path, text: str) -> Iterator[str]:
    """What is written as a command: in backquotes, on a line of a fenced block, or a whole string of the code."""
    yield from (found.replace("\n", " ") for found in QUOTED.findall(text))
    if path.suffix == ".md":
        for block in FENCE.findall(text):
            yield from LINE.findall(block)
    elif path.suffix == ".py":
        strings = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
        for value in strings:
            if isinstance(value, str):
                yield from (line for line in LINE.findall(value) if not is_prose(line))


def is_prose(line: str) -> bool:
    """Part of a sentence, as in `buildsvc itself failed`: the word is no command, nor one mistyped."""
    return not difflib.get_close_matches(line.split()[1], COMMANDS, n=1, cutoff=0.75)


def fault(said: str) -> str | None:
    """What in a command line is not there."""
    tokens = END.split(said.removeprefix("buildsvc"))[0].split()
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group) and tokens and re.fullmatch(r"[a-z][a-z-]*", tokens[0]):
        found = command.get_command(context, tokens[0])
        if found is None:
            return f"there is no command {tokens[0]}"
        command, tokens = found, tokens[1:]
    options = {text for one in command.get_params(click.Context(command)) for text in (*one.opts, *one.secondary_opts)}
    options |= {"--help", "-h"}
    for token in tokens:
        name = token.strip("[]").partition("=")[0]
        if re.fullmatch(r"--?[a-z][a-z-]*", name) and name not in options:
            return f"`{command.name}` has no option {name}"
    return None


def is_setting(name: str) -> bool:
    """Whether there is one, or are some that begin so."""
    return name in SETTINGS | WORDS or (name.endswith("_") and any(one.startswith(name) for one in SETTINGS))


def faults(path: Path, text: str) -> list[str]:
    unknown = [f"there is no setting {name}" for name in SETTING.findall(text) if not is_setting(name)]
    return unknown + [f"{why}: {said}" for said in command_lines(path, text) if (why := fault(said))]


def test_every_setting_command_and_option_that_is_named_is_there() -> None:
    assert {str(path.relative_to(ROOT)): found for path, text in texts() if (found := faults(path, text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "Raise BUILDSVC_UPLOAD_LIMIT.",
        "Call `buildsvc psuh x.jar`.",
        "Call `buildsvc push --forse x.jar`.",
        "Call `buildsvc base mkae`.",
        "```sh\nBUILDSVC_DATA=/x buildsvc upp\n```\n",
    ],
)
def test_a_name_that_is_not_there_would_be_seen(text: str) -> None:
    assert len(faults(Path("x.md"), text)) == 1


def test_prose_about_buildsvc_is_no_command() -> None:
    assert faults(Path("x.md"), "Then buildsvc writes it; `buildsvc push JAR` sends it (`buildsvc`).") == []
