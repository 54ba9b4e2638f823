"""The recipes of what image components run: which there are, what their page says, and that their scripts are shell."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildpacks.errors import NotFound
from buildsvc.doors.cli.main import cli
from buildsvc.image.making.recipe import BASES, kinds, load, load_component

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
COMPONENTS = ("mariadb", "nginx", "postgres", "redis")


def test_what_image_components_run_is_made_and_what_jars_run_on_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tuple(kind for kind in kinds() if load_or_none(kind)) == COMPONENTS
    monkeypatch.setenv("BUILDSVC_DATA", str(tmp_path))
    refused = CliRunner().invoke(cli, ["image", "make", "mysql"])
    assert refused.exit_code == 2
    assert "mariadb, nginx, postgres, redis" in refused.stderr


def load_or_none(kind: str) -> object:
    try:
        return load_component(kind)
    except NotFound:
        return None


@pytest.mark.parametrize("kind", COMPONENTS)
def test_a_component_starts_as_root_by_an_entrypoint_of_ours(kind: str) -> None:
    recipe = load(kind)
    assert recipe.user.id == 0
    assert recipe.entrypoint[0].endswith("docker-entrypoint.sh")
    assert any(file.path.endswith("docker-entrypoint.sh") and file.mode == 0o755 for file in recipe.files)
    assert all(volume in PAGE for volume in recipe.volumes)
    assert re.search(rf"port {recipe.ports[0].partition('/')[0]}\b", PAGE)


@pytest.mark.parametrize("script", sorted((BASES / "files").glob("*.sh")), ids=lambda path: path.name)
def test_a_script_is_shell_that_can_be_read(script: Path) -> None:
    read = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


def test_a_recipe_keeps_what_its_part_leaves_out() -> None:
    postgres = load("postgres")
    assert postgres.leaves_out("libpam-modules")
    assert postgres.leaves_out("libllvm14")
    assert not postgres.leaves_out("libpam0g")
    assert load("redis").leaves_out("libpam0g")
