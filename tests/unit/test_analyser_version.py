"""The version of the analyser: it changes with whatever a fact hangs on."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from buildpacks.analyser_version import HOME, PARTS, analyser_version, sources


def imported(path: Path) -> set[Path]:
    """The files of buildpacks that this one imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("buildpacks"):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            found |= {HOME.parent / f"{name.replace('.', '/')}.py" for name in names}
    # What people are told is no fact of an artifact.
    return {one for one in found if one.exists() and one.parent.name != "sentences"}


def test_all_that_the_analyser_imports_is_in_its_version() -> None:
    seen: set[Path] = set()
    ahead = {HOME / "analyse.py"}
    while ahead:
        seen |= ahead
        ahead = set().union(*map(imported, ahead)) - seen
    assert len(seen) > len(PARTS)
    assert seen - set(sources()) == set()


@pytest.mark.parametrize("changed", ["analyse.py", "facts/elf.py", "archives/zips.py"])
def test_a_changed_source_is_another_version_and_the_same_one_is_not(tmp_path: Path, changed: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(HOME, copy, ignore=shutil.ignore_patterns("__pycache__"))
    assert analyser_version(copy) == analyser_version()
    with (copy / changed).open("ab") as file:
        file.write(b"#")
    assert analyser_version(copy) != analyser_version()


def test_what_is_decided_afterwards_is_no_part_of_it(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(HOME, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "kinds" / "war.py").write_text("")
    assert analyser_version(copy) == analyser_version()
