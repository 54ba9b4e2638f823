"""The front's configuration: every way has its bound, what callers forge is dropped, and HAProxy itself takes it."""

from __future__ import annotations

import shutil
import subprocess
from ipaddress import ip_network
from pathlib import Path

import pytest

from buildsvc.doors.front import haproxy
from buildsvc.doors.front.haproxy import Front
from buildsvc.doors.front.lanes import Lane
from buildsvc.doors.front.listener import listen
from buildsvc.doors.front.program import SYSTEM_PROGRAMS
from buildsvc.settings.from_text import AddressRange

LANES = tuple(Lane(name, Path(f"/run/b/{name}.sock"), 8, 8) for name in ("uploads", "streams", "rest"))
PROXIES = (ip_network("192.0.2.0/24"), ip_network("2001:db8::1"))
PROGRAM = shutil.which("haproxy", path=SYSTEM_PROGRAMS)


@pytest.mark.skipif(PROGRAM is None, reason="no haproxy on this machine")
@pytest.mark.parametrize("trusted", [(), PROXIES])
def test_haproxy_itself_finds_nothing_to_complain_about(tmp_path: Path, trusted: tuple[AddressRange, ...]) -> None:
    file = tmp_path / "haproxy.cfg"
    with listen("127.0.0.1", 0) as listener:
        descriptor = listener.fileno()
        file.write_text(haproxy.configuration(Front(descriptor, LANES, 100, 10, trusted)))
        argv = [str(PROGRAM), "-c", "-f", str(file)]
        said = subprocess.run(argv, capture_output=True, text=True, check=False, pass_fds=[descriptor])
    assert (said.returncode, said.stderr) == (0, "")


def test_every_way_has_its_socket_and_its_bound() -> None:
    text = haproxy.configuration(Front(7, LANES, 100, 10))
    assert "bind fd@7\n" in text
    for lane in LANES:
        assert f"backend {lane.name}\n" in text
        assert f"server web unix@{lane.socket} maxconn 8\n" in text


def test_without_proxies_of_the_site_what_a_caller_says_of_himself_is_read_by_nobody() -> None:
    text = haproxy.configuration(Front(0, LANES, 100, 10))
    assert "hdr_ip" not in text
    assert "set-header X-Forwarded-For %[var(txn.caller)]" in text


def test_few_descriptors_mean_few_connections() -> None:
    assert [haproxy.affordable(many) for many in (64, 1024, 1_000_000)] == [32, 448, haproxy.MOST_CONNECTIONS]
