"""An instance whose main port stays closed is looked into, seldom, and its other ports are asked once they settled."""

from __future__ import annotations

from buildsvc.engines.docker.looking import Looking
from buildsvc.model.events import Warned
from tests.engine_site import Events

Ports = tuple[frozenset[int], frozenset[int]]


class World:
    """A clock and the sockets of an instance; `looks` counts."""

    def __init__(self, *, declared: bool = False) -> None:
        self.time, self.looks, self.events = 0.0, 0, Events()
        self.open: Ports = frozenset(), frozenset()
        known, carried = frozenset({9001}), frozenset({8080, 7070})
        self.looking = Looking(8080, declared, known, carried, "order", self.sockets, self.events, lambda: self.time)

    def sockets(self) -> Ports:
        self.looks += 1
        return self.open

    def after(self, seconds: float, *, closed: bool = True) -> tuple[int, ...]:
        self.time += seconds
        return self.looking.others(closed=closed)


def test_ports_that_stay_open_are_asked_where_nobody_named_one() -> None:
    world = World()
    world.after(0)
    world.open = frozenset({8443}), frozenset()
    assert world.after(2) == ()
    world.open = frozenset({8443, 9090}), frozenset()
    assert [world.after(2) for _ in range(3)] == [(), (), ()]
    assert world.after(2) == (8443, 9090)


def test_a_component_that_names_its_port_is_waited_for_there() -> None:
    world = World(declared=True)
    world.open = frozenset({9090}), frozenset()
    assert [world.after(2) for _ in range(10)] == [()] * 10


def test_a_look_costs_an_exec_and_is_taken_only_now_and_then_and_not_while_the_main_port_is_open() -> None:
    world = World()
    for _ in range(41):
        world.after(0.25)
    assert world.looks == 5
    world.after(10, closed=False)
    assert world.looks == 5


def test_a_main_port_on_localhost_is_told_of_once_and_early() -> None:
    world = World(declared=True)
    world.open = frozenset({9001}), frozenset({8080})
    for _ in range(5):
        world.after(2)
    (said,) = world.events.all
    assert isinstance(said, Warned)
    assert (said.code, said.message) == (
        "localhost-only",
        "Port 8080 of order is open on localhost only: nothing outside reaches it.",
    )


def test_another_port_than_the_named_one_is_told_of_once_within_seconds_of_its_opening() -> None:
    world = World(declared=True)
    world.after(30)
    world.open = frozenset({9999}), frozenset()
    assert not world.events.all
    for _ in range(5):
        world.after(2)
    (said,) = world.events.all
    assert isinstance(said, Warned)
    assert said.message == "order listens on port 9999, and requests go to its port 8080, which is closed."


def test_a_management_port_that_opens_first_is_not_told_of() -> None:
    world = World(declared=True)
    world.open = frozenset({9001}), frozenset()
    for _ in range(10):
        world.after(2)
    assert not world.events.all


def test_another_port_that_the_gateway_carries_is_told_of_when_the_main_one_stays_closed() -> None:
    world = World(declared=True)
    world.after(0)
    world.open = frozenset({7070}), frozenset()
    for _ in range(6):
        world.after(2)
    assert not world.events.all
    for _ in range(2):
        world.after(2)
    (said,) = world.events.all
    assert isinstance(said, Warned)
    assert said.message == "order listens on port 7070, and requests go to its port 8080, which is closed."


def test_a_main_port_that_opens_beside_another_one_is_nothing_to_tell() -> None:
    world = World(declared=True)
    world.open = frozenset({8080, 9999}), frozenset()
    for _ in range(10):
        world.after(2)
    assert not world.events.all
