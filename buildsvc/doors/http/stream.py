"""Server-sent events: a deployment's events as they happen, and an instance's log. The ledger is what is told, the feed
only wakes us up. Format: the HTML Living Standard, "Server-sent events".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from flask import Response, request

from buildsvc.doors import words
from buildsvc.doors.http.api.told import Told
from buildsvc.doors.http.fanout import Fanout
from buildsvc.doors.http.open_stream import Round, Telling
from buildsvc.live.feed import Message
from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Failed, LogLine, Recorded
from buildsvc.model.typed_event import EVENTS
from buildsvc.usecases.look import logs
from buildsvc.usecases.site import Site


def told(recorded: Recorded, language: str) -> Told:
    """Put the words beside an event."""
    event = recorded.event
    return Told(
        number=recorded.number,
        at=recorded.at,
        event=event,
        text=words.tell(event, language),
        hint=words.hint(event, language),
        stage=words.stage(event),
    )


def respond(fanout: Fanout, telling: Telling, begin: Callable[[], object] = lambda: None) -> Response:
    """Answer with a stream; `begin` is called once it hears the feed. What is raised until then is an ordinary error;
    its place is given back however it ends, also when the client leaves before the first byte.
    """
    stream = fanout.attach(telling, request.environ)
    try:
        begin()
    except BaseException:
        fanout.detach(stream)
        raise
    response = Response(stream, mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(lambda: fanout.detach(stream))
    return response


class DeploymentTelling:
    """Tells a deployment's events from number `after` + 1 on, until it has ended (`until` live: or serves)."""

    def __init__(self, site: Site, deployment: str, after: int, until: str, language: str) -> None:
        site.ledger.deployment(deployment)
        self.channel = deployment
        self.over = False
        self._site, self._until, self._number, self._language = site, until, after, language
        self._was_over = True

    def tell(self, heard: Sequence[Message], round_: Round) -> Iterator[str]:
        """Give what passed by, then what is new in the ledger."""
        for passing in heard:
            if passing is not None:
                yield message(Recorded(0, self._site.clock.now(), EVENTS.validate_python(passing)), self._language)
        # Looked at first: the event that goes with a phase is stored no later than the phase.
        ledger, channel, after = self._site.ledger, self.channel, self._number
        is_over = self._is_over(round_.once(("phase", channel), lambda: ledger.deployment(channel)))
        # What passed before the end may not have been told yet: a nudge comes behind it, and a second look that nothing
        # that was heard has caused.
        self.over = is_over and (None in heard or (self._was_over and not heard))
        self._was_over = is_over
        if is_over and not self.over:
            return
        for recorded in round_.once(("events", channel, after), lambda: ledger.events(channel, after)):
            self._number = recorded.number
            yield message(recorded, self._language)

    def _is_over(self, deployment: Deployment) -> bool:
        return deployment.phase.ended or (self._until == "live" and deployment.phase.serving)


class LogTelling:
    """Tells a log: `log` with a LogLine, `failed` with a Failed."""

    def __init__(self, followed: logs.Followed) -> None:
        self.channel = followed.channel
        self.over = False
        self._followed = followed

    def tell(self, heard: Sequence[Message], round_: Round) -> Iterator[str]:  # noqa: ARG002 - nobody shares a log
        """Give the lines that came."""
        self._followed.still_read()
        for passed in heard:
            line = logs.line_of(passed)
            if line is not None and not self.over:
                yield f"event: {line.kind}\ndata: {EVENTS.dump_json(line).decode()}\n\n"
            self.over = self.over or isinstance(line, Failed) or (line is None and passed is not None)


def message(recorded: Recorded, language: str) -> str:
    """Write one event as a message; passing ones have no id, so that a reader never resumes behind them."""
    event = recorded.event
    identifier = "" if isinstance(event, LogLine) else f"id: {recorded.number}\n"
    return f"{identifier}event: {event.kind}\ndata: {told(recorded, language).model_dump_json()}\n\n"
