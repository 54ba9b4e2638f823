"""What a deployment does about native libraries that its base or its host cannot load."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import NativeLibrary
from buildpacks.errors import Refused
from buildpacks.facts import elf
from buildpacks.platforms import Platform
from buildsvc.model.application import Natives
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import Failed, Warned
from buildsvc.usecases.build import natives
from tests import elves, forge, small_images
from tests.two_platforms import AMD64
from tests.workshops import COMPOSE, Bench

ARM_ONLY = {"native/libfoo.so": elves.shared(elves.ARM64, align=65536)}
BOTH = {**ARM_ONLY, "x/libfoo.so": elves.shared(versions={"libc.so.6": ("GLIBC_2.17",)})}
TOO_NEW = {"x/libfoo.so": elves.shared(versions={"libc.so.6": ("GLIBC_2.38",)})}
LOADS = 'public class Main { static { System.load("/app/native/libfoo.so"); } public static void main(String[] a) {} }'


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


@pytest.fixture
def main(javac: str, tmp_path: Path) -> bytes:
    """A main class that surely loads the library."""
    (tmp_path / "Main.java").write_text(LOADS)
    subprocess.run([javac, "--release", "17", "-d", str(tmp_path), str(tmp_path / "Main.java")], check=True)
    return (tmp_path / "Main.class").read_bytes()


def push(bench: Bench, extra: dict[str, bytes], wish: Natives | None = None, version: str = "1") -> Deployment:
    """Deploy a jar with these files; then the component has that wish."""
    bench.apply(COMPOSE.replace("x-buildsvc: {", f"x-buildsvc: {{natives: {wish}, ", 1) if wish else COMPOSE)
    main = extra.get("Main.class", forge.main_class())
    data = forge.jar(
        main=None, attributes={"Main-Class": "Main"}, extra={**extra, "Main.class": main, "v": version.encode()}
    )
    return bench.run(bench.push(application="shop", component="order", data=data))


def warnings(bench: Bench, deployment: Deployment) -> list[str]:
    events = (recorded.event for recorded in bench.ledger.events(deployment.id))
    return [event.code for event in events if isinstance(event, Warned) and event.code.startswith("natives")]


def failure(bench: Bench, deployment: Deployment) -> Failed:
    (found,) = [one.event for one in bench.ledger.events(deployment.id) if isinstance(one.event, Failed)]
    return found


def test_a_jar_for_another_machine_is_warned_of_before_anything_is_loaded(bench: Bench) -> None:
    deployment = push(bench, ARM_ONLY)
    assert deployment.phase is Phase.LIVE
    assert warnings(bench, deployment) == ["natives-missing"]
    kinds = bench.kinds(deployment)
    assert kinds.index("warning") < kinds.index("image-built") < kinds.index("image-loaded")


def test_a_jar_for_this_machine_too_is_not(bench: Bench) -> None:
    assert warnings(bench, push(bench, BOTH)) == []


def test_what_is_surely_loaded_is_refused_and_the_old_release_serves(bench: Bench, main: bytes) -> None:
    push(bench, {})
    deployment = push(bench, {**ARM_ONLY, "Main.class": main}, version="2")
    assert deployment.phase is Phase.FAILED
    told = failure(bench, deployment)
    assert told.code == "natives-missing"
    assert "libfoo.so" in told.message
    assert "x-buildsvc.natives" in told.hint
    assert bench.serving() == 1
    assert "image-built" not in bench.kinds(deployment)


def test_even_that_is_tolerated_by_a_component_that_wishes_it(bench: Bench, main: bytes) -> None:
    deployment = push(bench, {**ARM_ONLY, "Main.class": main}, "warn")
    assert deployment.phase is Phase.LIVE
    assert warnings(bench, deployment) == ["natives-missing"]


def test_a_component_that_requires_them_refuses_what_is_only_likely(bench: Bench) -> None:
    push(bench, {}, "require")
    deployment = push(bench, ARM_ONLY, "require", version="2")
    assert (deployment.phase, failure(bench, deployment).code) == (Phase.FAILED, "natives-missing")
    assert bench.serving() == 1
    assert push(bench, BOTH, "require", version="3").phase is Phase.LIVE


def test_too_old_a_base_names_one_that_would_do(bench: Bench) -> None:
    newer = replace(small_images.base(bench.site.layout, 21), glibc="2.41")
    bench.site.bases.put(newer)
    deployment = push(bench, TOO_NEW)
    (event,) = [
        one.event
        for one in bench.ledger.events(deployment.id)
        if isinstance(one.event, Warned) and one.event.code == "natives-glibc"
    ]
    assert "needs 2.38" in event.message
    assert f"{newer.name} has 2.41: set x-buildsvc.java to 21" in event.hint


def test_a_library_is_looked_into_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    real = elf.read

    def read(path: str, data: bytes) -> NativeLibrary | None:
        looked.append(path)
        return real(path, data)

    monkeypatch.setattr(elf, "read", read)
    bench.apply()
    for version in ("1", "2"):
        data = forge.boot_jar(libraries={"l.jar": forge.library("a.A", extra=BOTH)}, resources={"v": version.encode()})
        bench.run(bench.push(application="shop", component="order", data=data))
    assert looked == ["x/libfoo.so"]


def test_the_page_size_is_known_where_instances_run_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert natives.page_size(AMD64) in {4096, 16384, 65536}
    assert natives.page_size(Platform("linux", "loong64")) is None


def test_a_refusal_tells_the_other_findings_first(bench: Bench, tmp_path: Path) -> None:
    base = small_images.base(bench.site.layout)
    jar = analyse(forge.write(tmp_path / "x.jar", forge.jar()), "x.jar")
    analysis = replace(jar, natives=(NativeLibrary("a.so", "arm64"), NativeLibrary("b.so", "amd64", "musl")))
    told: list[object] = []
    with pytest.raises(Refused, match="not for amd64"):
        natives.look(analysis, base, bases=bench.site.bases, wish="require", page=None, publish=told.append)
    assert [event.code for event in told if isinstance(event, Warned)] == ["natives-libc"]
