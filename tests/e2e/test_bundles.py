"""A whole application leaves one site as a file and serves on another; there it is upgraded under load."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from scripts.made import MadeBases
from tests.e2e.conftest import new_site
from tests.e2e.site import Application, LiveSite, running
from tests.load import Load
from tests.programs import Programs

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def other_site(
    tmp_path_factory: pytest.TempPathFactory, ready_bases: MadeBases, engine_client: docker.DockerClient
) -> Iterator[LiveSite]:
    """Another installation: its own data directory and ledger. The engine is the same, and so is the machine."""
    with running(new_site(tmp_path_factory.mktemp("other"), ready_bases, engine_client)) as started:
        yield started


def done(site: LiveSite, *arguments: str | Path) -> str:
    said = site.cli(*arguments)
    assert said.returncode == 0, said.stderr + said.stdout
    return said.stdout


def deploy_both(app: Application, programs: Programs, version: str) -> None:
    for component in ("order", "stock"):
        app.site.ended(app.deploy(programs.jar(version), component).id)


def test_an_application_goes_to_another_site_and_back_and_forth_between_versions(
    site: LiveSite, other_site: LiveSite, programs: Programs, tmp_path: Path
) -> None:
    app = site.application()
    deploy_both(app, programs, "1.0")
    done(site, "version", "create", app.name, "--name", "1.0.0")
    app.site.ended(app.deploy(programs.jar("2.0")).id)
    done(site, "version", "create", app.name, "--name", "2.0.0")
    assert "replaced  order" in done(site, "version", "diff", app.name, "1.0.0", "2.0.0")
    first, second = tmp_path / "1.bundle", tmp_path / "2.bundle"
    done(site, "bundle", "key", "make", tmp_path / "hall.key")
    done(site, "export", f"{app.name}@1.0.0", "-o", first, "--sign", tmp_path / "hall.key")
    verified = done(site, "bundle", "verify", first)
    assert "is whole" in verified
    assert "Signed by the key" in verified
    assert "Signed by" in other_site.cli("import", first).stderr
    done(other_site, "have", "-o", tmp_path / "have.json")
    done(site, "export", f"{app.name}@2.0.0", "-o", second, "--have", tmp_path / "have.json")
    assert second.stat().st_size < first.stat().st_size / 20
    # Two applications of one name cannot stand on one engine: here they leave one site before they come to the other.
    site.forget(app)
    there = Application(other_site, app.name, app.port)
    other_site.applications.append(there)
    done(other_site, "install", f"{app.name}@1.0.0")
    assert there.answer() == "1.0"
    done(other_site, "import", second)
    plan = json.loads(done(other_site, "upgrade", app.name, "--plan", "--json"))
    assert [(one["component"], one["what"]) for one in plan["changes"]] == [("order", "replaced")]
    before = there.untouched("order")
    with Load("127.0.0.1", there.port, connections=8, pause=0.05) as load:
        done(other_site, "upgrade", app.name)
        assert there.answer() == "2.0"
        done(other_site, "rollback", app.name, "--to", "1.0.0")
    assert there.answer() == "1.0"
    assert (load.failed, load.errors) == (0, [])
    assert load.served > 100
    assert there.untouched("order") == before
