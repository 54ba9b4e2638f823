"""From a recorded release to what an engine runs: command and environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildsvc.engines.base import RollOut
from buildsvc.usecases.deploy.rollouts import roll_out_of
from tests.workshops import Bench

COMPOSE = """\
name: shop
services:
  order:
    x-buildsvc: {{artifact: order-service, {settings}}}
    environment: {environment}
    mem_limit: 512m
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


def rolled_out(bench: Bench, settings: str, environment: str = "{A: b}") -> RollOut:
    bench.apply(COMPOSE.format(settings=settings, environment=environment))
    deployment = bench.live()
    return roll_out_of(bench.site, deployment, bench.ledger.release("shop", "order", 1))


def test_time_zone_and_language_reach_the_program_and_survive_the_ledger(bench: Bench) -> None:
    spec = rolled_out(bench, "timezone: Asia/Shanghai, locale: zh_CN")
    assert {"-Duser.timezone=Asia/Shanghai", "-Duser.language=zh", "-Duser.country=CN"} <= set(spec.command)
    assert "-Dfile.encoding=UTF-8" in spec.command
    assert spec.environment["TZ"] == "Asia/Shanghai"


def test_a_tz_in_the_environment_is_the_whole_choice(bench: Bench) -> None:
    spec = rolled_out(bench, "timezone: Asia/Shanghai", "{TZ: UTC}")
    assert spec.environment["TZ"] == "UTC"
    assert not [option for option in spec.command if option.startswith("-Duser.timezone")]


def test_what_java_opts_say_comes_after_and_so_wins(bench: Bench) -> None:
    command = rolled_out(bench, "locale: zh_CN", "{JAVA_OPTS: -Duser.language=en -Xmx200m}").command
    assert command.index("-Duser.language=zh") < command.index("-Duser.language=en")
    assert "-XX:MaxRAMPercentage=75.0" not in command


@pytest.mark.parametrize(
    ("environment", "ours"), [("{A: b}", True), ("{JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=40}", False)]
)
def test_a_heap_in_a_variable_that_java_reads_itself_wins_too(bench: Bench, environment: str, ours: bool) -> None:
    assert ("-XX:MaxRAMPercentage=75.0" in rolled_out(bench, "java: 17", environment).command) is ours


def test_the_release_records_the_version_of_its_java(bench: Bench) -> None:
    rolled_out(bench, "java: 17")
    built = bench.ledger.release("shop", "order", 1).build
    assert built.java_version == bench.site.bases.get(built.base).java_version != ""
