"""Runs a built image as the service would: its command, its user, its hardening, on a network that leads nowhere."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buildpacks.errors import Failure
from buildpacks.java import jvm, jvm_limits
from buildsvc.engines import health
from buildsvc.engines.base import RollOut
from buildsvc.engines.docker import containers
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.model.application import Component, JarSettings, Limits, Placement
from buildsvc.store.durable_files import alone
from buildsvc.usecases.build.build import Built
from scripts.proof.listing import Answer, Artifact
from scripts.proof.outcome import Run

NETWORK = "buildsvc-artifacts"
SUBNET = "10.213.66.0/24"
APPLICATION = "artifacts"
STEADY = 10.0
"""Seconds without a change after which an unknown program is taken to have shown what it does."""
_PAUSE = 0.3
_TAIL = 400
_SHOWN = 400
_LOGGED_EACH = 5.0
_OPEN = 500


@contextmanager
def network(client: EngineClient, cache: Path) -> Iterator[None]:
    """An internal network: programs find their own names, and nothing outside. One process at a time has it."""
    with alone(cache / "artifacts.lock"):
        if client.network(NETWORK) is None:
            client.api.create_network(
                NETWORK,
                internal=True,
                ipam={"Driver": "default", "Config": [{"Subnet": SUBNET}]},
            )
        try:
            yield
        finally:
            client.remove_network(NETWORK)


def run(client: EngineClient, artifact: Artifact, built: Built) -> Run:
    """Start it, ask it, and take the container away again."""
    creation = containers.instance(_roll_out(artifact, built), "blue")
    body = {**creation.body, "HostConfig": {**creation.body["HostConfig"], "NetworkMode": NETWORK}}
    container = client.create(creation.name, body)
    try:
        began = time.monotonic()
        client.start(container)
        return _watch(client, container, artifact, began)
    finally:
        client.remove(container)


def _roll_out(artifact: Artifact, built: Built) -> RollOut:
    limit = artifact.memory << 20
    given = {**dict(built.facts.environment), **dict(artifact.environment)}
    command = jvm.command(
        built.facts.launch,
        limits=jvm_limits.ContainerLimits(memory=limit, java=built.facts.java_version),
        java_opts=given.pop("JAVA_OPTS", None),
        arguments=artifact.arguments,
    )
    return RollOut(
        deployment=str(uuid.uuid4()),
        application=APPLICATION,
        component=Component("one", jar=JarSettings("one"), limits=Limits(memory=limit, pids=2000)),
        placement=Placement(),
        release=1,
        image_reference=built.image.reference,
        command=command,
        environment=given,
        user=built.facts.user,
        contents={},
    )


def _watch(client: EngineClient, container: str, artifact: Artifact, began: float) -> Run:
    """Look until it did what is expected, ended, or its time is over; of the unknown, until nothing new happens."""
    answers: dict[int, tuple[int, str]] = {}
    seen: tuple[object, ...] = ()
    changed = began
    while True:
        state = (client.inspect(container) or {}).get("State", {})
        code = None if state.get("Running") else int(state.get("ExitCode", -1))
        outside, inside = _sockets(client, container) if code is None else (frozenset(), frozenset())
        met = code is None and _ask(client, container, artifact.answer, outside, answers)
        now = time.monotonic()
        statuses = {port: status for port, (status, _) in answers.items()}
        if (outside, inside, statuses) != seen:
            seen, changed = (outside, inside, statuses), now
        known = artifact.answer or artifact.ending
        shown = not known and now - changed > STEADY and (_speaks(answers) or now - began > artifact.deadline / 2)
        if met or code is not None or shown or now - began > artifact.deadline:
            return Run(now - began, code, answers, tuple(sorted(inside)), client.tail(container, _TAIL), met=met)
        time.sleep(_PAUSE)


def _speaks(answers: dict[int, tuple[int, str]]) -> bool:
    return any(0 < status < _OPEN for status, _ in answers.values())


def _sockets(client: EngineClient, container: str) -> tuple[frozenset[int], frozenset[int]]:
    try:
        return health.listening(client.run(container, ["cat", "/proc/net/tcp", "/proc/net/tcp6"]).output)
    except Failure:
        # It ended between two looks: the next one sees that.
        return frozenset(), frozenset()


def _ask(
    client: EngineClient,
    container: str,
    wanted: Answer | None,
    ports: frozenset[int],
    answers: dict[int, tuple[int, str]],
) -> bool:
    """GET from every open port (or the one that is meant), by the address that others use. True when one is right."""
    asked = wanted or Answer()
    found = client.inspect(container) or {}
    address = found.get("NetworkSettings", {}).get("Networks", {}).get(NETWORK, {}).get("IPAddress", "")
    for port in sorted(ports):
        if asked.port not in {None, port}:
            continue
        status, text = _get(client, container, f"http://{address}:{port}{asked.path}")
        answers[port] = (status, text[:_SHOWN])
        if wanted and status == wanted.status and wanted.text in text:
            return True
    return False


def _get(client: EngineClient, container: str, url: str) -> tuple[int, str]:
    """Status and body; 0 where no HTTP comes back."""
    try:
        ran = client.run(container, ["curl", "-s", "-m", "20", "-w", "\n%{http_code}", url], limit=30)
    except Failure:
        return 0, ""
    body, _, status = ran.output.rpartition("\n")
    return (int(status) if status.isdigit() else 0), body
