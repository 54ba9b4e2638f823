"""Jars of special kinds, built and run: modular, multi-release, signed, with a script in front; own buildpacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import forge, modules
from tests.image_files import Start, Started, build
from tests.own_buildpacks import for_python, for_toml, shown
from tests.programs import compiled
from tests.waiting import until

GRADLE = b"""#!/bin/sh
CLASSPATH="\\\\\\"\\\\\\""
MODULE_PATH=$APP_HOME/lib/shop.jar
DEFAULT_JVM_OPTS=""
set -- \\
        -classpath "$CLASSPATH" \\
        --module-path "$MODULE_PATH" \\
        --module org.example.modular/org.example.modular.Main \\
        "$@"
exec "$JAVACMD" "$@"
"""
HAND = b"#!/bin/sh\nexec java -p lib -m org.example.modular/org.example.modular.Main\n"

Run = Callable[..., tuple[Started, dict[str, Any]]]


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return modules.compiled(tmp_path_factory.mktemp("classes"))


@pytest.fixture(scope="module")
def signed(classes: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = forge.write(tmp_path_factory.mktemp("signed") / "signed.jar", modules.jar(classes, Main_Class=modules.MAIN))
    return modules.signed(path).read_bytes()


@pytest.fixture
def run(site_data: Path, tmp_path: Path, start: Start, tag: str) -> Run:
    """Build what is handed in under a name, and start it: the container, and what the build said."""

    def built_and_started(name: str, data: bytes, *options: str) -> tuple[Started, dict[str, Any]]:
        file, said = build(site_data, forge.write(tmp_path / name, data), "--tag", tag, *options)
        return start(file, tag), said

    return built_and_started


@pytest.mark.engine
def test_a_modular_multi_release_jar_runs_as_java_would_run_it(classes: dict[str, bytes], run: Run) -> None:
    started, said = run("shop.jar", modules.jar(classes, Main_Class=modules.MAIN, Multi_Release="true"))
    assert said["java"] == 11
    # The classes for newer releases count where the smallest base that suffices is one of these.
    of = "of any release" if said["base"].startswith("jre-11") else "of Java 17"
    assert until(started.answer, 60) == f"no module, nothing, {of}, 0 signers"


@pytest.mark.engine
@pytest.mark.parametrize("script", [GRADLE, HAND], ids=["gradle", "by hand"])
def test_a_distribution_of_modules_stays_modular(classes: dict[str, bytes], run: Run, script: bytes) -> None:
    files = {"shop-1.0/bin/shop": script, "shop-1.0/lib/shop.jar": modules.jar(classes)}
    started, _ = run("shop-1.0.zip", forge.archive(files))
    assert until(started.answer, 60) == "org.example.modular, hello, of any release, 0 signers"


@pytest.mark.engine
@pytest.mark.parametrize("style", [forge.with_script, lambda data: forge.SCRIPT + data], ids=["file", "archive"])
def test_a_signed_jar_with_a_script_in_front_keeps_its_signature(
    signed: bytes, run: Run, style: Callable[[bytes], bytes]
) -> None:
    started, said = run("shop.jar", style(signed))
    assert said["java"] == 11
    assert until(started.answer, 60) == "no module, nothing, of any release, 1 signers"


@pytest.fixture
def lib(cache: Path, shop: dict[str, bytes]) -> dict[str, bytes]:
    program = forge.archive({"META-INF/MANIFEST.MF": forge.manifest({}), **compiled(cache)})
    return {"shop.jar": forge.archive({"META-INF/MANIFEST.MF": forge.manifest({}), **shop}), "program-1.0.jar": program}


@pytest.mark.engine
def test_the_toml_example_of_the_documentation_runs(lib: dict[str, bytes], run: Run, site_data: Path) -> None:
    # In the site's own folder, where no option has to name it.
    forge.write(site_data / "buildpacks" / "acme-service.toml", shown("toml"))
    started, _ = run("acme-1.2.zip", forge.archive(for_toml(lib)))
    assert until(started.answer, 60) == "3.2"
    assert "-Dacme.home=/app" in started.told("cat", "/proc/1/cmdline").split("\0")
    assert started.image["Config"]["Labels"]["io.buildsvc.buildpack"] == "acme-service"


@pytest.mark.engine
def test_the_python_example_of_the_documentation_runs(lib: dict[str, bytes], run: Run, tmp_path: Path) -> None:
    own = forge.write(tmp_path / "own" / "acme.py", shown("python")).parent
    started, _ = run("acme.zip", forge.archive(for_python(lib)), "--buildpacks", str(own))
    assert until(started.answer, 60) == "3.3"
    assert started.image["Config"]["Labels"]["io.buildsvc.buildpack"] == "acme-properties"
    assert sorted(path.name for path in own.iterdir()) == ["acme.py"]
