"""Bundles and kits are rehearsed on this machine, offline and on an empty engine; what does not hold is found."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from buildsvc.image.kit.kit_file import HOME
from buildsvc.model.clock import SystemClock
from buildsvc.usecases.equip.make_kit import make_kit
from scripts.bare.debian import engine_release
from scripts.made import CACHE, ROOT, MadeBases
from tests.e2e.site import LiveSite
from tests.programs import Programs

pytestmark = [
    pytest.mark.engine,
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make namespaces and start an engine"),
]


@dataclass(frozen=True)
class Exported:
    """An application that its site has forgotten, and its versions as bundles."""

    name: str
    bundles: dict[str, Path]


@pytest.fixture(scope="module")
def exported(site: LiveSite, compiled_program: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("exported")
    programs, app, bundles = Programs(folder, compiled_program), site.application(deadline=20), {}
    for version in ("1.0", "2.0"):
        for component in ("order", "stock"):
            site.ended(app.deploy(programs.jar(version), component).id)
        assert site.cli("version", "create", app.name, "--name", version).returncode == 0
        bundles[version] = folder / f"{version}.bundle"
        assert site.cli("export", f"{app.name}@{version}", "-o", bundles[version]).returncode == 0
    site.forget(app)
    return Exported(app.name, bundles)


def test_a_bundle_is_rehearsed_with_the_upgrade_to_it_and_what_does_not_hold_is_found(
    site: LiveSite, exported: Exported, tmp_path: Path
) -> None:
    name, bundles = exported.name, exported.bundles
    assert site.cli("bundle", "key", "make", tmp_path / "hall.key").returncode == 0
    record = tmp_path / "departure.html"
    done = site.cli(
        "rehearse", bundles["2.0"], "--from", bundles["1.0"], "-o", record, "--sign", tmp_path / "hall.key", seconds=240
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"Nothing is missing: {name}@2.0" in done.stdout
    assert [step in record.read_text() for step in ("Upgrade to", "Roll back to", "without a network")] == [True] * 3
    assert _verified(record)
    record.write_text(record.read_text().replace("Nothing", "nothing"))
    assert not _verified(record)
    unasked = site.cli("rehearse", bundles["1.0"], "--set", "NOBODY_ASKS=1", seconds=120)
    assert unasked.returncode == 1
    assert "It does not hold" in unasked.stdout
    assert "NOBODY_ASKS" in unasked.stdout
    assert list((site.folder / "data" / "tmp").glob("rehearsal-*")) == []
    assert _rehearsing(site) == []


@pytest.mark.timeout(900)
def test_a_kit_is_rehearsed_with_its_own_programs_engine_and_base_images(
    site: LiveSite, exported: Exported, tmp_path: Path, bases: MadeBases
) -> None:
    subprocess.run([ROOT / "scripts" / "wheels"], check=True, timeout=600)
    name, bundles = exported.name, exported.bundles
    kit = make_kit(
        tmp_path / "kit.run", bases.platform, CACHE / "wheels", layout=bases.layout, cache=bases.cache,
        clock=SystemClock(), bases=(bases.get("gateway").name,), engine=engine_release(CACHE, bases.platform),
        bundles=(bundles["2.0"],),
    )  # fmt: skip
    record = tmp_path / "departure.txt"
    done = site.cli("rehearse", kit.path, "--from", bundles["1.0"], "-o", record, seconds=300)
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"Nothing is missing: buildsvc {kit.version} + {name}@2.0" in done.stdout
    said = record.read_text()
    # Debian's engine is in the kit, and not the one that this machine runs.
    for wanted in (f"{HOME}/{kit.version}", "Docker Engine 20.10.24", f"Roll back to {name}@1.0", kit.path.name):
        assert wanted in said
    assert not Path(HOME).exists()
    other = site.cli("rehearse", kit.path, "--from", kit.path)
    assert other.returncode == 2
    assert _rehearsing(site) == []


def _verified(record: Path) -> bool:
    public, signature = record.with_name(f"{record.name}.pub"), record.with_name(f"{record.name}.sig")
    asked = ["openssl", "dgst", "-sha256", "-verify", str(public), "-signature", str(signature), str(record)]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _rehearsing(site: LiveSite) -> list[str]:
    """What runs still of this site's rehearsals: all that one starts has the path of its folder in its environment."""
    own, found = f"{site.data}/tmp/rehearsal-".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if own in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found
