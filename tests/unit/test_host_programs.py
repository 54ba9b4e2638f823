"""The kernel's tables of open ports are read as they stand, and programs are named by their sockets."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from buildsvc.engines.docker.host_programs import HostSocket, programs, read

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
