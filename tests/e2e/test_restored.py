"""A server that has nothing, the program and a backup: the whole site serves again, with what its volumes held."""

from __future__ import annotations

import uuid
from pathlib import Path

import docker
import pytest

from buildsvc.model.deployment import Phase
from tests.e2e.site import FRUGAL, Application, LiveSite, free_port, running
from tests.programs import Programs
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]
BACK_WITHIN = 180.0
NAME = f"trustrestored{uuid.uuid4().hex[:8]}"
COMPOSE = """\
name: {name}
services:
  order:
    x-buildsvc: {{soak: 1s, drain: 1s, health: /health}}
    environment: {{JAVA_OPTS: "{java_opts}", DB_PASSWORD: geheim}}
    ports: ["127.0.0.1:{port}:8080"]
  store:
    image: {image}
    entrypoint: ["sleep", "infinity"]
    stop_signal: SIGKILL
    user: "0:0"
    volumes: ["kept:/kept"]
volumes:
  kept: {{}}
"""


def store_says(app: Application) -> str:
    containers = app.site.engine.containers.list(filters={"label": f"com.docker.compose.project={app.name}"})
    told = [one.exec_run(["cat", "/kept/deep/note"]) for one in containers]
    return "".join(bytes(one.output).decode() for one in told if one.exit_code == 0)  # type: ignore[arg-type]


@pytest.mark.timeout(900)
def test_an_empty_server_and_a_backup_are_the_whole_site(
    own_site: LiveSite, programs: Programs, engine_client: docker.DockerClient, tmp_path: Path
) -> None:
    site = own_site
    app = Application(site, NAME, free_port())
    site.applications.append(app)
    text = COMPOSE.format(name=NAME, port=app.port, image=site.image, java_opts=FRUGAL)
    assert site.applied(text).phase is Phase.SETTLED
    assert site.ended(app.deploy(programs.jar("1.0")).id).phase is Phase.SETTLED
    (store,) = site.engine.containers.list(filters={"label": f"com.docker.compose.project={NAME}"})
    script = "mkdir -m 750 /kept/deep; echo remembered > /kept/deep/note; chown -R 7:8 /kept"
    written = store.exec_run(["sh", "-c", script])
    assert written.exit_code == 0, written.output
    kept = tmp_path / "site.tar"
    backed = site.cli("backup", "--bases", "--volumes", kept)
    assert backed.returncode == 0, backed.stderr
    site.stop()
    app.remove_from_engine()
    assert site.cli("restore", kept).returncode == 2, "what is there is not overwritten"

    again = LiveSite(tmp_path / "again", tmp_path / "again" / "data", engine_client, site.image, token=site.token)
    again.folder.mkdir()
    restored = again.cli("restore", kept)
    assert restored.returncode == 0, restored.stderr
    with running(again):
        back = Application(again, NAME, app.port)
        again.applications.append(back)
        until(lambda: back.answer() == "1.0", BACK_WITHIN)
        until(lambda: store_says(back) == "remembered\n", BACK_WITHIN)
        (store,) = engine_client.containers.list(filters={"label": f"com.docker.compose.project={NAME}"})
        owner = store.exec_run(["stat", "-c", "%u:%g %a", "/kept/deep"])
        assert owner.output == b"7:8 750\n"
        assert again.ended(back.deploy(programs.jar("2.0")).id).phase is Phase.SETTLED
