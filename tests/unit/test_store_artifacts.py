from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from buildpacks.errors import NotFound, Refused
from buildsvc.store import artifacts
from buildsvc.store.artifacts import Artifacts

MIB = 1 << 20


class Trickle(io.RawIOBase):
    """Gives `data` in pieces of odd sizes, as a network does."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def read(self, size: int = -1) -> bytes:
        piece, self.rest = self.rest[: min(size, 7777)], self.rest[min(size, 7777) :]
        return piece


@pytest.fixture
def store(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path, tmp_path / "tmp")


def left(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "tmp").iterdir())


def test_what_is_received_and_kept_is_found_by_its_digest(store: Artifacts, tmp_path: Path) -> None:
    data = os.urandom(100_000)
    spooled = store.receive(Trickle(data), limit=MIB)
    assert (spooled.sha256, spooled.size) == (hashlib.sha256(data).hexdigest(), len(data))
    kept = store.keep(spooled)
    assert kept == store.path(spooled.sha256) == tmp_path / "blobs" / "sha256" / spooled.sha256
    assert kept.read_bytes() == data
    assert stat.S_IMODE(kept.stat().st_mode) == 0o444
    assert left(tmp_path) == []


def test_the_same_content_twice_is_fine(store: Artifacts, tmp_path: Path) -> None:
    first = store.keep(store.receive(io.BytesIO(b"same"), limit=MIB))
    second = store.keep(store.receive(io.BytesIO(b"same"), limit=MIB))
    assert first == second
    assert left(tmp_path) == []


def test_content_that_was_cut_on_disk_is_replaced_by_the_next_upload(store: Artifacts) -> None:
    kept = store.keep(store.receive(io.BytesIO(b"whole"), limit=MIB))
    kept.chmod(0o600)
    kept.write_bytes(b"who")
    store.keep(store.receive(io.BytesIO(b"whole"), limit=MIB))
    assert kept.read_bytes() == b"whole"


def test_what_is_discarded_leaves_nothing(store: Artifacts, tmp_path: Path) -> None:
    store.discard(store.receive(io.BytesIO(b"x"), limit=MIB))
    assert left(tmp_path) == []
    assert not (tmp_path / "blobs").exists()


def test_too_large_an_upload_is_refused_and_leaves_nothing(store: Artifacts, tmp_path: Path) -> None:
    with pytest.raises(Refused) as failure:
        store.receive(io.BytesIO(bytes(2 * MIB + 1)), limit=2 * MIB)
    assert failure.value.code == "too-large"
    assert "2 MiB" in failure.value.message
    assert left(tmp_path) == []
    store.receive(io.BytesIO(bytes(2 * MIB)), limit=2 * MIB)


def test_a_connection_that_breaks_leaves_nothing(store: Artifacts, tmp_path: Path) -> None:
    class Broken:
        def read(self, _size: int) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.receive(Broken(), limit=MIB)
    assert left(tmp_path) == []


def test_an_upload_that_the_disk_has_no_room_for_is_refused_before_it_begins(
    store: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "_LOOK_EVERY", 1 << 60)
    stream = io.BytesIO(b"x")
    with pytest.raises(Refused) as failure:
        store.receive(stream, limit=1 << 62)
    assert failure.value.code == "disk-full"
    assert stream.tell() == 0


def test_a_disk_that_becomes_full_is_a_refusal_and_leaves_nothing(
    store: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def read(self, _size: int) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(Refused) as failure:
        store.receive(Full(), limit=MIB)
    assert failure.value.code == "disk-full"
    assert left(tmp_path) == []


@pytest.mark.parametrize("name", ["f" * 64, "", "../" + "a" * 61, "../../ledger.db"])
def test_an_unknown_digest_is_not_found(store: Artifacts, name: str) -> None:
    with pytest.raises(NotFound) as failure:
        store.path(name)
    assert failure.value.code == "no-such-artifact"


MEASURE = """
import io, resource, sys
from pathlib import Path
from buildsvc.store.artifacts import Artifacts

class Zeros:
    left = 300 << 20
    def read(self, size):
        size = min(size, self.left); self.left -= size
        return bytes(size)

store = Artifacts(Path(sys.argv[1]), Path(sys.argv[1]) / "tmp")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
spooled = store.receive(Zeros(), limit=1 << 30)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(spooled.size, after - before)
"""


def test_three_hundred_megabytes_are_received_in_less_than_forty(tmp_path: Path) -> None:
    output = subprocess.check_output([sys.executable, "-c", MEASURE, str(tmp_path)], text=True)
    size, growth = (int(word) for word in output.split())
    assert size == 300 * MIB
    assert growth < 40 * 1024
