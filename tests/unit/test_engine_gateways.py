"""What a gateway's container answers is taken only when it is whole, and it is asked in the way that it understands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from buildpacks.errors import Conflict, Failure, Unreachable
from buildsvc.engines.docker import conversation
from buildsvc.engines.docker.engine_client import EngineClient, Ran
from buildsvc.engines.docker.gateway_client import ATTEMPTS, GatewayClient
from buildsvc.engines.gateway import STATES, STATES_HEAD
from buildsvc.engines.gateway.protocol import END, GatewayAnswer, Request
from buildsvc.engines.health import Probe

WHOLE = f"MemAvailable: 1 kB\n1\n{STATES_HEAD} be_name\n2 p8080\n{END}\n"


class Container:
    """Answers each run with the next of these; the last one for ever."""

    def __init__(self, *answers: Ran) -> None:
        self.answers = list(answers)
        self.ran: list[Sequence[str]] = []

    def run(self, _container: str, argv: Sequence[str]) -> Ran:
        self.ran.append(argv)
        return self.answers[min(len(self.ran), len(self.answers)) - 1]


def first(container: Container) -> GatewayClient:
    """A gateway of protocol version 1."""
    return GatewayClient(cast("EngineClient", container), "shop-gateway", "10001:10001", 1)


@pytest.mark.parametrize("lost", ["", WHOLE.partition(STATES_HEAD)[0], WHOLE.partition(END)[0], f"1\n{END}\n"])
def test_an_answer_that_was_cut_off_is_asked_for_again(lost: str) -> None:
    container = Container(Ran(0, lost), Ran(0, WHOLE))
    assert first(container).look() == WHOLE.partition(END)[0]
    assert len(container.ran) == 2


def test_an_answer_that_never_comes_is_a_failure_that_says_so() -> None:
    container = Container(Ran(0, ""))
    with pytest.raises(Failure, match="it answers nothing") as caught:
        first(container).runtime(STATES)
    assert caught.value.code == "gateway-failed"
    assert len(container.ran) == ATTEMPTS


def test_a_command_that_fails_is_not_given_again() -> None:
    container = Container(Ran(1, "socat: connection refused"))
    with pytest.raises(Failure, match="connection refused"):
        first(container).runtime("show stat")
    assert len(container.ran) == 1


def test_commands_without_an_answer_are_done_when_the_end_came() -> None:
    assert first(Container(Ran(0, f"\n{END}\n"))).runtime("set server p8080/blue state ready") == "\n"


class Talk:
    """A session that answers with these, and is over after them."""

    def __init__(self, *answers: GatewayAnswer) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []
        self.closed = 0

    def ask(self, request: Request) -> GatewayAnswer:
        self.asked.append(request)
        if not self.answers:
            raise Unreachable("session-over", "It is over.")
        return self.answers.pop(0)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Talk]:
    """Sessions to be had, in this order; asked for one more the engine refuses."""
    sessions: list[Talk] = []

    def begin(*_: object) -> Talk:
        if not sessions:
            raise Conflict("engine-conflict", "The container does not run.")
        return sessions.pop(0)

    monkeypatch.setattr(conversation, "begin", begin)
    return sessions


def second(container: Container) -> GatewayClient:
    """A gateway of protocol version 2."""
    return GatewayClient(cast("EngineClient", container), "shop-gateway", "10001:10001", 2)


def test_all_requests_go_over_one_session(begun: list[Talk]) -> None:
    talk = Talk(*(GatewayAnswer(f"{STATES_HEAD} {number}\n", 0) for number in range(4)))
    begun.append(talk)
    container = Container(Ran(1, "no program is to be run"))
    gateway = second(container)
    gateway.look()
    assert gateway.runtime(STATES) == f"{STATES_HEAD} 2\n"
    assert gateway.probe("10.0.0.2", [Probe(8080, "/")], last="", seconds=1, pace=20, once=True) == ["#", "be_id", "3"]
    gateway.close()
    assert (len(talk.asked), talk.closed, container.ran) == (4, 1, [])


def test_a_first_version_s_gateway_is_never_asked_for_a_session(begun: list[Talk]) -> None:
    talk = Talk(GatewayAnswer("", 0))
    begun.append(talk)
    assert first(Container(Ran(0, WHOLE))).look()
    assert talk.asked == []


def test_a_lost_session_s_request_is_made_by_a_program_instead(begun: list[Talk]) -> None:
    talk = Talk(GatewayAnswer("", 0))
    begun.append(talk)
    container = Container(Ran(0, WHOLE))
    gateway = second(container)
    gateway.runtime("set server p8080/blue state ready")
    assert STATES_HEAD in gateway.runtime(STATES)
    assert (talk.closed, len(container.ran)) == (1, 1)


def test_where_no_session_is_to_be_had_programs_do(begun: list[Talk]) -> None:
    assert begun == []
    assert second(Container(Ran(0, WHOLE))).look()


def test_a_command_that_fails_in_a_session_fails(begun: list[Talk]) -> None:
    begun.append(Talk(GatewayAnswer("socat: connection refused", 1)))
    container = Container(Ran(0, WHOLE))
    with pytest.raises(Failure, match="connection refused"):
        second(container).runtime("show stat")
    assert container.ran == []


class Restarted(Container):
    """Its program ends at the first request, and is back after `away` looks at it."""

    def __init__(self, away: int, *answers: Ran) -> None:
        super().__init__(*answers)
        self.away = away

    def inspect(self, _container: str) -> dict[str, dict[str, object]]:
        if self.ran and self.away:
            self.away -= 1
            return {"State": {"Running": False, "StartedAt": "at first"}}
        return {"State": {"Running": True, "StartedAt": "again" if self.ran else "at first"}}


def test_a_gateway_that_was_started_again_meanwhile_is_asked_again() -> None:
    container = Restarted(1, Ran(128, "OCI runtime exec failed"), Ran(1, "no socket yet"), Ran(0, WHOLE))
    gateway = GatewayClient(cast("EngineClient", container), "shop-gateway", "10001:10001", 1, "at first")
    assert STATES_HEAD in gateway.runtime(STATES)
    assert len(container.ran) == 3
