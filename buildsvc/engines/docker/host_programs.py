"""Which ports programs of the engine's host listen on, containers or not: what its kernel says.

Read in a container on the host's own network, for this service may run in a container itself, or elsewhere. Format of
/proc/net: proc_pid_net(5); addresses are hexadecimal, in words of the machine's byte order.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import Path

from buildpacks.errors import Failure
from buildsvc.engines.docker import throwaway
from buildsvc.engines.docker.engine_client import EngineClient

_TABLES = ("tcp", "tcp6", "udp", "udp6")
_LISTENING = {"tcp": "0A", "udp": "07"}
_WORD = 8
_MOST_LINES = 100_000
_SOCKET = "socket:["


@dataclass(frozen=True)
class HostSocket:
    """An open port of the host; `inode` tells which socket it is."""

    port: int
    protocol: str
    address: str
    inode: str


def listening(client: EngineClient, image: str) -> tuple[HostSocket, ...]:
    """Return what listens on the engine's host, asked with an image that has `sh`. Nothing where that cannot be asked:
    the engine itself then tells of a port that is held, only later.
    """
    script = "".join(f"echo {table}; cat /proc/net/{table} 2>/dev/null; " for table in _TABLES)
    body = {
        "Image": image,
        "Entrypoint": ["sh", "-c", script],
        "Cmd": [],
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": {
            "NetworkMode": "host",
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "LogConfig": {"Type": "json-file", "Config": {}},
        },
    }
    try:
        with throwaway.made(client, throwaway.own_name("ports"), body) as container:
            client.start(container)
            client.wait(container)
            return tuple(read(client.tail(container, _MOST_LINES)))
    except Failure:
        return ()


def read(lines: tuple[str, ...]) -> Iterator[HostSocket]:
    """Read the kernel's tables, each behind a line with its name."""
    protocol = ""
    for line in lines:
        parts = line.split()
        if line in _TABLES:
            protocol = line.removesuffix("6")
        elif len(parts) > 9 and ":" in parts[1] and parts[3] == _LISTENING.get(protocol):  # noqa: PLR2004 - the inode
            address, _, port = parts[1].rpartition(":")
            yield HostSocket(int(port, 16), protocol, _address(address), parts[9])


def _address(text: str) -> str:
    raw = b"".join(bytes.fromhex(text[at : at + _WORD])[::-1] for at in range(0, len(text), _WORD))
    if len(raw) == _WORD // 2:
        return socket.inet_ntop(socket.AF_INET, raw)
    found = IPv6Address(raw)
    return str(found.ipv4_mapped or found)


def programs() -> Mapping[str, str]:
    """Return which program of this machine has a socket, by its inode, as far as this service may look."""
    found: dict[str, str] = {}
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            name = (folder.parent / "comm").read_text().strip()
            for one in folder.iterdir():
                target = str(one.readlink())
                if target.startswith(_SOCKET):
                    found[target[len(_SOCKET) : -1]] = f"{name} ({folder.parent.name})"
        except OSError:
            continue
    return found
