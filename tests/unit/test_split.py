"""Large libraries in layers of their own, and one for those that were seen to change between uploads."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks import split
from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.kinds import spring_boot
from buildpacks.split import CHANGING, apart, changed, name_of, present, shared
from tests import forge


def boot(tmp_path: Path, **libraries: str) -> Analysis:
    entries = {f"{name.replace('_', '-')}.jar": forge.library(value) for name, value in libraries.items()}
    return analyse(
        forge.write(tmp_path / "app.jar", forge.boot_jar(java=17, main="demo.App", libraries=entries)), "a.jar"
    )


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("app/lib/common-core-1.2.jar", "common-core"),
        ("BOOT-INF/lib/common-core-1.3-SNAPSHOT.jar", "common-core"),
        ("lib/ojdbc8.jar", "ojdbc8"),
        ("lib/log4j-1.2-api-2.24.1.jar", "log4j-1.2-api"),
        ("lib/common-1.3-20240517.102030-5.jar", "common"),
    ],
)
def test_a_library_keeps_its_name_over_versions(path: str, name: str) -> None:
    assert name_of(path) == name


def test_what_differs_is_named_and_what_left_is_not(tmp_path: Path) -> None:
    former = boot(tmp_path, spring_1="s.A", common_1="c.A", gone_1="g.A")
    latter = boot(tmp_path, spring_1="s.A", common_1="c.B", fresh_1="f.A")
    assert changed(former, latter) == {"common", "fresh"}
    assert changed(former, former) == frozenset()
    assert present({"gone", "spring"}, latter) == {"spring"}


def test_they_get_one_layer_below_the_application(tmp_path: Path) -> None:
    analysis = boot(tmp_path, spring_1="s.A", common_1="c.A")
    plan = apart(spring_boot.plan(analysis), {"common"})
    dependencies, changing, _ = plan.layers
    assert "app/lib/spring-1.jar" in {file.path for file in dependencies.files}
    assert "app/lib/common-1.jar" not in {file.path for file in dependencies.files}
    assert (changing.role, [file.path for file in changing.files]) == (CHANGING, ["app/lib/common-1.jar"])
    assert plan.layers[-1] == spring_boot.plan(analysis).layers[-1]
    assert plan.launch == spring_boot.plan(analysis).launch


def test_a_layer_that_is_left_without_files_goes(tmp_path: Path) -> None:
    analysis = boot(tmp_path, common_1="c.A")
    plan = apart(spring_boot.plan(analysis), {name_of(library.entry) for library in analysis.libraries})
    assert [layer.role for layer in plan.layers] == [CHANGING, "application"]


def test_nothing_learned_changes_nothing(tmp_path: Path) -> None:
    plan = spring_boot.plan(boot(tmp_path, common_1="c.A"))
    assert apart(plan, ()) is plan
    assert apart(plan, {"elsewhere"}) is plan


def test_large_libraries_get_a_layer_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "SHARED_FROM", 1)
    monkeypatch.setattr(split, "MOST_SHARED", 2)
    analysis = boot(tmp_path, big_1="b.Big", common_1="c.A")
    sizes = sorted((-library.size, library.entry.rpartition("/")[2]) for library in analysis.libraries)
    single = [name for _, name in sizes[:2]]
    plan = shared(spring_boot.plan(analysis), analysis)
    roles = [(layer.role, len(layer.files)) for layer in plan.layers]
    assert roles[:-1] == [("dependencies", 1), ("dependencies", 1), ("dependencies", len(analysis.libraries) - 2)]
    assert {layer.files[0].path.rpartition("/")[2] for layer in plan.layers[:2]} == set(single)
    former = spring_boot.plan(analysis)
    assert sorted(file.path for layer in plan.layers for file in layer.files) == sorted(
        file.path for layer in former.layers for file in layer.files
    )
    assert plan.layers[-1] == former.layers[-1]


def test_small_libraries_stay_together(tmp_path: Path) -> None:
    analysis = boot(tmp_path, common_1="c.A")
    assert shared(spring_boot.plan(analysis), analysis) == spring_boot.plan(analysis)
