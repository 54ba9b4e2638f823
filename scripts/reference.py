"""Writes the pages that are made from the program itself; `tests/unit/test_reference.py` sees when they are old."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import click
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from buildsvc.doors.cli.click_words import spoken_by_click
from buildsvc.doors.cli.helping import PROGRAM, help_of, with_help
from buildsvc.doors.cli.main import cli
from buildsvc.doors.cli.taught import Taught
from buildsvc.doors.http import api, auth, laptops, readiness
from buildsvc.settings import page

ROOT = Path(__file__).resolve().parents[1]
_WIDTH = 100
_BEGIN = "<!-- scripts/reference makes this page -->\n"
_NOTICE_BEGIN = "Python packages, by the licence that each states (this list is made by scripts/reference):\n\n"


_HEADS = {
    "en": (
        "Every command",
        "[中文](zh/commands.md)",
        " `-h` or `--help` after any command shows the same as this page.",
    ),
    "zh": (
        "全部命令",
        "[English](../commands.md)",
        "在任何命令之后加 `-h` 或 `--help`，显示的内容与本页相同。",  # noqa: RUF001 - Chinese comma
    ),
}
"""The title of the page of commands, the link to it in the other language, and where else the same is shown."""
_OPTION = {"en": "option", "zh": "选项"}

UNSTATED = {"pyrage": "MIT"}
"""Of packages whose metadata state no licence: that of the file LICENSE in their source."""


def commands(group: click.Group = cli) -> Iterator[click.Context]:
    """Every command below `group` as a context of its own, groups before what they hold."""
    yield from _below(click.Context(group, info_name="buildsvc", terminal_width=_WIDTH))


def _below(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from _below(click.Context(command, info_name=name, parent=context))


def commands_page(language: str = "en") -> str:
    """Write docs/commands.md, or that page in another language."""
    heading, other, same = _HEADS[language]
    lines = [f"# {heading}", "", _BEGIN, other, "", f"{help_of(PROGRAM, language=language).splitlines()[-1]}{same}"]
    with spoken_by_click(language):
        for context in commands():
            if context.parent is not None:
                lines += _of_command(context, language)
    return "\n".join(lines) + "\n"


def _of_command(context: click.Context, language: str) -> list[str]:
    command = with_help(context.command, context, language)
    usage = " ".join([context.command_path, *context.command.collect_usage_pieces(context)])
    lines = ["", f"## {context.command_path}", "", "```", usage, "```", "", *(command.help or "").splitlines()]
    options = [each for each in command.params if "--help" not in each.opts]
    if rows := [row for each in options if (row := each.get_help_record(context)) and row[1]]:
        lines += ["", f"| {_OPTION[language]} | |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(text)} |" for name, text in rows]
    if isinstance(command, Taught):
        lines += ["", "```sh", *command.example.splitlines(), "```"]
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def application() -> OpenAPI:
    """Make the routes without a site behind them: they are described here, never asked."""
    app = OpenAPI("buildsvc", info=Info(title="buildsvc", version=""), doc_ui=False, static_folder=None)
    api.mount(app)
    laptops.mount(app)
    readiness.mount(app, None, None)  # type: ignore[arg-type]
    return app


def api_page() -> str:
    """Write docs/api.md."""
    app = application()
    document = app.api_doc
    lines = [
        "# Every route",
        "",
        _BEGIN,
        "The same as an OpenAPI document, with every answer's fields: `GET /api/openapi.json`. A token goes into the",
        "header `Authorization: Bearer TOKEN`; what each role may do is in [operating.md](operating.md#tokens).",
        "An error is a problem document (RFC 9457): `code` is stable, `detail` says what is wrong, `hint` what to do.",
        "Sentences come in the language of the cookie `buildsvc_language`, of `Accept-Language`, or of the site.",
        "",
        "| route | what it does | needs |",
        "|---|---|---|",
    ]
    roles = roles_of(app)
    operations = [(path, method, each) for path, item in document["paths"].items() for method, each in item.items()]
    operations.sort(key=lambda one: (not one[0].startswith("/api"), one[0], one[1]))
    for path, method, operation in operations:
        route = f"{method.upper()} {path}"
        lines.append(f"| `{route}` | {_cell(operation.get('summary', ''))} | {roles[route]} |")
    for path, method, operation in operations:
        lines += _of_operation(f"{method.upper()} {path}", operation)
    return "\n".join(lines) + "\n"


def roles_of(app: OpenAPI) -> dict[str, str]:
    """Say for each route, as `GET /api/tokens`, which role it needs; `no token` where it answers anybody."""
    found = {}
    with app.app_context():
        for rule in app.url_map.iter_rules():
            need = auth.need_of(rule.endpoint)
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                found[f"{method} {path}"] = str(need.role) if need and need.role else "no token"
    return found


def _of_operation(route: str, operation: dict[str, Any]) -> list[str]:
    lines = ["", f"## {route}", "", operation.get("summary", "") + "."]
    if parameters := operation.get("parameters"):
        lines += ["", "| parameter | in | |", "|---|---|---|"]
        lines += [f"| `{one['name']}` | {one['in']} | {_cell(_said_of(one))} |" for one in parameters]
    if body := operation.get("requestBody"):
        lines += ["", "Body: " + ", ".join(f"`{media}`{_shape(held)}" for media, held in body["content"].items()) + "."]
    answers = [
        f"{status}{_answer(held)}" for status, held in sorted(operation["responses"].items()) if status.isdigit()
    ]
    return [*lines, "", "Answers: " + "; ".join(one for one in answers if not one.startswith("422")) + "."]


def _said_of(parameter: dict[str, Any]) -> str:
    default = parameter["schema"].get("default")
    by_default = "" if default in {None, False, ""} else f" By default {default}."
    return str(parameter.get("description", "")) + by_default


def _answer(response: dict[str, Any]) -> str:
    shapes = [_shape(held) for held in response.get("content", {}).values()]
    return "".join(shapes) or (f" ({text})" if (text := response.get("description", "")) else "")


def _shape(held: dict[str, Any]) -> str:
    name = held.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return f" ({name})" if name else ""


def packages() -> list[str]:
    """Name the packages that requirements.txt pins."""
    return re.findall(
        r"^([A-Za-z0-9_.-]+)(?:\[.*\])?==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE
    )


def notice() -> str:
    """Write NOTICE: what stands there by hand, then the packages with the licences that they state."""
    kept = (ROOT / "NOTICE").read_text(encoding="utf-8").partition(_NOTICE_BEGIN)[0]
    return kept + _NOTICE_BEGIN + "".join(f"{name:<22} {licence_of(name)}\n" for name in packages())


def licence_of(package: str) -> str:
    """Say what an installed package states of its licence."""
    stated = distribution(package).metadata
    whole = [text for key in ("License-Expression", "License") for text in stated.get_all(key, [])]
    classified = [line.rpartition("::")[2].strip() for line in stated.get_all("Classifier", []) if "License ::" in line]
    told = str(whole[0]).partition("\n")[0] if whole else ", ".join(classified)
    return told or UNSTATED[package]


PAGES: dict[str, Callable[[], str]] = {
    "docs/commands.md": commands_page,
    "docs/zh/commands.md": partial(commands_page, "zh"),
    "docs/api.md": api_page,
    "docs/settings.md": page.page,
    "docs/zh/settings.md": lambda: page.page("zh"),
    "NOTICE": notice,
}


def main() -> int:
    """Write the pages, or with `--check` name those that are not current."""
    ended = 0
    for name, made in PAGES.items():
        path, text = ROOT / name, made()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if "--check" in sys.argv[1:]:
            print(f"{name} is not current: run scripts/reference.", file=sys.stderr)
            ended = 1
        else:
            path.write_text(text, encoding="utf-8")
            print(f"  {name} is written anew")
    return ended


if __name__ == "__main__":
    sys.exit(main())
