"""A bundle is rehearsed on this machine, without a network and on an empty engine; what does not hold is found."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.site import LiveSite
from tests.programs import Programs

pytestmark = [
    pytest.mark.engine,
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make namespaces and start an engine"),
]


def test_a_bundle_is_rehearsed_with_the_upgrade_to_it_and_what_does_not_hold_is_found(
    site: LiveSite, programs: Programs, tmp_path: Path
) -> None:
    app = site.application(deadline=20)
    bundles = {}
    for version in ("1.0", "2.0"):
        for component in ("order", "stock"):
            site.ended(app.deploy(programs.jar(version), component).id)
        assert site.cli("version", "create", app.name, "--name", version).returncode == 0
        bundles[version] = tmp_path / f"{version}.bundle"
        assert site.cli("export", f"{app.name}@{version}", "-o", bundles[version]).returncode == 0
    assert site.cli("bundle", "key", "make", tmp_path / "hall.key").returncode == 0
    site.forget(app)
    record = tmp_path / "departure.html"
    done = site.cli(
        "rehearse", bundles["2.0"], "--from", bundles["1.0"], "-o", record, "--sign", tmp_path / "hall.key", seconds=240
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"Nothing is missing: {app.name}@2.0" in done.stdout
    assert [step in record.read_text() for step in ("Upgrade to", "Roll back to", "without a network")] == [True] * 3
    assert _verified(record)
    record.write_text(record.read_text().replace("Nothing", "nothing"))
    assert not _verified(record)
    unasked = site.cli("rehearse", bundles["1.0"], "--set", "NOBODY_ASKS=1", seconds=120)
    assert unasked.returncode == 1
    assert "It does not hold" in unasked.stdout
    assert "NOBODY_ASKS" in unasked.stdout
    assert list((site.folder / "data" / "tmp").glob("rehearsal-*")) == []
    assert _rehearsing() == []


def _verified(record: Path) -> bool:
    public, signature = record.with_name(f"{record.name}.pub"), record.with_name(f"{record.name}.sig")
    asked = ["openssl", "dgst", "-sha256", "-verify", str(public), "-signature", str(signature), str(record)]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _rehearsing() -> list[str]:
    """What runs of a rehearsal still."""
    lines = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [line for line in lines if "buildsvc.doors.rehearsal" in line or "/run/rehearsal" in line]
