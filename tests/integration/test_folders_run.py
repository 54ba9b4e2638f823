"""Programs that come as a folder, built and run: as a thin jar, Gradle and Maven's assembly leave them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import forge
from tests.image_files import Start, Started, build
from tests.programs import compiled
from tests.waiting import until

GRADLE = b"""#!/bin/sh
DEFAULT_JVM_OPTS='"-Dshop=$APP_HOME/conf"'
CLASSPATH=$APP_HOME/lib/shop-1.0.jar:$APP_HOME/lib/program-1.0.jar
set -- -classpath "$CLASSPATH" org.example.Shop "$@"
exec "$JAVACMD" "$@"
"""
HAND = b"""#!/bin/bash
nohup java -cp "conf:lib/*" org.example.Shop > logs/out.log 2>&1 &
"""
TOLD = b"version=3.2\nmanner=healthy\n"


@pytest.fixture
def library(cache: Path) -> bytes:
    return forge.archive({"META-INF/MANIFEST.MF": forge.manifest({}), **compiled(cache)})


Run = Callable[[str, bytes], tuple[Started, dict[str, Any]]]


@pytest.fixture
def run(site_data: Path, tmp_path: Path, start: Start, tag: str) -> Run:
    """Build what is handed in under a name, and start it: the container, and what the build said."""

    def built_and_started(name: str, data: bytes) -> tuple[Started, dict[str, Any]]:
        file, said = build(site_data, forge.write(tmp_path / name, data), "--tag", tag)
        return start(file, tag), said

    return built_and_started


def jar(entries: dict[str, bytes], **attributes: str) -> bytes:
    told = {name.replace("_", "-"): value for name, value in attributes.items()}
    return forge.archive({"META-INF/MANIFEST.MF": forge.manifest(told), **entries})


def tar_gz(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.engine
def test_a_thin_jar_with_its_libraries(library: bytes, shop: dict[str, bytes], run: Run) -> None:
    thin = jar({**shop, "program.properties": TOLD}, Main_Class="org.example.Shop", Class_Path="lib/program-1.0.jar")
    started, _ = run("shop.zip", forge.archive({"shop.jar": thin, "lib/program-1.0.jar": library}))
    assert until(started.answer, 60) == "3.2"


@pytest.mark.engine
def test_a_gradle_distribution(library: bytes, shop: dict[str, bytes], run: Run) -> None:
    files = {
        "shop-1.0/bin/shop": GRADLE,
        "shop-1.0/lib/shop-1.0.jar": jar({**shop, "program.properties": TOLD}),
        "shop-1.0/lib/program-1.0.jar": library,
    }
    started, _ = run("shop-1.0.zip", forge.archive(files))
    assert until(started.answer, 60) == "3.2"
    assert "-Dshop=/app/conf" in started.told("cat", "/proc/1/cmdline").split("\0")


@pytest.mark.engine
def test_an_assembly_with_its_configuration_apart(library: bytes, shop: dict[str, bytes], run: Run) -> None:
    files = {
        "./shop-1.0/bin/start.sh": HAND,
        "./shop-1.0/conf/program.properties": TOLD,
        "./shop-1.0/lib/program-1.0.jar": library,
        "./shop-1.0/lib/shop-1.0.jar": jar(shop),
    }
    started, said = run("shop-1.0.tar.gz", tar_gz(files))
    assert (said["java"], said["base"].startswith("jre-17")) == (11, True)
    assert until(started.answer, 60) == "3.2"
    assert started.told("sh", "-c", "touch /app/x && echo written") == "written"
