"""The house's names: one name for one thing. A noun may stand in several rooms; two things under one name may not."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOPS = ("buildpacks", "buildsvc", "webui")

NOUNS = {
    "applications",
    "artifacts",
    "bases",
    "bills",
    "buildpacks",
    "bundle",
    "bundles",
    "deployments",
    "events",
    "gateways",
    "haproxy",
    "libraries",
    "natives",
    "persons",
    "ports",
    "sbom",
    "thin_jars",
    "tokens",
    "versions",
}
"""Modules that may repeat: each is about the same noun, seen from the room that it stands in."""
VERBS = {"apply", "bring", "build", "deploy", "look", "up"}
"""The same: the command that says it, the room that does it, and the room's own first module."""
ROOMS = {"api", "settings"}
"""The API that HTTP serves, and the nouns of its answers; the settings, and what each is."""
MAY_REPEAT = NOUNS | VERBS | ROOMS
TYPES_MAY_REPEAT = {
    # (done, total), in bytes, of an upload on its way out of a laptop and of a load on its way into an engine.
    "Progress",
}
OTHER_NAMES = {
    # As SQLAlchemy's own documents write it: `t.deployments.c.phase`.
    ("buildsvc.store.tables", "t"),
}


def modules(root: Path) -> dict[str, ast.Module]:
    return {
        path.relative_to(root).as_posix(): ast.parse(path.read_bytes(), str(path))
        for top in TOPS
        for path in sorted((root / top).rglob("*.py"))
    }


def name_of(path: str) -> str:
    """`a/b/c.py` -> `c`, and `a/b/__init__.py` -> `b`."""
    *rooms, last = path.removesuffix(".py").split("/")
    return rooms[-1] if last == "__init__" else last


def types_of(tree: ast.Module) -> Iterator[str]:
    """Public classes and type names of a module."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name[0].isupper() and not name.isupper():
                yield name


def repeated(named: Iterable[tuple[str, str]], allowed: set[str]) -> dict[str, list[str]]:
    """What stands in several places under one name that may not. Those with an underscore first are left out."""
    found: dict[str, list[str]] = {}
    for name, place in named:
        if not name.startswith("_") and name not in allowed:
            found.setdefault(name, []).append(place)
    return {name: places for name, places in found.items() if len(places) > 1}


def other_names(house: dict[str, ast.Module]) -> list[str]:
    """Modules of the house that are imported under another name than their own."""
    known = {path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in house}
    return [
        f"{path}:{node.lineno} calls {target} {alias.asname}"
        for path, tree in house.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        for target in [f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name]
        if alias.asname and target in known and (target, alias.asname) not in OTHER_NAMES
    ]


@pytest.fixture(scope="module")
def house() -> dict[str, ast.Module]:
    return modules(ROOT)


def test_no_two_modules_share_a_name(house: dict[str, ast.Module]) -> None:
    assert repeated(((name_of(path), path) for path in house), MAY_REPEAT) == {}


def test_no_two_classes_share_a_name(house: dict[str, ast.Module]) -> None:
    named = ((name, path) for path, tree in house.items() for name in types_of(tree))
    assert repeated(named, TYPES_MAY_REPEAT) == {}


def test_no_module_is_imported_under_another_name(house: dict[str, ast.Module]) -> None:
    assert other_names(house) == []


def test_every_name_that_may_repeat_does(house: dict[str, ast.Module]) -> None:
    names = [name_of(path) for path in house]
    assert {name for name in MAY_REPEAT if names.count(name) < 2} == set()
    types = [name for tree in house.values() for name in types_of(tree)]
    assert {name for name in TYPES_MAY_REPEAT if types.count(name) < 2} == set()


def test_two_things_under_one_name_would_be_seen() -> None:
    forged = {
        "buildsvc/a/health.py": ast.parse("class Verdict: ...\nclass _Own: ...\nLIMIT = 1\nTell = int\n"),
        "buildsvc/b/health.py": ast.parse("from buildsvc.a import health as other\nVerdict = str\nclass _Own: ...\n"),
        "buildsvc/health/__init__.py": ast.parse("LIMIT = 2\n"),
    }
    assert repeated(((name_of(path), path) for path in forged), set()) == {"health": list(forged)}
    named = [(name, path) for path, tree in forged.items() for name in types_of(tree)]
    assert repeated(named, set()) == {"Verdict": ["buildsvc/a/health.py", "buildsvc/b/health.py"]}
    assert other_names(forged) == ["buildsvc/b/health.py:1 calls buildsvc.a.health other"]
