"""One file brings a bare server without a network to a serving application: the very story of `scripts/demo --kit`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from buildpacks.platforms import Platform
from buildsvc.image.kit.kit_file import HOME, SCRIPT, Kit
from buildsvc.model.clock import SystemClock
from buildsvc.usecases.equip.make_kit import make_kit
from scripts.bare.kit_elves import strangers
from scripts.made import CACHE, ROOT, made_bases
from tests import emulation

pytestmark = [
    pytest.mark.engine,
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.geteuid() != 0, reason="systemd in a container takes rights that root alone may give"),
]


def test_a_bare_server_is_installed_rebooted_upgraded_under_load_taken_back_and_cleared(tmp_path: Path) -> None:
    subprocess.run([ROOT / "scripts" / "wheels"], check=True, timeout=600)
    story = [sys.executable, "-m", "scripts.bare", "bookworm", str(tmp_path / "kit")]
    told = subprocess.run(story, cwd=ROOT, capture_output=True, text=True, timeout=800, check=False)
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-3000:]
    served = re.search(r"requests served meanwhile: (\d+)", told.stdout)
    assert served is not None
    assert int(served[1]) > 1000


def test_a_kit_for_arm64_is_made_here_and_its_programs_start_where_nothing_else_is(tmp_path: Path) -> None:
    subprocess.run([ROOT / "scripts" / "wheels", "3.11", "aarch64"], check=True, timeout=600)
    bases = made_bases(Platform.parse("linux/arm64"))
    for kind in ("kit", "gateway"):
        bases.get(kind)
    wheels = CACHE / ("wheels" if os.uname().machine == "aarch64" else "wheels-aarch64")
    kit = make_kit(
        tmp_path / "arm64.run", bases.platform, wheels, layout=bases.layout, cache=bases.cache,
        clock=SystemClock(), bases=(bases.get("gateway").name,),
    )  # fmt: skip
    assert list(strangers(kit.path, "arm64")) == []
    home = f"{HOME}/{kit.version}"
    with emulation.aarch64():
        root = unpacked(kit, tmp_path / "root")
        for program, *arguments in (
            ("usr/bin/python3", "-c", "import docker, ssl, sqlite3, cryptography, os; print(os.uname().machine)"),
            ("usr/sbin/haproxy", "-v"),
            ("usr/bin/redis-server", "--version"),
        ):
            said = subprocess.run(
                ["chroot", str(root), f"{home}/{program}", *arguments], capture_output=True, text=True, check=False
            )
            assert said.returncode == 0, said.stderr
            if program.endswith("python3"):
                assert said.stdout.strip() == "aarch64"


def unpacked(kit: Kit, root: Path) -> Path:
    """A root in which there is nothing but the kit's program, where it would lie on the server."""
    with kit.path.open("rb") as stream:
        stream.seek(SCRIPT)
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if member.name.startswith("program/"):
                    name = f"{HOME}/{kit.version}/{member.name.removeprefix('program/')}".lstrip("/")
                    archive.extract(member.replace(name=name), root, filter="tar")
    (root / "proc").mkdir()
    return root
