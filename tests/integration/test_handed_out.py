"""The clients of one file that the service hands out, in containers that have a JDK, or Python, and nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from buildsvc.engines.docker import DockerEngine
from buildsvc.model.clock import SystemClock, Uuid7Ids
from buildsvc.model.deployment import Phase
from buildsvc.model.events import Healthy
from buildsvc.store.ledger import Ledger
from scripts.made import MadeBases
from tests import forge
from tests.breaking_line import BreakingLine
from tests.integration.test_doors_uploads import Served, serving
from tests.parted import noise, version
from tests.waiting import until

HANDED_OUT = Path(__file__).parents[2] / "buildsvc" / "doors" / "http" / "handed_out"
ALONE = {"python": ("service", None, "python3", "push.py"), "jdk": ("jre", 17, "java", "Push.java")}
HERE = {"python": (sys.executable, "push.py"), "jdk": ("java", "Push.java")}
KINDS = ["python", pytest.param("jdk", marks=pytest.mark.long)]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def served(site: Path) -> Iterator[Served]:
    site.mkdir()
    with serving(site) as made:
        yield made


@dataclass(frozen=True)
class Desk:
    """A folder with both clients, as they are handed out, and a jar."""

    folder: Path

    @property
    def jar(self) -> Path:
        return self.folder / "order-service.jar"


@pytest.fixture
def desk(served: Served, tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "desk")
    for path, name in (("/cli", "push.py"), ("/cli/Push.java", "Push.java")):
        answer = requests.get(f"http://127.0.0.1:{served.port}{path}", timeout=5)
        assert name in answer.headers["Content-Disposition"]
        forge.write(made.folder / name, answer.content)
    forge.write(made.jar, version(1, libraries=30))
    return made


def arguments(served: Served, port: int | None = None) -> list[str]:
    url = f"http://127.0.0.1:{port or served.port}"
    return ["--url", url, "--token", served.token, "--app", "shop", "--component", "order"]


def followed(command: list[str], site: Path) -> tuple[int, str]:
    """Run a client, and let its deployment go live; its exit status and what it said."""
    ledger = Ledger(site / "ledger.db", SystemClock(), Uuid7Ids())
    ledger.open()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        until(lambda: ledger.deployments() or process.poll() is not None, 60)
        for deployment in ledger.deployments():
            ledger.append_event(deployment.id, Healthy(4.2))
            ledger.advance(deployment.id, Phase.LIVE)
        said, _ = process.communicate(timeout=30)
        return process.returncode, said
    finally:
        process.kill()
        process.wait()
        ledger.close()


def run(command: list[str]) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.engine
@pytest.mark.parametrize("kind", [pytest.param("python", marks=pytest.mark.long), "jdk"])
def test_a_machine_with_nothing_else_pushes_and_follows(
    bases: MadeBases, served: Served, site: Path, desk: Desk, kind: str
) -> None:
    base, java, program, script = ALONE[kind]
    image = bases.get(base, java).image
    with closing(DockerEngine(bases.layout)) as engine:
        engine.load(image)
    name = f"parts-{uuid.uuid4().hex[:8]}"
    place = ["-v", f"{desk.folder}:/desk:ro", "-w", "/desk", "--network", "host", "--user", "10001"]
    command = ["docker", "run", "--rm", "--name", name, *place, "--entrypoint", program, image.reference, script]
    status, said = followed([*command, desk.jar.name, *arguments(served)], site)
    assert status == 0, said
    assert "order-service.jar is queued for order of shop" in said
    assert "4.2 s" in said


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_line_is_gone_on_with(served: Served, site: Path, desk: Desk, kind: str) -> None:
    with BreakingLine(served.port, [400_000, 300_000, 200_000]) as line:
        command = [HERE[kind][0], str(desk.folder / HERE[kind][1]), str(desk.jar), *arguments(served, line.port)]
        status, said = run([*command, "--detach"])
        assert line.broken == 3
    assert status == 0, said
    assert said.count("going on") == 3
    blobs = site / "blobs" / "sha256"
    assert [path.read_bytes() for path in blobs.iterdir()] == [desk.jar.read_bytes()]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_refused_says_why_with_exit_status_2(served: Served, desk: Desk, kind: str) -> None:
    desk.jar.write_bytes(noise(1, 5000))
    command = [HERE[kind][0], str(desk.folder / HERE[kind][1])]
    for asked in ([str(desk.jar), *arguments(served)], ["absent.jar", *arguments(served)], [str(desk.jar)]):
        status, said = run([*command, *asked])
        assert status == 2, said
    status, said = run([*command, str(desk.jar), *arguments(served), "--token", "wrong"])
    assert status == 2
    assert "token" in said


def test_the_python_client_compiles_for_3_8() -> None:
    ast.parse((HANDED_OUT / "push-client").read_text(), feature_version=(3, 8))


@pytest.mark.long
def test_the_java_client_compiles_against_the_library_of_java_11(tmp_path: Path) -> None:
    status, said = run(["javac", "--release", "11", "-Werror", "-d", str(tmp_path), str(HANDED_OUT / "Push.java")])
    assert status == 0, said
    assert (tmp_path / "Push.class").read_bytes()[6:8] == (55).to_bytes(2, "big"), "the class file of Java 11"
