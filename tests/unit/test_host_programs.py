"""The kernel's tables of open ports are read as they stand, and programs are named by their sockets."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any, cast

import pytest

from buildsvc.engines.docker import host_ports, host_programs, labels
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.host_programs import HostSocket, programs, read
from buildsvc.model.application import Application, Component, Port

TABLES = (
    "tcp",
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 31337 1 0 100 0 0 10 0",
    "   1: 0100007F:0CEB 0100007F:9999 01 00000000:00000000 00:00000000 00000000   0 0 31338 1 0 20 4",
    "tcp6",
    "   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 31339 1 0",
    "   1: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 31340 1 0",
    "udp",
    "  12: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31341 2 0 0",
    "udp6",
)


def test_what_listens_is_read_with_its_address_and_what_is_connected_is_not() -> None:
    assert list(read(TABLES)) == [
        HostSocket(3306, "tcp", "127.0.0.1", "31337"),
        HostSocket(8080, "tcp", "::", "31339"),
        HostSocket(8081, "tcp", "127.0.0.1", "31340"),
        HostSocket(53, "udp", "0.0.0.0", "31341"),
    ]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="Linux only")
def test_a_program_of_this_machine_is_named_by_its_socket() -> None:
    with socket.socket() as own:
        inode = str(Path(f"/proc/self/fd/{own.fileno()}").readlink())[len("socket:[") : -1]
        assert programs()[inode].endswith(f"({os.getpid()})")


class Engine:
    """What the engine lists, and nothing else."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = rows
        self.own: list[dict[str, Any]] = []

    def running(self) -> list[dict[str, Any]]:
        return list(self.rows)

    def containers(self, _labels: object) -> list[dict[str, Any]]:
        return self.own


def held(monkeypatch: pytest.MonkeyPatch, *rows: dict[str, Any], own: tuple[dict[str, Any], ...] = ()) -> list[str]:
    open_port = HostSocket(8080, "tcp", "::", "no-such-inode")
    monkeypatch.setattr(host_programs, "listening", lambda *_: (open_port,))
    wanting = Component("web", image="i", ports=(Port(80, 8080), Port(81, 8081)))
    engine = Engine(*rows)
    engine.own = list(own)
    found = host_ports.held_by_programs(cast("EngineClient", engine), Application("shop", (wanting,)), "i")
    return [one.message for one in found]


def test_a_port_that_a_program_holds_is_told_once_and_those_of_containers_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert held(monkeypatch) == ["web wants port 8080 of this host, and a program of the host holds it."]
    published = {"Ports": [{"PublicPort": 8080, "Type": "tcp", "IP": "0.0.0.0"}]}
    assert held(monkeypatch, published) == []


def test_what_its_own_container_on_the_hosts_network_may_hold_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"Labels": {labels.APPLICATION: "shop"}, "HostConfig": {"NetworkMode": "host"}}
    assert held(monkeypatch, own) == []
    assert held(monkeypatch, {**own, "Labels": {labels.APPLICATION: "other"}}) != []


@pytest.mark.parametrize(("looping", "told"), [(True, 0), (False, 1)])
def test_what_its_own_container_that_is_started_again_and_again_holds_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch, *, looping: bool, told: int
) -> None:
    bound = {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}}
    own = {"State": {"Running": looping, "Restarting": looping}, "HostConfig": bound}
    assert len(held(monkeypatch, own=(own,))) == told
