"""The fan-out over real sockets: chunks as HTTP wants them, readers that leave, and one that takes nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from buildpacks.errors import Unreachable
from buildsvc.doors.http import fanout as door
from buildsvc.doors.http.fanout import Fanout, Pace
from buildsvc.doors.http.open_stream import HandedOver, OpenStream, Round
from buildsvc.live.feed import Message
from buildsvc.model.events import LogLine
from tests.fakes import FakeFeed
from tests.waiting import until


class Lines:
    """Tells the texts of the messages that it hears, and ends with `end`."""

    def __init__(self) -> None:
        self.channel = "c"
        self.over = False

    def tell(self, heard: Sequence[Message], round_: Round) -> Iterator[str]:
        for message in heard:
            text = str((message or {})["text"])
            self.over = text == "end"
            yield text


class Site:
    """A fan-out with its feed, and connections to it."""

    def __init__(self, most: int = 3) -> None:
        self.feed = FakeFeed()
        self.fanout = Fanout(self.feed, most, Pace(0.05, 30.0))
        self.streams: list[OpenStream] = []
        self._sockets: list[socket.socket] = []

    def open(self, protocol: str = "HTTP/1.1") -> socket.socket:
        """A reader's end of a connection whose request has begun a stream, as under gunicorn."""
        ours, theirs = socket.socketpair()
        self._sockets += [ours, theirs]
        ours.settimeout(10)
        environ: dict[str, Any] = {"gunicorn.socket": theirs, "SERVER_PROTOCOL": protocol}
        stream = self.fanout.attach(Lines(), environ)
        self.streams.append(stream)
        body = iter(stream)
        assert next(body) == "retry: 2000\n\n"
        with pytest.raises(HandedOver):
            next(body)
        self.fanout.detach(stream)
        assert theirs.fileno() == -1
        return ours

    def say(self, text: str) -> None:
        self.feed.pass_on("c", LogLine(text))

    def close(self) -> None:
        for one in self._sockets:
            one.close()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


def all_of(reader: socket.socket) -> bytes:
    return b"".join(iter(lambda: reader.recv(65536), b""))


def test_every_reader_is_told_in_chunks_and_ended_by_an_empty_one(site: Site) -> None:
    readers = [site.open(), site.open()]
    site.say("hello")
    site.say("end")
    assert [all_of(one) for one in readers] == [b"5\r\nhello\r\n3\r\nend\r\n0\r\n\r\n"] * 2


def test_an_old_client_is_told_without_chunks(site: Site) -> None:
    reader = site.open("HTTP/1.0")
    site.say("hello")
    site.say("end")
    assert all_of(reader) == b"helloend"


def test_a_reader_that_leaves_makes_room_for_another(site: Site) -> None:
    readers = [site.open() for _ in range(3)]
    with pytest.raises(Unreachable):
        site.open()
    readers[0].close()
    until(lambda: not site.streams[0].holds_place)
    site.open()


def test_a_reader_that_takes_nothing_is_cut_off_and_the_others_go_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "HELD_FOR_ALL", 100_000)
    slow, quick = site.open(), site.open()
    chunk = 50_000 + len("c350\r\n\r\n")
    while site.streams[0].holds_place:
        site.say("x" * 50_000)
        taken = 0
        while taken < chunk:
            taken += len(quick.recv(chunk - taken))
    site.say("end")
    assert all_of(quick) == b"3\r\nend\r\n0\r\n\r\n"
    assert not all_of(slow).endswith(b"0\r\n\r\n")
