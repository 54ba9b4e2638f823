from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from buildpacks.errors import Refused, Unreachable
from buildsvc.live import connection, embedded_redis


def test_the_command_listens_on_the_socket_only_and_keeps_nothing() -> None:
    assert embedded_redis.argv(Path("/run/buildsvc-1/redis.sock")) == [
        "redis-server", "--port", "0", "--unixsocket", "/run/buildsvc-1/redis.sock", "--unixsocketperm", "700",
        "--dir", "/run/buildsvc-1", "--save", "", "--appendonly", "no", "--databases", "1", "--maxmemory", "64mb",
        "--maxmemory-policy", "noeviction", "--loglevel", "warning", "--daemonize", "no",
        "--ignore-warnings", "ARM64-COW-BUG",
    ]  # fmt: skip


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's; a test's own may be too long."""
    with TemporaryDirectory(prefix="b", dir="/tmp") as folder:
        yield Path(folder)


def test_each_data_directory_has_its_own_socket_and_always_the_same(short: Path) -> None:
    first = embedded_redis.socket_path(short / "a", [short])
    assert first == embedded_redis.socket_path(short / "a", [short])
    assert first != embedded_redis.socket_path(short / "b", [short])


def test_a_base_with_a_space_or_a_long_path_or_that_is_absent_is_passed_over(short: Path) -> None:
    spaced, long, good = short / "with space", short / ("x" * 100), short / "ok"
    for folder in (spaced, long, good):
        folder.mkdir()
    found = embedded_redis.socket_path(short, [spaced, long, short / "absent", good])
    assert found.parent.parent == good


def test_no_base_that_fits_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(Refused) as failure:
        embedded_redis.socket_path(tmp_path, [tmp_path / "absent"])
    assert failure.value.code == "no-socket-folder"
    assert "XDG_RUNTIME_DIR" in failure.value.hint


def test_the_runtime_folder_comes_first_where_there_is_one() -> None:
    assert embedded_redis.default_bases("/run/user/7")[0] == Path("/run/user/7")
    assert embedded_redis.default_bases(None)[0] == Path("/run")


def test_the_folder_is_private_and_a_stale_socket_goes_away(tmp_path: Path) -> None:
    socket = tmp_path / "buildsvc-1" / "redis.sock"
    socket.parent.mkdir(mode=0o755)
    socket.touch()
    embedded_redis.prepare_folder(socket)
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert not socket.exists()


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "buildsvc-1").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused) as failure:
        embedded_redis.prepare_folder(tmp_path / "buildsvc-1" / "redis.sock")
    assert failure.value.code == "socket-folder-taken"


def test_waiting_for_a_redis_that_never_comes_ends_in_time(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Unreachable) as failure:
        connection.wait_ready(embedded_redis.url(tmp_path / "none.sock"), 0.2)
    assert failure.value.code == "redis-not-ready"
    assert time.monotonic() - began < 5
