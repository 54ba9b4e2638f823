"""The script in front of a kit: shells that are not bash understand it, and a file that was cut or damaged is told."""

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildsvc.doors.cli.main import cli
from buildsvc.image.kit.kit_file import SCRIPT, KitOrder, script
from buildsvc.image.kit.payload import Summing
from buildsvc.model.clock import SystemClock
from tests.two_platforms import AMD64

SHELLS = [["dash"], ["busybox", "sh"], ["bash", "--posix"]]


def kit_file(path: Path, *, payload: bytes = b"payload" * 1000) -> Path:
    """A kit whose payload is no tar: enough to be looked at."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.seek(SCRIPT)
        out = Summing(file)
        out.write(payload)
        order = KitOrder(AMD64, Path("wheels"), None, None, (), SystemClock().now())
        text = script(order, "1.2.3", out, 4096)
        file.seek(0)
        file.write(text)
    return path


def run(shell: list[str], file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"no {shell[0]} here")
    command = [*shell, str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_it_looks_and_changes_nothing(tmp_path: Path, shell: list[str]) -> None:
    said = run(shell, kit_file(tmp_path / "kit.run"), "--check")
    assert "this file is whole" in said.stdout
    assert said.stdout.endswith("othing was changed.\n") or said.stderr.endswith("nothing was changed.\n")
    assert "not found" not in said.stderr


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    file = kit_file(tmp_path / "kit.run")
    data = bytearray(file.read_bytes())
    data[SCRIPT + 10] ^= 1
    file.write_bytes(data)
    said = run(["dash"], file, "--check")
    assert "this file is damaged" in said.stdout
    assert said.returncode == 2


def test_a_cut_file_is_told(tmp_path: Path) -> None:
    file = kit_file(tmp_path / "kit.run")
    file.write_bytes(file.read_bytes()[:-1])
    said = run(["dash"], file, "--check")
    assert "It was cut on its way" in said.stdout
    assert said.returncode == 2


def test_a_server_of_another_architecture_is_refused(tmp_path: Path) -> None:
    file = kit_file(tmp_path / "kit.run")
    data = file.read_bytes()
    file.write_bytes(data.replace(b"MACHINE='x86_64'", b"MACHINE='sparc9'", 1))
    said = run(["dash"], file, "--check")
    assert "the kit is for sparc9" in said.stdout
    assert said.returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [["--wrong"], ["--listen", "8420"], ["--listen", "0.0.0.0:"], ["--tls", "maybe"], ["--wait", "soon"], ["--data"]],
)
def test_a_wrong_option_is_refused_with_what_there_is(tmp_path: Path, arguments: list[str]) -> None:
    said = run(["dash"], kit_file(tmp_path / "kit.run"), *arguments)
    assert said.returncode == 2
    assert said.stderr
    assert "looking at" not in said.stdout


def test_shellcheck_has_nothing_to_say(tmp_path: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("no shellcheck here")
    text = tmp_path / "script.sh"
    text.write_bytes(kit_file(tmp_path / "kit.run").read_bytes()[:SCRIPT].rstrip(b"\n") + b"\n")
    done = subprocess.run(
        ["shellcheck", "-s", "sh", "-S", "warning", str(text)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_without_wheels_a_kit_is_refused_and_where_they_may_be_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDSVC_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(cli, ["kit", "-o", "made.run"])
    assert said.exit_code == 2, said.output
    assert "The folder wheels holds 0 wheels" in said.output
    assert "--wheels" in said.output
    assert not (tmp_path / "made.run").exists()
