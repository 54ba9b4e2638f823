"""The throttle: free attempts, growing waits, and a bound on memory."""

from buildsvc.doors.http.throttle import FREE_FAILURES, LONGEST_WAIT, REMEMBERED, Throttle


class Time:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_the_first_failures_cost_nothing() -> None:
    throttle = Throttle(Time())
    for _ in range(FREE_FAILURES - 1):
        throttle.failed("a")
    assert throttle.wait("a") == 0


def test_each_further_failure_doubles_the_wait_up_to_a_limit() -> None:
    throttle = Throttle(Time())
    waits = []
    for _ in range(FREE_FAILURES + 12):
        throttle.failed("a")
        waits.append(throttle.wait("a"))
    assert waits[FREE_FAILURES - 1 : FREE_FAILURES + 3] == [1, 2, 4, 8]
    assert waits[-1] == LONGEST_WAIT


def test_waiting_ends_with_time() -> None:
    time = Time()
    throttle = Throttle(time)
    for _ in range(FREE_FAILURES):
        throttle.failed("a")
    assert throttle.wait("a") == 1
    time.seconds += 1
    assert throttle.wait("a") == 0


def test_one_address_does_not_slow_another() -> None:
    throttle = Throttle(Time())
    for _ in range(FREE_FAILURES):
        throttle.failed("a")
    assert throttle.wait("b") == 0


def test_success_is_a_clean_slate() -> None:
    throttle = Throttle(Time())
    for _ in range(FREE_FAILURES):
        throttle.failed("a")
    throttle.succeeded("a")
    throttle.failed("a")
    assert throttle.wait("a") == 0


def test_many_addresses_are_not_remembered_for_ever() -> None:
    throttle = Throttle(Time())
    for _ in range(FREE_FAILURES):
        throttle.failed("first")
    for number in range(REMEMBERED):
        throttle.failed(str(number))
    assert throttle.wait("first") == 0
