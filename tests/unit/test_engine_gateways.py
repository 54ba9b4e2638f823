"""What a gateway's container answers is taken only when it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from buildpacks.errors import Failure
from buildsvc.engines.docker.engine_client import EngineClient, Ran
from buildsvc.engines.docker.gateways import ATTEMPTS, END, STATES, STATES_HEAD, Door

WHOLE = f"MemAvailable: 1 kB\n1\n{STATES_HEAD} be_name\n2 p8080\n{END}\n"


class Container:
    """Answers each run with the next of these; the last one for ever."""

    def __init__(self, *answers: Ran) -> None:
        self.answers = list(answers)
        self.ran: list[Sequence[str]] = []

    def run(self, _container: str, argv: Sequence[str]) -> Ran:
        self.ran.append(argv)
        return self.answers[min(len(self.ran), len(self.answers)) - 1]


def door(container: Container) -> Door:
    return Door(cast("EngineClient", container), "shop-gateway", "10001:10001")


@pytest.mark.parametrize("lost", ["", WHOLE.partition(STATES_HEAD)[0], WHOLE.partition(END)[0], f"1\n{END}\n"])
def test_an_answer_that_was_cut_off_is_asked_for_again(lost: str) -> None:
    container = Container(Ran(0, lost), Ran(0, WHOLE))
    assert door(container).look() == WHOLE.partition(END)[0]
    assert len(container.ran) == 2


def test_an_answer_that_never_comes_is_a_failure_that_says_so() -> None:
    container = Container(Ran(0, ""))
    with pytest.raises(Failure, match="it answers nothing") as caught:
        door(container).runtime(STATES)
    assert caught.value.code == "gateway-failed"
    assert len(container.ran) == ATTEMPTS


def test_a_command_that_fails_is_not_given_again() -> None:
    container = Container(Ran(1, "socat: connection refused"))
    with pytest.raises(Failure, match="connection refused"):
        door(container).runtime("show stat")
    assert len(container.ran) == 1


def test_commands_without_an_answer_are_done_when_the_end_came() -> None:
    assert door(Container(Ran(0, f"\n{END}\n"))).runtime("set server p8080/blue state ready") == "\n"
