"""What is asked of a running gateway: by one session where its image has them, by a program for each request else."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from buildpacks.errors import Conflict, Failure, Unreachable
from buildpacks.sentences.values import sentence
from buildsvc.engines import gateway
from buildsvc.engines.docker import conversation, labels
from buildsvc.engines.docker.conversation import Conversation
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.wire import archive
from buildsvc.engines.gateway import protocol
from buildsvc.engines.gateway.protocol import GatewayAnswer, Request
from buildsvc.engines.health import Probe
from buildsvc.engines.registry import Ask, RegistryReply

ATTEMPTS = 3
BACK_WITHIN = 15.0
"""Seconds that a gateway which ended may take to be back: the engine starts it again in 2 to 7."""
NOTICED_WITHIN = 2.0
"""Seconds in which the engine has seen that a container's program ended."""

_Answer = TypeVar("_Answer")


def uid_gid(user: str) -> tuple[int, int]:
    """Read `10001:10001`. Gateways are ours, so their user is always two numbers."""
    uid, _, gid = user.partition(":")
    return int(uid), int(gid or uid)


def files(config: gateway.Gateway, user: str, suffix: str = "") -> bytes:
    """Return the tar that is unpacked at the container's root; `suffix` is put behind the configuration's name."""
    folder = gateway.HOME.strip("/")
    named = {
        f"{name}{suffix if name == gateway.CONFIGURATION else ''}": text for name, text in gateway.files(config).items()
    }
    return archive({f"{folder}/{name}": text for name, text in named.items()}, uid_gid(user))


class GatewayClient:
    """A running gateway, by its container's name, user and protocol version. No code connects to its address.

    To start a program in a container costs a tenth of a second, so a session stays open from the first request until
    `close`. A gateway whose image has no sessions, or that loses one, is asked by single programs. One that ends while
    it is asked is waited for and asked again: everything here may be said twice.
    """

    def __init__(self, client: EngineClient, name: str, user: str, version: int, since: str = "") -> None:
        self.client = client
        self.since = since
        """When it was started, as far as is known here; where that is unknown it is not waited for."""
        self.name = name
        self.user = user
        self.version = version
        self._session: Conversation | None = None
        self._talks = version >= protocol.SESSIONS

    def close(self) -> None:
        """End the session; the next request opens another one."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def started(self) -> str:
        """When its container was started last, as the engine says it; empty where it does not run."""
        found = self.client.inspect(self.name)
        return str(found["State"]["StartedAt"]) if found and found["State"]["Running"] else ""

    def _patiently(self, ask: Callable[[], _Answer]) -> _Answer:
        """Return what it answers; when it was away meanwhile, or is still, ask again, `BACK_WITHIN` seconds at most."""
        first, away = 0.0, False
        while True:
            try:
                return ask()
            except Unreachable:
                raise
            except Failure as failure:
                if not self.since:
                    raise
                now, moment = self.started(), time.monotonic()
                first, away = first or moment, away or now != self.since
                over = moment - first > (BACK_WITHIN if away else NOTICED_WITHIN)
                if over or failure.variant == "configuration" or self.client.inspect(self.name) is None:
                    raise
                self.since = now or self.since
            self.close()
            self._talks = self.version >= protocol.SESSIONS
            time.sleep(0.2)

    def runtime(self, *commands: str) -> str:
        """HAProxy's answer to one line of commands, which may be told twice. Raises Failure `gateway-failed`."""
        return self._patiently(lambda: self._runtime(commands))

    def _runtime(self, commands: tuple[str, ...]) -> str:
        needed = gateway.STATES_HEAD if gateway.STATES in commands else ""
        complaint = "gateway-complaint.runtime"
        said = self._said(protocol.runtime(*commands))
        if said is None:
            return self._alone((protocol.CLIENT, "runtime", *commands), needed, complaint)
        return self._taken(said, needed, complaint)

    def statistics(self) -> str:
        """Return all that it has counted. Opens no session for this alone, whose end would have every observer read the
        gateway's configuration again, and does not wait then for one that is away. Raises Failure `gateway-failed`.
        """
        if self._session is not None:
            return self.runtime(*gateway.COUNTED)
        argv = (protocol.CLIENT, "runtime", *gateway.COUNTED)
        return self._alone(argv, "", "gateway-complaint.counted")

    def look(self) -> str:
        """Return the host's memory and `show servers state`. Raises Failure `gateway-failed`."""
        return self._patiently(self._look)

    def _look(self) -> str:
        complaint = "gateway-complaint.state"
        memory, states = self._said(protocol.memory()), self._said(protocol.runtime(gateway.STATES))
        if memory is None or states is None:
            return self._alone(protocol.look_alone(), gateway.STATES_HEAD, complaint)
        return self._taken(memory, "", complaint) + self._taken(states, gateway.STATES_HEAD, complaint)

    def write(self, config: gateway.Gateway) -> None:
        """Put the configuration beside the one that was read, have it checked, rename it: never a half one.

        The session ends here, which tells an observer of the engine that another configuration may be there.
        """
        self._patiently(lambda: self._write(config))

    def _write(self, config: gateway.Gateway) -> None:
        said = self._said(protocol.configure(gateway.configuration(config)))
        if said is None:
            self.client.put(self.name, "/", files(config, self.user, ".new"))
            ran = self.client.run(self.name, protocol.INSTALL)
            said = GatewayAnswer(ran.output, ran.code)
        self.close()
        if said.code != 0:
            raise Failure("gateway-failed.configuration", name=self.name, answer=said.text.strip())

    def probe(
        self, address: str, probes: Sequence[Probe], *, last: str, seconds: int, pace: int, once: bool = False
    ) -> list[str]:
        """Answers (`CODE:EXIT`) to all probes, asked `pace` times a second, as soon as they differ from `last` or when
        the seconds are over. `once` opens no session for this alone, and does not wait for a gateway that is away.
        """
        if once:
            return self._probe(address, probes, last, seconds, pace, once=True)
        return self._patiently(lambda: self._probe(address, probes, last, seconds, pace))

    def _probe(
        self, address: str, probes: Sequence[Probe], last: str, seconds: int, pace: int, *, once: bool = False
    ) -> list[str]:
        urls = [f"http://{address}:{probe.port}{probe.path}" for probe in probes]
        said = None
        if self._session is not None or not once:
            said = self._said(protocol.probe(urls, last, seconds=seconds, pace=pace))
        if said is None:
            argv = [protocol.CLIENT, "poll", str(seconds), last, *urls]
            return self.client.first_line(self.name, argv).split()
        return said.text.split()

    def fetch(self, address: str, probe: Probe) -> str | None:
        """Return the first 64 KB of what stands there; None where the gateway's image cannot tell."""
        if self.version < protocol.FETCHES:
            return None
        said = self._said(protocol.fetch(f"http://{address}:{probe.port}{probe.path}"))
        return said.text if said else None

    def call(self, ask: Ask) -> RegistryReply:
        """Ask somebody else on the gateway's networks, from inside; by curl alone, which every gateway has. Status 0
        where nobody answers. Raises Failure.
        """
        environment = {protocol.ASKED: protocol.asked(ask)}
        ran = self.client.run(self.name, protocol.ASK_OTHERS, environment=environment)
        return protocol.told(ran.output)

    def hold(self, seconds: int, address: str, port: int) -> bool:
        """Whether a TCP connection stays open so long."""
        return self._patiently(lambda: self._hold(seconds, address, port))

    def _hold(self, seconds: int, address: str, port: int) -> bool:
        request = protocol.hold(seconds, address, port)
        said = self._said(request)
        text = self.client.first_line(self.name, [protocol.CLIENT, *request.words]) if said is None else said.text
        return text.strip() == "held"

    def _said(self, request: Request) -> GatewayAnswer | None:
        """Return the session's answer; None where there is no session to be had."""
        if not self._talks:
            return None
        try:
            if self._session is None:
                self._session = conversation.begin(self.client, self.name, protocol.SESSION)
            return self._session.ask(request)
        except (Conflict, Unreachable):
            # Everything here may be said twice. Single programs tell better what is wrong, if it is.
            self._talks = False
            self.close()
            return None

    def _taken(self, said: GatewayAnswer, needed: str, complaint: str) -> str:
        if said.code != 0 or needed not in said.text:
            raise self._failed(complaint, said.text)
        return said.text

    def _alone(self, argv: tuple[str, ...], needed: str, complaint: str) -> str:
        """Return an answer that came to its end and has what is needed. A busy engine now and then closes an exec's
        stream before the last of it was sent, with exit status 0; every command here can be given again, so it is.
        """
        for _ in range(ATTEMPTS):
            ran = self.client.run(self.name, protocol.alone(argv))
            answer, end, _ = ran.output.rpartition(protocol.END)
            if ran.code == 0 and end and needed in answer:
                return answer
            if ran.code != 0:
                break
        raise self._failed(complaint, ran.output)

    def _failed(self, complaint: str, text: str) -> Failure:
        return Failure("gateway-failed.silent", name=self.name, complaint=sentence(complaint), answer=text.strip())


def reach(client: EngineClient, application: str, component: str) -> GatewayClient:
    """Return the component's gateway, running; one that has ended is waited for. Raises Conflict `no-gateway`."""
    name = labels.gateway_name(application, component)
    until = time.monotonic() + BACK_WITHIN
    while (found := client.inspect(name)) is not None and not found["State"]["Running"] and time.monotonic() < until:
        time.sleep(0.2)
    if found is None or not found["State"]["Running"]:
        state = sentence("gateway-state.missing")
        if found is not None:
            state = sentence("gateway-state.is", status=found["State"]["Status"])
        raise Conflict("no-gateway", name=name, state=state)
    config = found["Config"]
    version = protocol.version_of(config.get("Labels"))
    return GatewayClient(client, name, str(config["User"]), version, str(found["State"]["StartedAt"]))
