"""The command line's two halves: the laptop's imports without the server's, and every command teaches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from buildsvc.doors.cli.main import COMMANDS, cli
from buildsvc.doors.cli.taught import Taught
from tests import forge

AS_ON_A_LAPTOP = """
import sys

class Absent:
    names = {"fcntl", "pwd", "grp", "resource", "flask", "flask_openapi3", "docker", "redis", "rq", "sqlalchemy",
             "alembic", "gunicorn", "watchdog", "prometheus_client", "pydantic", "pydantic_settings", "requests"}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in Absent.names:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())
from buildsvc.doors.cli.main import main
sys.argv = ["buildsvc", *sys.argv[1:]]
main()
"""
EACH_ALONE = """
import importlib, os, sys
importlib.import_module("buildsvc.doors.cli.main")
for asked in sys.argv[1:]:
    name, module = asked.split("=")
    if os.fork() == 0:
        importlib.import_module(module)
        loaded = {one.partition(".")[0] for one in sys.modules} - sys.stdlib_module_names
        print(name, *sorted(loaded), flush=True)
        os._exit(0)
    os.wait()
"""
REMOTE = [name for name, entry in COMMANDS.items() if ".remote." in entry.module]
LOCAL = [name for name, entry in COMMANDS.items() if ".local." in entry.module]


def laptop(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", AS_ON_A_LAPTOP, *arguments], capture_output=True, text=True, check=False
    )


def test_every_laptop_command_imports_without_the_servers_modules() -> None:
    code = AS_ON_A_LAPTOP.replace(
        "main()\n",
        "import importlib\n"
        + "".join(f"importlib.import_module({COMMANDS[name].module!r})\n" for name in REMOTE)
        + "print('imported')\n",
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "imported\n", done.stderr


@pytest.fixture(scope="module")
def loaded_by() -> dict[str, set[str]]:
    """What each laptop command loads, by its name: children of one process that has only begun."""
    done = subprocess.run(
        [sys.executable, "-c", EACH_ALONE, *(f"{name}={COMMANDS[name].module}" for name in REMOTE)],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (line.split() for line in done.stdout.splitlines())
    return {name: {one for one in loaded if not one.startswith(("_", "sitecustomize"))} for name, *loaded in lines}


@pytest.mark.parametrize("name", REMOTE)
def test_a_laptop_command_loads_nothing_that_takes_long(name: str, loaded_by: dict[str, set[str]]) -> None:
    needed = {"buildsvc", "buildpacks", "click"} | (
        {"yaml", "dotenv", "cython_runtime"} if name in {"apply", "adopt", "policy"} else set()
    )
    assert loaded_by[name] <= needed


def test_inspecting_loads_nothing_that_takes_long(tmp_path: Path) -> None:
    jar = forge.write(tmp_path / "a.jar", forge.jar())
    code = (
        "import sys\nfrom buildsvc.doors.cli.main import cli\n"
        f"cli(['inspect', {str(jar)!r}], standalone_mode=False)\n"
        "print(*sorted({one.partition('.')[0] for one in sys.modules}))\n"
    )
    home = {"HOME": str(tmp_path), "PATH": os.defpath}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=home)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "click" in loaded
    assert loaded.isdisjoint({"pydantic", "pydantic_settings", "requests", "rich", "sqlalchemy", "docker", "yaml"})


def test_a_laptop_command_runs_without_the_servers_modules() -> None:
    done = laptop("push", "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage: buildsvc push" in done.stdout


def test_a_server_command_on_a_laptop_says_where_it_belongs() -> None:
    done = laptop("up")
    assert done.returncode == 2
    assert "belongs on the server" in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_help_lists_every_command_without_importing_any() -> None:
    done = laptop("--help")
    assert done.returncode == 0
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


def commands(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(group, click.Group):
        return [(path, group)]
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found += commands(command, (*path, name))
    return found


@pytest.mark.parametrize(
    ("path", "command"), commands(cli), ids=lambda value: value if isinstance(value, str) else None
)
def test_every_command_teaches_with_an_example(path: tuple[str, ...], command: click.Command) -> None:
    assert isinstance(command, Taught), path
    assert " ".join(("buildsvc", *path)) in command.example
    shown = CliRunner().invoke(cli, [*path, "--help"])
    assert shown.exit_code == 0
    assert command.example.splitlines()[0] in shown.output


def test_an_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(cli, ["psuh"]).exit_code == 2


def test_local_commands_are_all_there() -> None:
    assert {"up", "web", "worker", "observer", "watch", "inspect", "build", "base", "doctor"} <= set(LOCAL)
