"""A project that Compose started is adopted by the command line, pushed to, and brought back: the whole way."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from buildsvc.model.deployment import Phase
from tests import compose_program
from tests.e2e.site import FRUGAL, Application, LiveSite, free_port
from tests.programs import Programs
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]


@dataclass
class Project:
    app: Application
    file: Path
    image: str

    def standing(self) -> dict[str, tuple[str, str]]:
        label = f"com.docker.compose.project={self.app.name}"
        found = self.app.site.engine.containers.list(all=True, filters={"label": label})
        return {str(one.name): (str(one.id), one.attrs["State"]["StartedAt"]) for one in found}

    def status(self, service: str) -> str:
        return str(self.app.site.engine.containers.get(f"{self.app.name}-{service}-1").status)


def written(folder: Path, site: LiveSite, image: str, port: int) -> Path:
    order = {
        "image": image,
        "x-buildsvc": {"health": "/health", "soak": "2s", "drain": "1s", "deadline": "30s"},
        "environment": {"GREETING": "hello", "JAVA_TOOL_OPTIONS": FRUGAL},
        "ports": [f"127.0.0.1:{port}:8080"],
        "stop_grace_period": "2s",
        "restart": "unless-stopped",
    }
    cache = {"image": site.image, "entrypoint": ["sleep", "infinity"], "stop_signal": "SIGKILL", "restart": "always"}
    folder.mkdir()
    (folder / "compose.yaml").write_text(json.dumps({"services": {"order": order, "cache": cache}}))
    return folder / "compose.yaml"


@pytest.fixture
def project(site: LiveSite, programs: Programs, cache: Path, tmp_path: Path) -> Iterator[Project]:
    """The jar 1.0 in an image of somebody else's making, started by Compose itself."""
    compose = compose_program.program(cache)
    name = f"e2eadopt{uuid.uuid4().hex[:6]}"
    app = Application(site, name, free_port())
    site.applications.append(app)
    made = site.cli("build", programs.jar("1.0"), "-o", tmp_path / "image.tar", "--tag", f"{name}:old")
    assert made.returncode == 0, made.stderr
    with (tmp_path / "image.tar").open("rb") as tar:
        site.engine.images.load(tar)
    file = written(tmp_path / "their", site, f"{name}:old", app.port)
    try:
        with compose_program.composed(compose, name, file):
            try:
                until(lambda: app.answer() == "1.0", 60)
                yield Project(app, file, f"{name}:old")
            finally:
                site.forget(app)
    finally:
        site.engine.images.remove(f"{name}:old", force=True)


@pytest.mark.timeout(400)
def test_a_running_project_is_adopted_pushed_to_and_rolled_back(
    site: LiveSite, project: Project, programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    app, before = project.app, project.standing()
    planned = site.cli("adopt", app.name, "-f", project.file, "--plan")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "Can be adopted: order as jar components; cache as they are." in planned.stdout + planned.stderr
    adopted = site.cli("adopt", app.name, "-f", project.file)
    assert adopted.returncode == 0, adopted.stdout + adopted.stderr
    assert project.standing() == before
    until(lambda: site.get(f"/api/applications/{app.name}")["components"][1]["state"] == "running", 30)

    applied = site.cli("apply", "-f", named(project))
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert project.standing() == before
    first = site.cli("version", "create", app.name, "--name", "adopted")
    assert first.returncode == 0, first.stdout + first.stderr

    jar = programs.jar("2.0")
    refused = site.cli("push", jar, "--app", app.name, "--component", "order", "--anyway")
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert "--accept-gap" in refused.stderr
    assert project.standing() == before

    agreed = site.cli("push", jar, "--app", app.name, "--component", "order", "--anyway", "--accept-gap")
    assert agreed.returncode == 0, agreed.stdout + agreed.stderr
    assert app.answer() == "2.0"
    assert project.status("order") == "exited"
    newest = site.client.deployments(app.name, "order", 1)[0]
    (gap,) = [event["gap"] for event in site.events(newest.id) if event["kind"] == "gateway-put-in"]
    with capsys.disabled():
        sys.stdout.write(f" gap of the first push: {gap:.2f} s ")
    assert site.ended(newest.id).phase is Phase.SETTLED
    assert app.answer() == "2.0"

    told = site.cli("version", "diff", app.name, "adopted", "live")
    assert "no jar is known" in told.stdout, told.stdout + told.stderr
    back = site.cli("rollback", app.name, "--to", "adopted")
    assert back.returncode == 0, back.stdout + back.stderr
    assert app.answer() == "1.0"
    assert before[f"{app.name}-cache-1"] == project.standing()[f"{app.name}-cache-1"]


@pytest.mark.timeout(300)
def test_a_first_push_that_never_gets_healthy_leaves_the_container_as_it_was(
    site: LiveSite, project: Project, programs: Programs
) -> None:
    app, before = project.app, project.standing()
    assert site.cli("adopt", app.name, "-f", project.file).returncode == 0
    bad = programs.jar("2.0", "crashes")
    failed = site.cli("push", bad, "--app", app.name, "--component", "order", "--anyway", "--accept-gap")
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert app.answer() == "1.0"
    assert project.standing() == before


def named(project: Project) -> Path:
    """The file with the project's name in it, as whoever applies it from another folder needs it."""
    told = {"name": project.app.name, **json.loads(project.file.read_text())}
    other = project.file.with_name("named.yaml")
    other.write_text(json.dumps(told))
    return other
