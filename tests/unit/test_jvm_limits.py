"""What a JVM is told of its container's limits."""

from __future__ import annotations

import pytest

from buildpacks.java.jvm_limits import HEAP_SHARE, SERIAL, ContainerLimits, limits_options, sees_limits

HALF, FOUR = 512 << 20, 4 << 30


@pytest.mark.parametrize(
    ("java", "sees"),
    [
        ("1.8.0_362", False),
        ("1.8.0_372", True),
        ("1.8.0_504", True),
        ("1.8.0", False),
        ("8u362", False),
        ("8u504", True),
        ("11.0.15", False),
        ("11.0.15.1", False),
        ("11.0.16", True),
        ("11.0.32.1", True),
        ("11", False),
        ("14.0.2", False),
        ("15", True),
        ("17.0.15", True),
        ("25", True),
        ("", True),
    ],
)
def test_which_versions_see_the_limits_of_their_container(java: str, sees: bool) -> None:
    assert sees_limits(java) is sees


def test_a_jvm_that_sees_its_limits_gets_a_share_as_heap_and_chooses_the_rest_itself() -> None:
    assert limits_options(ContainerLimits(HALF, 1.0, "17.0.15"), ()) == (HEAP_SHARE,)
    assert limits_options(ContainerLimits(HALF), ()) == (HEAP_SHARE,)


def test_without_a_memory_limit_the_heap_is_the_machine_s_own_choice() -> None:
    assert limits_options(ContainerLimits(None, 1.0, "17.0.15"), ()) == ()
    assert limits_options(ContainerLimits(None, None, "1.8.0_292"), ()) == ()


def test_a_jvm_that_does_not_see_them_is_told_heap_collector_and_processors() -> None:
    told = limits_options(ContainerLimits(HALF, 1.5, "1.8.0_292"), ())
    assert told == ("-Xmx384m", SERIAL, "-XX:ActiveProcessorCount=2")
    assert limits_options(ContainerLimits(FOUR, None, "11.0.11"), ()) == ("-Xmx3072m",)


def test_a_jvm_that_knows_no_percentage_gets_no_option_that_it_does_not_know() -> None:
    assert limits_options(ContainerLimits(HALF, 1.0, "1.8.0_181"), ()) == ("-Xmx384m", SERIAL)


@pytest.mark.parametrize("chosen", ["-Xmx256m", "-XX:MaxRAMPercentage=50", "-XX:MaxHeapSize=1g"])
def test_a_heap_that_someone_chose_wins(chosen: str) -> None:
    assert limits_options(ContainerLimits(HALF, None, "17.0.15"), (chosen,)) == ()
    assert limits_options(ContainerLimits(HALF, None, "17.0.15", (f"-Da=b {chosen}",)), ()) == ()


def test_a_collector_that_someone_chose_wins_wherever_it_stands_because_two_do_not_start() -> None:
    assert SERIAL not in limits_options(ContainerLimits(HALF, None, "1.8.0_292"), ("-XX:+UseG1GC",))
    assert SERIAL not in limits_options(ContainerLimits(HALF, None, "1.8.0_292", ("-Da=b -XX:+UseParallelGC",)), ())
    assert SERIAL in limits_options(ContainerLimits(HALF, None, "1.8.0_292"), ("-XX:+UseStringDeduplication",))
