"""The site that receives: an engine and a data directory of its own, in a place without any network.

Runs inside that place; `python -m scripts.delivery PARCEL` is the process that the sending side starts there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import requests

from buildsvc.doors import words
from buildsvc.doors.rehearsal import offline, rehearsed_with, started
from buildsvc.doors.rehearsal.called import NotDoneError, RehearsedService, call, running_components
from scripts.delivery.parcel import BETTER, FIRST, FLAWED, WANTED, DeliveryFailed, Parcel
from scripts.demonstration.engine import Container, application_containers
from scripts.demonstration.load import Load
from scripts.demonstration.show import say, stage, title, typed

DATA = "site"
"""The folder of the site's data, below that of the parcel."""
SERVES_WITHIN = 180.0
CONNECTIONS = 8
PAUSE = 0.1
AROUND = 2.0
"""Seconds of load before and after what happens under it."""


@dataclass
class ReceivingSite:
    """The site, how it is spoken to, and what was measured."""

    parcel: Parcel
    service: RehearsedService
    client: docker.DockerClient
    figures: dict[str, float] = field(default_factory=dict)

    def run(self, name: str, *arguments: str) -> list[dict[str, Any]]:
        """Run a command to its end, and measure it. Raises NotDoneError."""
        shown = " ".join(Path(one).name if one.startswith("/") else one for one in arguments)
        typed(f"buildsvc {shown}")
        began = time.monotonic()
        try:
            return call(self.service, *arguments)
        finally:
            self.figures[f"{name}, s"] = round(time.monotonic() - began, 1)
            stage(time.monotonic() - began, name)

    def untouched(self) -> set[Container]:
        """What an upgrade leaves alone: everything but the instances of what it replaces."""
        found = application_containers(self.client, self.parcel.application)
        return {one for one in found if not (one.role == "instance" and one.component in self.parcel.replaced)}

    def runs(self) -> dict[str, str]:
        """The artifact or image of every component. Raises NotDoneError where one does not run in time."""
        return running_components(self.service, self.parcel.application, SERVES_WITHIN)

    def serves(self) -> None:
        """Wait until the application answers well. Raises DeliveryFailed."""
        deadline = time.monotonic() + SERVES_WITHIN
        while not self._answers():
            if time.monotonic() > deadline:
                raise DeliveryFailed(f"{self.parcel.path} does not answer on the second site.")
            time.sleep(0.5)

    def _answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.parcel.port}{self.parcel.path}", timeout=20).ok
        except requests.RequestException:
            return False

    @contextmanager
    def under_load(self, name: str) -> Iterator[None]:
        """Ask all the while. Raises DeliveryFailed where a request failed or what was to stay is another."""
        before = self.untouched()
        with Load(self.parcel.port, CONNECTIONS, PAUSE, asked=(("GET", self.parcel.path, None, {}),)) as load:
            load.go_on(AROUND)
            yield
            load.go_on(AROUND)
        self.figures[f"requests served during {name}"] = load.served
        say("requests", f"{load.served:,} served, {load.failed} failed")
        if load.failed or not load.served:
            raise DeliveryFailed(f"Requests failed during {name}: {dict(load.failures)}, {load.served} served.")
        if changed := sorted({one.name for one in before ^ self.untouched()}):
            raise DeliveryFailed(f"{name} touched {', '.join(changed)}.")
        say("the others", f"all {len(before)} containers have the same id and the same start time")


def receive(parcel: Parcel) -> None:
    """Import, install, upgrade under load, fail and go back, roll back. Raises DeliveryFailed, NotDoneError."""
    folder = Path(parcel.folder)
    programs = rehearsed_with.of_this_machine(folder)
    with (
        started.engine(folder, programs) as engine,
        closing(docker.DockerClient(base_url=engine.address, timeout=60)) as client,
        started.service(folder, folder / DATA, engine, programs) as service,
    ):
        title("A second site: its own data directory, its own engine, no network")
        say("engine", f"Docker Engine {engine.version}, {engine.images} images")
        site = ReceivingSite(parcel, service, client)
        first = _install(site)
        _rest(site)
        _upgrade(site, first)
        _fail(site)
        _roll_back(site, first)
        parcel.figures.write_text(json.dumps(site.figures), encoding="utf-8")


def _install(site: ReceivingSite) -> dict[str, str]:
    name = site.parcel.application
    site.run("import", "import", str(site.parcel.bundle(FIRST)))
    site.run("import again", "import", str(site.parcel.bundle(FIRST)))
    site.run("install", "install", f"{name}@{FIRST}", *site.parcel.answers)
    site.serves()
    found = site.runs()
    for component, what in found.items():
        say(component, what)
    return found


def _rest(site: ReceivingSite) -> None:
    """Say what is here, and wait for what is made against it."""
    typed(f"buildsvc have -o {site.parcel.have.name}")
    asked = [*site.service.command, "have", "-o", str(site.parcel.have)]
    subprocess.run(asked, env=dict(site.service.environment), check=True, stdin=subprocess.DEVNULL)
    say("have-list", words.size(site.parcel.have.stat().st_size))
    print(WANTED, flush=True)
    sys.stdin.readline()


def _upgrade(site: ReceivingSite, first: dict[str, str]) -> None:
    parcel = site.parcel
    title(f"The upgrade to {BETTER}, while {CONNECTIONS} connections ask")
    site.run("import of the upgrade", "import", str(parcel.bundle(BETTER)))
    with site.under_load("the upgrade"):
        site.run("upgrade", "upgrade", parcel.application, "--to", BETTER)
    now = site.runs()
    changed = {name for name in now if now[name] != first[name]}
    if changed != set(parcel.replaced):
        raise DeliveryFailed(f"The upgrade replaced {sorted(changed)}, not {sorted(parcel.replaced)}.")


def _fail(site: ReceivingSite) -> None:
    parcel = site.parcel
    title(f"{FLAWED}: {parcel.flawed} does not start on this site, so all of it goes back")
    before = site.runs()
    site.run("import of the flawed version", "import", str(parcel.bundle(FLAWED)))
    with site.under_load("the failed upgrade"):
        try:
            site.run("failed upgrade, all of it back", "upgrade", parcel.application, "--to", FLAWED)
        except NotDoneError as error:
            say("told", str(error).splitlines()[0][:200])
        else:
            raise DeliveryFailed("The flawed version was installed.")
    if site.runs() != before:
        raise DeliveryFailed("After the failed upgrade not everything is what it was.")


def _roll_back(site: ReceivingSite, first: dict[str, str]) -> None:
    title(f"And back to {FIRST}")
    with site.under_load("the way back"):
        site.run("rollback", "rollback", site.parcel.application, "--to", FIRST)
    if site.runs() != first:
        raise DeliveryFailed(f"After the rollback something else runs than in {FIRST}.")


def main(file: str) -> int:
    """Receive what the parcel says; 1 with the reason where a promise does not hold."""
    offline.settle()
    try:
        receive(Parcel.read(Path(file)))
    except (DeliveryFailed, NotDoneError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0
