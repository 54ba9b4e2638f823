"""(3) push -> live beside `java -jar` by hand, and (4) idle memory: a real `buildsvc up` in a folder of its own."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from benchmarks.by_hand import Answering, answers, java_jar
from benchmarks.figures import Figure, ratio
from benchmarks.jars import with_one_class_changed
from benchmarks.peers import run
from benchmarks.waiting import free_port, until
from buildsvc.doors.cli.remote.client import Client

APPLICATION = "benchmark"
COMPONENT = "measured"
COMPOSE = """\
name: benchmark
services:
  measured:
    x-buildsvc: {{artifact: measured, soak: {soak}, keep: {keep}, cds: {cds}}}
    ports: ["127.0.0.1:{port}:{inside}"]
{others}
"""
OTHERS = 9
"""Jar components that wait beside the measured one: ten are the least that an application of this kind has."""
ARCHIVING = 600.0
"""Seconds that an archive may take, which is made at the lowest priority."""


class Service:
    """A running `buildsvc up` with the bases of `cache`, for a program that answers there."""

    def __init__(self, cache: Path, folder: Path, answering: Answering) -> None:
        self.answering = answering
        self.latest = ""
        self.data = folder / "service"
        self.data.mkdir()
        for name in ("blobs", "bases", "index", "oci-layout", "index.json"):
            subprocess.run(["cp", "-al", str(cache / name), str(self.data / name)], check=False, capture_output=True)
        self.token = "bsv_" + os.urandom(24).hex()
        self.url = f"http://127.0.0.1:{free_port()}"
        self.port = free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BUILDSVC_")},
            "BUILDSVC_DATA": str(self.data),
            "BUILDSVC_LISTEN": self.url.removeprefix("http://"),
            "BUILDSVC_ADMIN_TOKEN": self.token,
        }
        command = [sys.executable, "-m", "buildsvc.doors.cli.main", "up"]
        self._log = (folder / "up.log").open("wb")
        self._process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=subprocess.STDOUT)
        until(lambda: requests.get(f"{self.url}/readyz", timeout=2).ok)

    def call(self, method: str, path: str, **what: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **what.pop("headers", {})}  # type: ignore[dict-item]
        answer = requests.request(method, f"{self.url}/api/{path}", headers=headers, timeout=60, **what)  # type: ignore[arg-type]
        answer.raise_for_status()
        return answer

    def apply(self, *, cds: bool, soak: str = "0s", keep: str = "0s") -> None:
        """Install the application that the measured component belongs to, or change it."""
        self.soak = soak
        others = "\n".join(f"  other{number}: {{x-buildsvc: {{}}}}" for number in range(OTHERS))
        body = COMPOSE.format(
            port=self.port,
            inside=self.answering.port,
            others=others,
            cds=str(cds).lower(),
            soak=soak,
            keep=keep,
        )
        accepted = self.call("PUT", "applications", data=body.encode()).json()
        self.wait(accepted["deployment"]["id"])

    def archived(self) -> None:
        """Wait until the latest deployment's release has an archive of its libraries' classes."""

        def made() -> bool:
            told = self.call("GET", f"deployments/{self.latest}/events", headers={"Accept": "application/json"})
            return any(one["event"]["kind"] == "archive-made" for one in told.json())

        until(made, patience=ARCHIVING)

    def push(self, jar: Path) -> float:
        """Seconds from the first byte sent to the new version's first healthy answer, switched to and serving. Begins
        when the version before it has settled: some programs take half a minute to end.
        """
        self.settled()
        began = time.perf_counter()
        with jar.open("rb") as stream:
            where = f"artifacts?filename=measured-1.jar&application={APPLICATION}&component={COMPONENT}"
            accepted = self.call("POST", where, data=stream).json()
        self.latest = accepted["deployment"]["id"]
        self.wait(self.latest)
        if not answers(self.port, self.answering.path):
            raise RuntimeError("the new version is live, but does not answer")
        return time.perf_counter() - began

    def back(self, how: str) -> float:
        """Seconds from the request (`undo` or `rollback`) until the former version serves."""
        self.settled()
        began = time.perf_counter()
        accepted = self.call("POST", f"applications/{APPLICATION}/components/{COMPONENT}/{how}", json={}).json()
        self.latest = accepted["deployment"]["id"]
        self.wait(self.latest)
        return time.perf_counter() - began

    def settled(self) -> None:
        """Wait until the former instance is gone, where it has no soak."""
        if self.latest and self.soak == "0s":
            until(lambda: self.call("GET", f"deployments/{self.latest}").json()["phase"] != "live", every=0.5)

    def frozen(self) -> bool:
        """Wait until the former instance is frozen; False where the service has said that it will not be."""
        told = self.call("GET", f"deployments/{self.latest}/events", headers={"Accept": "application/json"}).json()
        if any(one["event"].get("code") == "keep-not-paused" for one in told):
            return False

        def stands() -> bool:
            parts = self.call("GET", f"applications/{APPLICATION}").json()["components"]
            return any(one["state"] == "paused" for part in parts for one in part["instances"])

        until(stands)
        return True

    def wait(self, deployment: str) -> None:
        """Until it is live (or, for an application, done), told by its event stream as the command line is: polling
        would take processor time from what it waits for.
        """
        for message in Client(self.url, self.token).event_stream(deployment, 0):
            if message.name in {"live", "settled"}:
                return
            if message.name in {"failed", "switched-back"} or "listens-elsewhere" in message.data:
                raise RuntimeError(f"deployment {deployment}: {message.data}")
        raise RuntimeError(f"the events of deployment {deployment} ended before it was live")

    def processes(self) -> dict[int, float]:
        """PSS in MB of every process of ours."""
        return {pid: pss(pid) for pid in tree(self._process.pid)}

    def close(self) -> None:
        """Remove the application, then stop the service, and take the images away that it had made."""
        try:
            accepted = self.call("DELETE", f"applications/{APPLICATION}").json()
            self.wait(accepted["deployment"]["id"])
        finally:
            self._process.terminate()
            self._process.wait(60)
            self._log.close()
            remove_images(COMPONENT)


def remove_images(component: str) -> None:
    """Take away the images that were made of a component of the application."""
    form = "{{.Repository}}:{{.Tag}}"
    made = run(["docker", "images", "--format", form, f"buildsvc/{APPLICATION}-{component}"]).split()
    if made:
        run(["docker", "rmi", *made])


def measure_push(jar: Path, base: str, service: Service, folder: Path, rounds: int) -> list[tuple[str, ...]]:
    """Rows: ours without and with an archive of the libraries' classes, and `java -jar` of the same jar in a container
    of the same base image; the last beside each of ours.
    """
    rows = [("jar on disk → new version answers healthy", "s", "× java -jar")]
    changes = itertools.count(1)
    byhand = []
    for cds, name in ((False, "no archive of its libraries' classes yet"), (True, "with that archive")):
        service.apply(cds=cds)
        service.push(with_one_class_changed(jar, folder / "pushed.jar", next(changes)))
        if cds:
            service.archived()
        ours, beside = [], []
        for _ in range(rounds):
            changed = with_one_class_changed(jar, folder / "pushed.jar", next(changes))
            beside.append(java_jar(changed, base, service.answering))
            ours.append(service.push(changed))
            print(f"  push, {name}: ours {ours[-1]:.2f}, java -jar {beside[-1]:.2f}", flush=True)
        byhand += beside
        rows.append(
            (
                f"buildsvc push, all included; {name}",
                str(Figure(tuple(ours))),
                str(ratio(Figure(tuple(beside)), Figure(tuple(ours)))),
            )
        )
    return [*rows, ("java -jar by hand, same base image", str(Figure(tuple(byhand))), "1.00")]


def measure_memory(service: Service) -> list[tuple[str, ...]]:
    """Rows: all our processes together, and one gateway, after half a minute of doing nothing."""
    time.sleep(30)
    ours = service.processes()
    found = run(["docker", "top", f"buildsvc-{APPLICATION}-{COMPONENT}-gateway", "-eo", "pid"]).split()[1:]
    gateway = [memory(int(pid)) for pid in found]
    return [
        ("idle memory (PSS)", "MB", "target"),
        (f"all {len(ours)} processes of buildsvc up", f"{sum(ours.values()):.0f}", "≤ 160"),
        (f"one gateway of {OTHERS + 1}", f"{sum(whole for whole, _ in gateway):.1f}", "≤ 6"),
        ("of that, not shared with the others", f"{sum(own for _, own in gateway):.1f}", "–"),
    ]


def pss(pid: int) -> float:
    """Proportional set size in MB (proc(5), smaps_rollup); needs root for processes of other users."""
    return memory(pid)[0]


def memory(pid: int) -> tuple[float, float]:
    """PSS, and what of it is the process's own (anonymous), in MB."""
    lines = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    found = {words[0]: int(words[1]) / 1000 for words in lines}
    return found["Pss:"], found["Pss_Anon:"]


def tree(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            yield from tree(int(child))
