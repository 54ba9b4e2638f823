"""Asks for an instance's health by the gateway's client, and says why when there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from buildpacks.errors import Conflict, DeploymentFailed, NotFound
from buildpacks.sentences.values import sentence
from buildpacks.sentences.wording import Wording, said_of
from buildsvc.engines import health
from buildsvc.engines.base import Publish, RollOut
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.gateway_client import GatewayClient
from buildsvc.engines.docker.looking import Looking, sockets
from buildsvc.engines.gateway import main_port, routes
from buildsvc.engines.swap import Timing
from buildsvc.engines.two_places import Occupant
from buildsvc.model.events import HealthChosen
from buildsvc.model.shown_commands import shown_command

POLL = 2
"""Seconds of one question: how late the end of an instance, or a cancelling, is noticed."""
AT_ONCE = 100
"""Rounds a second where one question is to follow the answer to the one before."""
TAIL = 80
"""Lines of an instance that ended: a server's own frames alone are 50 of a stack trace, below what it says."""
DEFAULT_DEADLINE = 300.0


@dataclass
class Waiting:
    """One wait for one instance. `tried` remembers the last answer to each question, for the error."""

    client: EngineClient
    gateway: GatewayClient
    address: str
    spec: RollOut
    new: Occupant
    stopped: Callable[[], bool]
    publish: Publish
    timing: Timing
    tried: dict[str, str]
    began: float
    until: float
    ends: int = 0
    """How many times the instance has ended by now."""
    genuine: dict[health.Probe, bool] = field(default_factory=dict)
    """Of questions that were answered well: whether the answer was Spring Boot's health."""

    def until_healthy(self) -> None:
        """Return once it is healthy. Raises DeploymentFailed."""
        policy = health.choose(self.spec)
        if isinstance(policy, health.HttpPolicy):
            self.chosen(_get(policy.probe), Wording("health-reason.asked-for"))
            self.wait_for_one(policy.probe)
        elif isinstance(policy, health.CommandPolicy):
            self.chosen(shown_command(policy.check.test), Wording("health-reason.compose"))
            self.wait_for_command(policy)
        elif isinstance(policy, health.AlivePolicy):
            self.chosen(Wording("health.running", seconds=policy.seconds), Wording("health-reason.disabled"))
            self.stay_alive(policy.seconds)
        else:
            self.discover(policy)

    def chosen(self, policy: str, reason: str) -> None:
        told = HealthChosen(str(policy), str(reason), policy_said=said_of(policy), reason_said=said_of(reason))
        self.publish(told)

    def check(self) -> None:
        """Raise when the instance ended for good, the deadline is over, or somebody cancelled; one that may end is
        started again.
        """
        found = self.client.inspect(self.new.id)
        if found is None or not found["State"]["Running"]:
            self.ended(found["State"] if found else {})
        if self.stopped():
            raise DeploymentFailed("cancelled.waiting")
        if self.timing.now() >= self.until:
            raise self.too_late()

    def ended(self, state: Mapping[str, Any]) -> None:
        name, code = self.spec.component.name, state.get("ExitCode", "unknown")
        may = self.spec.component.jar.may_end if self.spec.component.jar else 0
        if state and self.ends < may:
            self.ends += 1
            self.publish(health.ended_as_it_may(name, code, self.ends, may))
            self.client.start(self.new.id)
            return
        raise DeploymentFailed(
            "instance-ended",
            component=name,
            exit=code,
            times=self.ends + 1 if self.ends else 0,
            killed=bool(state.get("OOMKilled")),
            log_tail=self.client.tail(self.new.id, TAIL),
        )

    def too_late(self) -> DeploymentFailed:
        tried = [sentence("health.tried", asked=asked, answer=answer) for asked, answer in self.tried.items()]
        told = Wording("health.all-tried", tried=tried) if tried else Wording("health.nothing-tried")
        why = health.why_not(main_port(self.spec.component), *self.sockets())
        limit = self.spec.component.jar.deadline if self.spec.component.jar else DEFAULT_DEADLINE
        return DeploymentFailed(
            "not-healthy",
            component=self.spec.component.name,
            limit=limit,
            why=why,
            tried=told,
            log_tail=self.client.tail(self.new.id, TAIL),
        )

    def poll(self, probes: Sequence[health.Probe], last: str) -> list[str]:
        """Answers to all probes: as soon as they differ from `last`, or after a while."""
        pace = health.pace(self.timing.now() - self.began)
        tokens = self.gateway.probe(self.address, probes, last=last, seconds=POLL, pace=pace)
        for probe, token in zip(probes, tokens, strict=False):
            self.tried[_get(probe)] = words(token)
        return tokens

    def wait_for_one(self, probe: health.Probe) -> None:
        tokens: list[str] = []
        looking = self.looking(main_port(self.spec.component), declared=True)
        while True:
            tokens = self.poll([probe], " ".join(tokens))
            if health.judge([probe], tokens).probe:
                return
            looking.others(closed=health.main_closed(probe.port, [probe], tokens))
            self.check()

    def looking(self, main: int, *, declared: bool) -> Looking:
        """Look into the instance from now on, while its main port stays closed."""
        carried = frozenset(route.port for route in routes(self.spec.component))
        asked = frozenset(probe.port for probe in health.discovery(self.spec).actuator)
        name = self.spec.component.name
        return Looking(main, declared, asked, carried, name, self.sockets, self.publish, self.timing.now)

    def wait_for_command(self, policy: health.CommandPolicy) -> None:
        named = health.discovery(self.spec)
        looking = self.looking(named.main, declared=True) if named.declared else None
        while True:
            try:
                ran = self.client.run(self.new.id, policy.check.test, limit=policy.check.timeout)
            except (Conflict, NotFound):
                self.check()
                continue
            if ran.code == 0:
                return
            self.tried[shown_command(policy.check.test)] = Wording("health.exit-code", code=ran.code)
            if looking:
                looking.others(closed=True)
            self.check()
            self.timing.sleep(min(policy.check.interval, 0.5))

    def stay_alive(self, seconds: float) -> None:
        over, ends = self.timing.now() + seconds, self.ends
        while self.timing.now() < over:
            self.check()
            if self.ends != ends:
                over, ends = self.timing.now() + seconds, self.ends
            self.timing.sleep(0.25)

    def discover(self, policy: health.Discovery) -> None:
        tokens: list[str] = []
        late_since: float | None = None
        probes = policy.actuator
        looking = self.looking(policy.main, declared=policy.declared)
        while probes:
            tokens = self.poll(probes, " ".join(tokens))
            believed = self.believed(probes, tokens)
            if believed != probes:
                probes, tokens = believed, []
                continue
            verdict = health.judge(probes, tokens)
            closed = health.main_closed(policy.main, probes, tokens)
            # Requests will go to the main port: health on another one says nothing as long as that is closed.
            late = verdict.late or (verdict.probe is not None and closed)
            if late and late_since is None:
                late_since = self.timing.now()
            patient = late and (
                (closed and policy.declared) or self.timing.now() - (late_since or 0.0) < health.PORT_GRACE
            )
            if verdict.probe and not patient:
                self.chosen(_get(verdict.probe), Wording("health-reason.actuator"))
                return
            found = looking.others(closed=closed)
            if found and not verdict.probe:
                self.discover(policy.on(found))
                return
            if not verdict.wait and not patient:
                break
            self.check()
            if patient:
                self.timing.sleep(0.25)
        self.ask_root(policy)

    def believed(self, probes: tuple[health.Probe, ...], tokens: Sequence[str]) -> tuple[health.Probe, ...]:
        """Leave out the questions that are answered well, but not by Spring Boot: a page that stands at every path."""
        answered = [
            p for p, token in zip(probes, tokens, strict=False) if health.read(token) is health.HealthAnswer.GOOD
        ]
        for probe in answered:
            if probe not in self.genuine:
                body = self.gateway.fetch(self.address, probe)
                self.genuine[probe] = body is None or health.is_actuators(body)
        return tuple(probe for probe in probes if self.genuine.get(probe, True))

    def ask_root(self, policy: health.Discovery) -> None:
        """`GET /` below 500 twice in a row on one port; where the main one speaks no HTTP and no other does, TCP."""
        before: list[str] = []
        began = self.timing.now()
        probes = (*policy.roots, *policy.others)
        while True:
            tokens = self.poll(probes, "")
            for probe, old, new in zip(probes, before, tokens, strict=False):
                if health.root_answers(old) and health.root_answers(new):
                    self.chosen(_get(probe), Wording("health-reason.root"))
                    return
            mute = [health.read(token) is health.HealthAnswer.MUTE for token in tokens]
            # Another port may open a little later, and speak HTTP.
            waited = len(probes) == 1 or self.timing.now() - began >= health.PORT_GRACE
            if mute and (all(mute) or (mute[0] and waited)):
                self.hold(policy)
                return
            self.check()
            if not any(health.root_answers(token) for token in tokens):
                self.timing.sleep(0.25)
            before = tokens

    def hold(self, policy: health.Discovery) -> None:
        port = policy.roots[0].port
        while True:
            held = self.gateway.hold(health.HELD, self.address, port)
            self.check()
            if held:
                self.chosen(Wording("health.held", port=port, seconds=health.HELD), Wording("health-reason.no-http"))
                return
            self.tried[Wording("health.tcp", port=port)] = Wording("health.closed-at-once")
            self.timing.sleep(0.25)

    def sockets(self) -> tuple[frozenset[int], frozenset[int]]:
        return sockets(self.client, self.new.id)


def _get(probe: health.Probe) -> str:
    return Wording("health.get", path=probe.path, port=probe.port)


def words(token: str) -> str:
    """`CODE:EXIT` for a reader."""
    answer = health.read(token)
    if answer is health.HealthAnswer.CLOSED:
        return Wording("health.port-closed")
    if answer is health.HealthAnswer.MUTE:
        return Wording("health.no-http")
    code = token.partition(":")[0]
    return Wording("health.no-answer") if code == "000" else code


def look(client: EngineClient, gateway: GatewayClient, address: str, spec: RollOut, instance: str) -> str | None:
    """One look at a live instance: why it fails, or None."""
    policy = health.choose(spec)
    if isinstance(policy, health.AlivePolicy):
        return None
    if isinstance(policy, health.CommandPolicy):
        ran = client.run(instance, policy.check.test, limit=policy.check.timeout)
        return (
            None
            if ran.code == 0
            else Wording("health.command-ended", test=shown_command(policy.check.test), code=ran.code)
        )
    reason, closed = _asked(gateway, address, policy)
    if closed and isinstance(policy, health.Discovery) and not policy.declared:
        outside, _ = sockets(client, instance)
        if outside:
            return _asked(gateway, address, policy.on(sorted(outside)))[0]
    return reason


def _asked(
    gateway: GatewayClient, address: str, policy: health.HttpPolicy | health.Discovery
) -> tuple[str | None, bool]:
    """Why it fails, or None; and whether every port is closed."""
    probes = (policy.probe,) if isinstance(policy, health.HttpPolicy) else (*policy.actuator, *policy.roots)
    tokens = gateway.probe(address, probes, last="", seconds=1, pace=health.PACE, once=True)
    asked = len(probes) if isinstance(policy, health.HttpPolicy) else len(policy.actuator)
    verdict = health.judge(probes[:asked], tokens[:asked])
    if verdict.probe:
        return None, False
    roots = tokens[asked:]
    if not verdict.wait and any(health.root_answers(t) or health.read(t) is health.HealthAnswer.MUTE for t in roots):
        return None, False
    closed = all(health.read(token) is health.HealthAnswer.CLOSED for token in tokens)
    told = [sentence("health.tried", asked=_get(p), answer=words(t)) for p, t in zip(probes, tokens, strict=False)]
    return Wording("health.all-tried", tried=told), closed
