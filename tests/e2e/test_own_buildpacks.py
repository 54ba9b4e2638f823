"""A buildpack of the site's own is dropped into its folder while everything runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import forge
from tests.e2e.site import Application, LiveSite
from tests.own_buildpacks import shown
from tests.programs import Programs

pytestmark = pytest.mark.engine


@pytest.fixture
def own(site: LiveSite) -> Iterator[Path]:
    folder = site.data / "buildpacks"
    yield folder
    for file in folder.iterdir():
        file.unlink()


def test_a_running_service_learns_a_kind_and_a_broken_one_stops_nothing(
    site: LiveSite, app: Application, own: Path, programs: Programs, tmp_path: Path
) -> None:
    program = programs.jar("3.2")
    # Nothing says which class starts but the buildpack.
    text = shown("toml").replace(b"org.example.Shop", b"Program")
    inside = forge.archive({"META-INF/MANIFEST.MF": forge.manifest({}), **programs.classes})
    files = {"conf/service.properties": b"", "conf/program.properties": b"version=3.2\n", "lib/order.jar": inside}
    packed = forge.write(tmp_path / "order.zip", forge.archive(files))

    kept = site.cli("push", packed, "--app", app.name, "--component", "order")
    assert (kept.returncode, "kept for its next jar" in kept.stdout + kept.stderr) == (0, True), "it holds no program"
    assert app.containers("instance", "order") == []
    forge.write(own / "acme-service.toml", text)
    learned = app.deploy(packed)
    assert app.answer() == "3.2"
    assert "warning" not in site.kinds(learned.id)

    forge.write(own / "worse.py", b"NAME = 'worse'\n1/0\n")
    warned = app.deploy(program, force=True)
    (said,) = (event for event in site.events(warned.id) if event["kind"] == "warning")
    assert f"{own}/worse.py, line 2 raised ZeroDivisionError" in said["message"]
    listed = site.cli("buildpacks")
    assert (listed.returncode, "acme-service" in listed.stdout, "worse.py" in listed.stderr) == (1, True, True)
