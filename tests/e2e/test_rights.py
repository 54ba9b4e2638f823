"""Several people at one site, each by the command line of a laptop of their own: powers, approval, windows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import docker
import pytest

from scripts.made import ROOT, MadeBases
from tests.e2e.conftest import new_site
from tests.e2e.site import LiveSite, running
from tests.programs import Programs

pytestmark = [pytest.mark.engine, pytest.mark.long]
WAITS = 4
"""The exit status of a push that waits for somebody's word, or for a window."""


@dataclass(frozen=True)
class Laptop:
    """What one person works on: nothing of the site is in its environment, and it remembers its own login."""

    site: LiveSite
    home: Path
    name: str

    def run(self, *arguments: str | Path, typed: str = "", expected: int = 0) -> str:
        """Run a command to its end, typing what it asks for; what it printed for both people and programs."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("BUILDSVC_")}
        own = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "buildsvc.doors.cli.main", *map(str, arguments)],
            env=clean | own | {"BUILDSVC_LANGUAGE": "en"}, cwd=self.home, input=typed, capture_output=True, text=True,
            timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == expected, f"{self.name}: {arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture
def strict(tmp_path: Path, ready_bases: MadeBases, engine_client: docker.DockerClient) -> Iterator[LiveSite]:
    """A site with separate powers, whose clock for windows is UTC."""
    made = new_site(tmp_path, ready_bases, engine_client)
    made.settings |= {"BUILDSVC_SEPARATE_POWERS": "yes", "BUILDSVC_TIME_ZONE": "UTC"}
    with running(made) as started:
        yield started


def hire(site: LiveSite, name: str, *how: str) -> Laptop:
    """Add a person, who signs in with the first password and changes it at once."""
    added = site.cli("person", "add", name, *how)
    assert added.returncode == 0, added.stderr
    first = added.stdout.split()[-1]
    home = site.folder / name
    home.mkdir()
    laptop = Laptop(site, home, name)
    chosen = f"{name}-Long-Word-27"
    laptop.run("login", site.url, "--user", name, typed=f"{first}\n")
    laptop.run("person", "password", typed=f"{first}\n{chosen}\n{chosen}\n")
    return laptop


def waiting(laptop: Laptop) -> str:
    """The one deployment that waits."""
    lines = [line for line in laptop.run("deployments", "--waiting").splitlines() if " order " in line]
    assert len(lines) == 1
    return lines[0].split()[0]


def test_three_powers_an_approval_and_a_window_hold_by_the_command_line(strict: LiveSite, programs: Programs) -> None:
    app = strict.application()
    strict.ended(app.deploy(programs.jar("1.0")).id)
    ann, bob = hire(strict, "ann", "--role", "developer"), hire(strict, "bob", "--role", "operator")
    eve = hire(strict, "eve", "--auditor")

    assert strict.cli("person", "role", "eve", "admin").returncode != 0, "nobody is both"
    assert strict.cli("audit", "list").returncode != 0, "an admin does not read what is written of admins"
    eve.run("push", programs.jar("2.0"), "--app", app.name, "--component", "order", expected=2)
    ann.run("policy", "allow", "required", "approval", expected=2)

    assert strict.cli("policy", "allow", "required", "approval", "--app", app.name).returncode == 0
    push = ("push", programs.jar("2.0"), "--app", app.name, "--component", "order")
    ann.run(*push, expected=WAITS)
    assert app.answer() == "1.0"
    ann.run("approve", waiting(bob), "--yes", expected=2)
    bob.run("approve", waiting(bob), "--yes", "--reason", "looked at it")
    assert app.answer() == "2.0"
    ann.run("push", programs.jar("3.0"), "--app", app.name, "--component", "order", expected=WAITS)
    turned_away = waiting(bob)
    bob.run("reject", turned_away, "--reason", "the tests are red")
    assert "the tests are red" in ann.run("events", turned_away)
    assert app.answer() == "2.0"
    read = eve.run("audit", "list", "--json")
    assert "looked at it" in read
    assert "the tests are red" in read

    assert strict.cli("policy", "deny", "required", "approval", "--app", app.name).returncode == 0
    later = (datetime.now(UTC).hour + 6) % 24
    window = f"mon-sun {later:02}:00-{later:02}:30"
    assert strict.cli("policy", "allow", "windows", window, "--app", app.name).returncode == 0
    ann.run("push", programs.jar("4.0"), "--app", app.name, "--component", "order", expected=WAITS)
    assert app.answer() == "2.0"
    ann.run("early", waiting(bob), "--reason", "now", expected=2)
    bob.run("early", waiting(bob), "--reason", "the shop is down")
    assert app.answer() == "4.0"
    assert "the shop is down" in eve.run("audit", "list", "--json")
