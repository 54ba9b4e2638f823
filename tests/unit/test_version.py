"""The version is the newest tag, wherever the sources lie, and all that shows it shows the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from buildsvc.doors.cli.main import cli
from buildsvc.model.access import Role
from tests.doors_site import Door

ROOT = Path(__file__).parents[2]


def version_in(folder: Path) -> str:
    shutil.copy(ROOT / "pyproject.toml", folder)
    done = subprocess.run(
        [sys.executable, "-m", "setuptools_scm"], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def git(folder: Path, *words: str) -> None:
    someone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        someone |= {f"GIT_{role}_NAME": "a", f"GIT_{role}_EMAIL": "a@example.org"}
    subprocess.run(["git", *words], cwd=folder, env={**os.environ, **someone}, check=True, capture_output=True)


def test_a_tagged_commit_has_the_version_of_its_tag_and_what_follows_says_how_far(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    git(tmp_path, "tag", "v7.2.0")
    assert version_in(tmp_path) == "7.2.0"
    git(tmp_path, "commit", "--allow-empty", "-m", "two")
    assert version_in(tmp_path).startswith("7.2.1.dev1+g")


def test_a_tarball_of_a_tag_has_its_version_without_git(tmp_path: Path) -> None:
    (tmp_path / ".git_archival.txt").write_text(f"node: {'ab' * 20}\ndescribe-name: v7.2.0\n", encoding="utf-8")
    assert version_in(tmp_path) == "7.2.0"


def test_sources_without_git_or_tag_have_the_version_of_the_last_release(tmp_path: Path) -> None:
    newest = next(line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if "## 0" in line)
    assert version_in(tmp_path) == newest.removeprefix("## ")


def test_the_command_line_the_api_and_its_document_say_the_same(tmp_path: Path) -> None:
    said = CliRunner().invoke(cli, ["--version"]).output.split()[-1]
    door = Door(tmp_path)
    try:
        about = door.client().get("/api", headers=door.headers(Role.VIEWER)).get_json()
        document = door.client().get(about["document"], headers=door.headers(Role.VIEWER)).get_json()
        assert door.client().get("/api").status_code == 401
    finally:
        door.close()
    assert (about["version"], document["info"]["version"]) == (said, said)
