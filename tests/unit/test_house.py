"""The house: arrows run downward only, nothing goes in a circle, imports stand at the top of their module.

Within a top-level room each folder is a room again, and so is each module beside them; those may not go in a circle
either. The next ones have their place already: `usecases/versions` and `usecases/people`, `store/bundle`,
`model/policy`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOPS = ("buildpacks", "buildsvc", "webui")

GROUND = {"buildpacks"}
MIDDLE = {"image", "model", "settings"} | GROUND
UPPER = {"engines", "store", "live", "compose"} | MIDDLE
MAY_IMPORT = {
    "buildpacks": set(),
    "model": GROUND,
    "image": GROUND,
    "settings": {"model"} | GROUND,
    "store": {"model", "image"} | GROUND,
    "engines": {"model", "image"} | GROUND,
    "live": {"model", "settings"} | GROUND,
    "compose": {"model"} | GROUND,
    "usecases": UPPER,
    "wiring": {"usecases"} | UPPER,
    "doors": {"wiring", "usecases", "webui"} | UPPER,
    "webui": set(),
}
ENGINES = {"docker", "swarm", "host"}
WITH_ROOMS = ("buildpacks", "doors", "engines", "usecases")
"""What is divided into rooms that must not go in a circle."""
VERBS = {
    "admit", "receive", "build", "approve", "deploy", "apply", "look", "aside", "stop", "versions", "people", "tend",
    "equip", "save", "adopt",
}  # fmt: skip
"""The rooms of usecases: one a verb of the users."""
COMMON = {"attempt", "holding", "perform", "queueing", "site", "understanding"}
"""What the verbs share: what they are handed, what an artifact is, the queue, an attempt at a deployment, what starts
one.
"""


@dataclass(frozen=True)
class Import:
    """One import: the module it stands in, its line, the module it names, and whether a function holds it."""

    of: str
    line: int
    target: str
    inside: bool

    def __str__(self) -> str:
        return f"{self.of}:{self.line} imports {self.target}"


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_house(root: Path) -> dict[str, ast.Module]:
    return {
        module_name(path, root): ast.parse(path.read_bytes(), str(path))
        for top in TOPS
        for path in sorted((root / top).rglob("*.py"))
    }


def room(module: str) -> str:
    """`buildsvc.store.ledger` -> `store`; what lies outside the house keeps its first name."""
    first, *rest = module.split(".")
    return rest[0] if first == "buildsvc" and rest else first


def imports(house: dict[str, ast.Module]) -> Iterator[Import]:
    for module, tree in house.items():
        yield from _imports_of(module, tree, house, inside=False)


def _imports_of(module: str, node: ast.AST, house: dict[str, ast.Module], *, inside: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(module, child.lineno, alias.name, inside)
        elif isinstance(child, ast.ImportFrom):
            base = child.module or ""
            assert child.level == 0, f"{module}:{child.lineno} imports relatively: write the whole name"
            for alias in child.names:
                whole = f"{base}.{alias.name}"
                yield Import(module, child.lineno, whole if whole in house else base, inside)
        else:
            yield from (Import(module, line, late, inside=False) for line, late in _by_name(child) if late in house)
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports_of(module, child, house, inside=inside or function)


def _by_name(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The line of a call of `importlib.import_module`, and what it names in letters: an arrow like any other."""
    match node:
        case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(named))], lineno=line):
            yield line, named


def upward(found: list[Import]) -> list[str]:
    """Imports that the table does not allow."""
    return [
        str(each)
        for each in found
        if each.target.split(".")[0] in TOPS
        and room(each.of) != room(each.target)
        and room(each.target) not in MAY_IMPORT.get(room(each.of), set())
        # The packages themselves hold nothing but their version.
        and each.target != "buildsvc"
    ]


def within(module: str, top: str) -> str | None:
    """The room of `top` that a module lies in: `buildsvc.usecases.deploy.loading` -> `deploy`; None elsewhere."""
    parts = module.removeprefix("buildsvc.").split(".")
    return parts[1] if parts[0] == top and len(parts) > 1 else None


def circle_of_rooms(found: list[Import], top: str) -> list[str]:
    """The rooms of one circle within a top-level one, none when there is none."""
    pairs = [(within(each.of, top), within(each.target, top)) for each in found]
    return _circle([(of, target) for of, target in pairs if of and target])


def circle(found: list[Import]) -> list[str]:
    """The modules of one circle, none when there is none."""
    return _circle([(each.of, each.target) for each in found if each.target.split(".")[0] in TOPS])


def _circle(arrows: list[tuple[str, str]]) -> list[str]:
    graph: dict[str, set[str]] = {}
    for of, target in arrows:
        if of != target:
            graph.setdefault(of, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def of_room(found: list[Import], name: str) -> list[Import]:
    return [each for each in found if room(each.of) == name]


def outside(found: list[Import]) -> list[Import]:
    """Imports of what is neither the house's nor Python's own."""
    known = {*TOPS, "__future__"} | sys.stdlib_module_names
    return [each for each in found if each.target.split(".")[0] not in known]


@pytest.fixture(scope="module")
def house() -> dict[str, ast.Module]:
    return read_house(ROOT)


@pytest.fixture(scope="module")
def found(house: dict[str, ast.Module]) -> list[Import]:
    return list(imports(house))


def test_every_room_is_in_the_table(house: dict[str, ast.Module]) -> None:
    assert {room(module) for module in house} - {"buildsvc"} <= set(MAY_IMPORT)


def test_every_arrow_points_downward(found: list[Import]) -> None:
    assert upward(found) == []


def test_nothing_goes_in_a_circle(found: list[Import]) -> None:
    assert circle(found) == []


@pytest.mark.parametrize("top", WITH_ROOMS)
def test_no_rooms_go_in_a_circle(found: list[Import], top: str) -> None:
    assert circle_of_rooms(found, top) == []


def test_usecases_have_a_room_a_verb_and_little_beside_them(house: dict[str, ast.Module]) -> None:
    assert {within(module, "usecases") for module in house} - {None} <= VERBS | COMMON


def test_no_import_stands_inside_a_function(found: list[Import]) -> None:
    assert [str(each) for each in found if each.inside] == []


def test_engines_do_not_know_each_other(found: list[Import]) -> None:
    def engine(module: str) -> str | None:
        parts = module.split(".")
        return parts[2] if parts[:2] == ["buildsvc", "engines"] and len(parts) > 2 and parts[2] in ENGINES else None

    crossing = [
        str(each)
        for each in found
        if engine(each.of) and engine(each.target) and engine(each.of) != engine(each.target)
    ]
    assert crossing == []


def test_the_engine_contract_names_no_engine() -> None:
    common = [path for path in (ROOT / "buildsvc" / "engines").glob("*.py") if path.name != "__init__.py"]
    common += (ROOT / "buildsvc" / "engines" / "gateway").iterdir()
    naming = {
        path.name
        for path in common
        if path.is_file()
        for name in ENGINES - {"host"}
        if name in path.read_text(encoding="utf-8").lower()
    }
    assert naming == set()


def test_the_engine_contract_is_in_no_engines_own_words() -> None:
    words = re.compile(r"\b(containers?|labels?|tags?|rootfs|compose)\b", re.IGNORECASE)
    contract = ("base", "two_places", "programs_aside", "inner_programs")
    said = {name: words.findall((ROOT / "buildsvc" / "engines" / f"{name}.py").read_text("utf-8")) for name in contract}
    assert {name: found for name, found in said.items() if found} == {}


def test_no_part_of_tests_is_shipped(house: dict[str, ast.Module]) -> None:
    named = {module for module in house if "fake" in module.rpartition(".")[2]} | {
        f"{module}.{node.name}"
        for module, tree in house.items()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name.startswith("Fake")
    }
    assert named == set()


def test_buildpacks_need_nothing_but_python(found: list[Import]) -> None:
    assert [str(each) for each in outside(of_room(found, "buildpacks"))] == []


def test_webui_needs_nothing_but_flask(found: list[Import]) -> None:
    others = [each for each in outside(of_room(found, "webui")) if each.target.split(".")[0] != "flask"]
    assert [str(each) for each in others] == []


def test_usecases_know_neither_flask_nor_docker_nor_redis(found: list[Import]) -> None:
    banned = {"flask", "werkzeug", "docker", "redis", "rq", "gunicorn"}
    assert [str(each) for each in of_room(found, "usecases") if each.target.split(".")[0] in banned] == []


def reads_environment(tree: ast.Module) -> list[int]:
    """Lines that read `os.environ` or `os.getenv`. Handing all of it on, `{**os.environ, …}`, is no reading."""
    handed_on = {
        id(value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if key is None
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv", "environb", "getenvb"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and id(node) not in handed_on
    ]


def test_settings_alone_read_the_environment(house: dict[str, ast.Module]) -> None:
    readers = {module: reads_environment(tree) for module, tree in house.items() if room(module) != "settings"}
    assert {module: lines for module, lines in readers.items() if lines} == {}


def test_every_module_says_what_it_is_for(house: dict[str, ast.Module]) -> None:
    silent = [module for module, tree in house.items() if tree.body and ast.get_docstring(tree) is None]
    assert silent == []


def test_no_module_outgrows_its_room(house: dict[str, ast.Module]) -> None:
    lengths = {module: tree.body[-1].end_lineno or 0 for module, tree in house.items() if tree.body}
    assert {module: lines for module, lines in lengths.items() if lines > 300} == {}


def test_no_file_of_tests_is_longer_than_a_reader_takes() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in (ROOT / "tests").rglob("*.py")}
    assert {str(path): lines for path, lines in lengths.items() if lines > 400} == {}


def _forged(**modules: str) -> list[Import]:
    trees = {name.replace("__", "."): ast.parse(source) for name, source in modules.items()}
    return list(imports(trees))


def test_an_upward_arrow_would_be_seen() -> None:
    seen = upward(
        _forged(buildsvc__model__release="from buildsvc.store import ledger", buildsvc__store__ledger="x = 1")
    )
    assert seen == ["buildsvc.model.release:1 imports buildsvc.store.ledger"]


def test_a_circle_would_be_seen() -> None:
    seen = circle(_forged(buildsvc__model__a="import buildsvc.model.b", buildsvc__model__b="import buildsvc.model.a"))
    assert set(seen) == {"buildsvc.model.a", "buildsvc.model.b"}


def test_a_circle_of_rooms_would_be_seen_where_no_module_stands_in_one() -> None:
    seen = _forged(
        buildsvc__usecases__deploy__deploy="import buildsvc.usecases.apply.run",
        buildsvc__usecases__apply__run="import buildsvc.usecases.deploy.loading",
        buildsvc__usecases__deploy__loading="x = 1",
    )
    assert circle(seen) == []
    assert set(circle_of_rooms(seen, "usecases")) == {"deploy", "apply"}


def test_an_import_inside_a_function_would_be_seen() -> None:
    seen = _forged(buildsvc__model__a="class A:\n    def f(self):\n        import os\n")
    assert [each.inside for each in seen] == [True]


def test_reading_the_environment_would_be_seen() -> None:
    source = "import os\na = os.environ['A']\nb = {**os.environ, 'B': 'c'}\nd = os.getenv('D')\n"
    assert reads_environment(ast.parse(source)) == [2, 4]
