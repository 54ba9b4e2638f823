"""A real PostgreSQL: its data is written out before an upgrade changes its image, damaged, and read in again."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from subprocess import CompletedProcess

import docker
import pytest

from buildsvc.model.deployment import Phase
from scripts.made import MadeBases
from tests.e2e.site import LiveSite
from tests.recipe_containers import RecipeContainers
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]
NAME = f"datacmdse2e{uuid.uuid4().hex[:8]}"
COMPOSE = """\
name: {name}
services:
  db:
    image: {image}
    environment: {{POSTGRES_PASSWORD: geheim, POSTGRES_DB: shop}}
    healthcheck: {{test: [CMD, pg_isready, -U, postgres, -d, shop], interval: 1s}}
    x-buildsvc:
      backup: [sh, -c, 'exec pg_dump -U postgres --clean --if-exists shop']
      restore: psql -U postgres -v ON_ERROR_STOP=1 -q shop{step}
    volumes: ["data:/var/lib/postgresql/data"]
{more}volumes:
  data: {{}}
{volumes}"""
EXTRA = """\
  extra:
    image: {image}
    entrypoint: [sleep, infinity]
    stop_signal: SIGKILL
    volumes: ["kept:/kept"]
"""
STEP = "\n      migrate: {undo: no, step: two}"
PATIENCE = 90.0


class Database:
    """The application of this test on a site, at versions 1.0.0 and 2.0.0."""

    def __init__(self, site: LiveSite, images: tuple[str, str, str]) -> None:
        self.site = site
        extra = EXTRA.format(image=images[1])
        self.first = COMPOSE.format(name=NAME, image=images[0], step="", more="", volumes="")
        self.second = COMPOSE.format(name=NAME, image=images[1], step=STEP, more=extra, volumes="  kept: {}\n")

        self.third = COMPOSE.format(name=NAME, image=images[2], step="", more="", volumes="")

    def sql(self, statement: str) -> tuple[int, str]:
        db = self.site.engine.containers.get(f"{NAME}-db-1")
        done = db.exec_run(["psql", "-U", "postgres", "-Atc", statement, "shop"])
        return int(done.exit_code or 0), bytes(done.output).decode()  # type: ignore[arg-type]

    def serves(self) -> None:
        until(lambda: self.sql("SELECT 1") == (0, "1\n"), PATIENCE)

    def image(self) -> str:
        return str(self.site.engine.containers.get(f"{NAME}-db-1").attrs["Config"]["Image"])

    def volumes(self) -> set[str]:
        own = {"label": f"io.buildsvc.application={NAME}"}
        return {str(one.name) for one in self.site.engine.volumes.list(filters=own)}

    def do(self, *arguments: str, status: int = 0) -> CompletedProcess[str]:
        done = self.site.cli(*arguments)
        assert done.returncode == status, (arguments, done.stdout, done.stderr)
        return done


@pytest.fixture
def images(engine_client: docker.DockerClient, bases: MadeBases) -> Iterator[tuple[str, str, str]]:
    """PostgreSQL, one with other bytes, and one that ends at once."""
    made = RecipeContainers(engine_client, bases)
    first = made.tag("postgres")
    ground = engine_client.containers.create(first)
    ground.commit(NAME, "2", changes=["LABEL another=yes"])
    ground.commit(NAME, "3", changes=['ENTRYPOINT ["sh", "-c", "exit 3"]'])
    ground.remove()
    yield first, f"{NAME}:2", f"{NAME}:3"
    for number in "23":
        engine_client.images.remove(f"{NAME}:{number}", force=True)
    made.close()


@pytest.fixture
def database(images: tuple[str, str, str], own_site: LiveSite) -> Iterator[Database]:
    made = Database(own_site, images)
    yield made
    for one in own_site.engine.containers.list(all=True, filters={"label": f"com.docker.compose.project={NAME}"}):
        one.remove(force=True, v=True)
    own = {"label": f"io.buildsvc.application={NAME}"}
    for network in own_site.engine.networks.list(filters=own):
        network.remove()
    for volume in own_site.engine.volumes.list(filters=own):
        volume.remove()


@pytest.mark.timeout(600)
def test_data_is_written_out_before_an_upgrade_and_read_in_after_a_damage(
    database: Database, images: tuple[str, str, str]
) -> None:
    assert database.site.applied(database.first).phase is Phase.SETTLED
    database.serves()
    assert database.sql("CREATE TABLE placed (name text); INSERT INTO placed VALUES ('订单 7')")[0] == 0
    database.do("version", "create", NAME, "--name", "1.0.0")
    assert database.site.applied(database.second).phase is Phase.SETTLED
    database.do("version", "create", NAME, "--name", "2.0.0")

    # Nobody was at 1.0.0 by a change of the whole yet, so nothing that could be restored was written out there.
    refused = database.do("rollback", NAME, "--to", "1.0.0", status=2)
    assert "db (step two) of" in refused.stderr
    database.do("rollback", NAME, "--to", "1.0.0", "--restored", "db")
    assert database.image() == images[0]
    assert f"{NAME}_kept" in database.volumes(), "a component goes, its volume stays"

    plan = database.do("upgrade", NAME, "--to", "2.0.0", "--plan").stdout
    assert "pg_dump -U postgres" in plan
    assert "going back means restoring the data of db" in plan
    database.do("upgrade", NAME, "--to", "2.0.0")
    database.serves()
    assert database.image() == images[1]
    newest = json.loads(database.do("data", "list", NAME, "--json").stdout)[0]
    assert newest["version"] == "1.0.0"
    file = database.site.data / "dumps" / NAME / "db" / newest["name"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == newest["sha256"]

    assert database.sql("DELETE FROM placed; ALTER TABLE placed ADD worth int")[0] == 0
    database.do("data", "restore", NAME, "db", newest["name"], status=2)
    assert database.sql("SELECT count(*) FROM placed") == (0, "0\n")
    database.do("data", "restore", NAME, "db", newest["name"], "--confirm", "db")
    assert database.sql("SELECT * FROM placed") == (0, "订单 7\n")

    refused = database.do("rollback", NAME, "--to", "1.0.0", status=2)
    assert f"buildsvc data restore {NAME} db {newest['name']}" in refused.stderr
    database.do("rollback", NAME, "--to", "1.0.0", "--restored", "db")
    database.serves()
    assert database.sql("SELECT * FROM placed") == (0, "订单 7\n")

    assert database.site.applied(database.third).error_code == "components-ended"
    database.do("version", "create", NAME, "--name", "3.0.0")
    still = database.do("upgrade", NAME, "--to", "3.0.0", status=1)
    assert "db does not run" in still.stderr + still.stdout
    database.do("upgrade", NAME, "--to", "3.0.0", "--without-backup", "db")
    database.do("rollback", NAME, "--to", "1.0.0", "--restored", "db", "--without-backup", "db")
    database.serves()
    back = database.do("upgrade", NAME, "--to", "3.0.0", status=1)
    assert "db (3)" in back.stderr + back.stdout
    database.serves()
    assert (database.image(), database.sql("SELECT * FROM placed")) == (images[0], (0, "订单 7\n"))

    known = database.volumes()
    database.do("remove", NAME, "--yes")
    database.do("prune")
    assert database.volumes() == known == {f"{NAME}_data", f"{NAME}_kept"}
