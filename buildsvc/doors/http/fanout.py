"""One writer for all open streams: a reader costs a socket and some memory, and no thread.

A request's thread answers with the head and hands its socket over. Two threads serve however many there are: one hears
the feed, one looks into the ledger and writes. A reader that takes too little too slowly is cut off; it comes back and
goes on where it was.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from time import monotonic
from typing import Any

from buildpacks.errors import Failure, Unreachable
from buildsvc.doors.http.open_stream import OpenStream, Round, Telling
from buildsvc.live.feed import ANY, Feed, Heard, Message

HEARTBEAT_LINE = ": still here\n\n"
HELD_FOR_ALL = 64 << 20
"""Bytes that may wait for slow readers, all of them together."""
SUBSCRIBED_WITHIN = 5.0
AFTER_DEFECT = 1.0
"""Seconds of rest after an error that nobody foresaw, so that it is not met in a circle."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """Seconds: how often the ledger is read in any case, and how often a quiet stream shows that it lives."""

    poll: float = 2.0
    heartbeat: float = 10.0


class Fanout:
    """All open streams of one web application, `most` at a time. Its threads start with the first one."""

    def __init__(self, feed: Feed, most: int, pace: Pace) -> None:
        self.most = most
        self._feed, self._pace = feed, pace
        self._asked: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._lock = threading.Lock()
        self._places = 0
        self._some, self._hearing = threading.Event(), threading.Event()
        self._bell: socket.socket | None = None
        # The writer's own.
        self._streams: set[OpenStream] = set()
        self._selector = DefaultSelector()

    def attach(self, telling: Telling, environ: Mapping[str, Any]) -> OpenStream:
        """Open a stream for the request with this environment; it hears the feed from here on. Raises Unreachable when
        there are too many.
        """
        with self._lock:
            if self._places >= self.most:
                raise Unreachable("too-many-streams", count=self.most)
            self._places += 1
            self._start()
            stream = OpenStream(telling, environ, lambda stream, own: self._ask(partial(self._take_over, stream, own)))
            self._ask(partial(self._take_in, stream))
            self._some.set()
        # Without Redis it goes on, too: the ledger is read in any case.
        self._hearing.wait(SUBSCRIBED_WITHIN)
        return stream

    def detach(self, stream: OpenStream) -> None:
        """Let go of a stream, unless the writer has it already."""
        if not stream.was_handed:
            self._give_place_back(stream)
            self._ask(partial(self._drop, stream))

    def _start(self) -> None:
        if self._bell is not None:
            return
        self._bell, ear = socket.socketpair()
        for end in (self._bell, ear):
            end.setblocking(False)
        self._selector.register(ear, EVENT_READ)
        for run, name in ((self._hear, "feed"), (self._write, "streams")):
            threading.Thread(target=_for_ever, args=(run,), name=name, daemon=True).start()

    def _ask(self, what: Callable[[], object]) -> None:
        """Have something done by the writer."""
        self._asked.put(what)
        assert self._bell is not None
        try:
            self._bell.send(b"!")
        except BlockingIOError:
            return  # It rings already.

    def _give_place_back(self, stream: OpenStream) -> None:
        with self._lock:
            self._places -= stream.holds_place
            stream.holds_place = False

    def _hear(self) -> None:
        self._some.wait()
        with self._feed.listen() as listener:
            self._hearing.set()
            self._ask(partial(self._tell, [(ANY, None)]))
            while self._is_wanted():
                if heard := listener.wait(self._pace.poll):
                    self._ask(partial(self._tell, list(heard)))

    def _is_wanted(self) -> bool:
        with self._lock:
            if self._places == 0:
                self._some.clear()
                self._hearing.clear()
            return self._places > 0

    def _write(self) -> None:
        due = monotonic()
        while True:
            left = max(0.0, due - monotonic()) if self._streams else None
            for key, events in self._selector.select(left):
                if key.data is not None:
                    self._serve(key.data, events)
                else:
                    _take_all(key.fileobj)
            self._do_what_is_asked()
            if monotonic() >= due:
                due = monotonic() + self._pace.poll
                self._tell([(ANY, None)])
                self._show_life()

    def _do_what_is_asked(self) -> None:
        while True:
            try:
                what = self._asked.get_nowait()
            except Empty:
                return
            what()

    def _serve(self, stream: OpenStream, events: int) -> None:
        """Serve a reader that takes more, or has gone: it has nothing to say."""
        if events & EVENT_READ and _has_gone(stream):
            self._drop(stream)
        else:
            self._flush(stream)

    def _take_in(self, stream: OpenStream) -> None:
        self._streams.add(stream)
        self._tell_one(stream, [], Round())

    def _take_over(self, stream: OpenStream, own: socket.socket) -> None:
        if stream not in self._streams:
            return own.close()
        stream.connection = own
        own.setblocking(False)
        self._selector.register(own, EVENT_READ, stream)
        return self._flush(stream)

    def _tell(self, heard: Iterable[Heard]) -> None:
        said: defaultdict[str, list[Message]] = defaultdict(list)
        for channel, message in heard:
            said[channel].append(message)
        round_ = Round()
        for stream in list(self._streams):
            channel = stream.telling.channel
            if (ANY in said or channel in said) and not stream.ended:
                self._tell_one(stream, said.get(channel, []), round_)

    def _tell_one(self, stream: OpenStream, heard: list[Message], round_: Round) -> None:
        try:
            for piece in stream.telling.tell(heard, round_):
                stream.put(piece)
        except Failure as failure:
            log.warning("a stream ends: %s", failure)
            return self._drop(stream)
        except Exception:
            log.exception("a stream ends")
            return self._drop(stream)
        if stream.telling.over:
            stream.end()
        return self._flush(stream)

    def _show_life(self) -> None:
        for stream in list(self._streams):
            if monotonic() - stream.told_at >= self._pace.heartbeat and not stream.ended:
                stream.put(HEARTBEAT_LINE)
                self._flush(stream)

    def _flush(self, stream: OpenStream) -> None:
        try:
            stream.write()
        except OSError:
            return self._drop(stream)
        if len(stream.waiting) > HELD_FOR_ALL // len(self._streams):
            log.warning("a reader is too slow and is cut off")
            return self._drop(stream)
        if stream.connection is None:
            return None
        if stream.ended and not stream.waiting:
            return self._drop(stream)
        events = EVENT_READ | EVENT_WRITE if stream.waiting else EVENT_READ
        if self._selector.get_key(stream.connection).events != events:
            self._selector.modify(stream.connection, events, stream)
        return None

    def _drop(self, stream: OpenStream) -> None:
        if stream not in self._streams:
            return
        self._streams.discard(stream)
        if stream.connection is not None:
            self._selector.unregister(stream.connection)
            stream.connection.close()
        stream.end()
        self._give_place_back(stream)


def _has_gone(stream: OpenStream) -> bool:
    assert stream.connection is not None
    try:
        return not stream.connection.recv(4096)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _take_all(ear: Any) -> None:
    """However often it has rung, what is asked is looked at behind this."""
    ear.recv(65536)


def _for_ever(run: Callable[[], None]) -> None:
    while True:
        try:
            run()
        except Exception:
            log.exception("streams")
            threading.Event().wait(AFTER_DEFECT)
