"""Whatever a process that was killed leaves in `tmp/` goes by itself: every name that the code gives is known."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import buildsvc
from buildsvc.usecases.tend.leftovers import BEGUN

MAKERS = {"mkstemp", "mkdtemp", "TemporaryDirectory", "NamedTemporaryFile"}


def prefixes(folder: Path) -> Iterator[tuple[str, str]]:
    """Module and beginning of each temporary file or folder that is made in a data directory's `tmp/`."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in MAKERS:
                continue
            given = {one.arg: one.value for one in node.keywords}
            place, prefix = given.get("dir"), given.get("prefix")
            if place is not None and ast.unparse(place).endswith("tmp") and isinstance(prefix, ast.Constant):
                yield path.name, str(prefix.value)


def test_every_name_of_a_temporary_file_is_one_that_goes_a_day_later() -> None:
    found = list(prefixes(Path(buildsvc.__file__).parent))
    assert len(found) > 8
    assert [one for one in found if not one[1].startswith(BEGUN)] == []
