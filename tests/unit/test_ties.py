"""By which libraries a program holds something of others: known by coordinates, by file name, and by nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

from buildpacks.analysis import ClassStats, Library
from buildpacks.java import ties
from buildpacks.java.ties import Tie


def library(file: str, maven: tuple[str, str, str] | None = None) -> Library:
    return Library(f"BOOT-INF/lib/{file}", "0" * 64, 1, ClassStats(1, 61), maven)


def test_clients_are_known_by_coordinates_or_file_name_each_once() -> None:
    found = ties.among(
        (
            library("pool.jar", ("com.zaxxer", "HikariCP", "5.1.0")),
            library("kafka-clients-3.6.1.jar"),
            library("kafka-clients-3.7.0.jar"),
            library("eureka-client-1.10.17.jar"),
            library("quartz-2.3.2.jar"),
            library("druid.jar"),
        )
    )
    assert found == (
        Tie("HikariCP", "pool"),
        Tie("druid", "pool"),
        Tie("eureka-client", "registry"),
        Tie("kafka-clients", "broker"),
        Tie("quartz", "scheduler"),
    )


def test_what_only_sounds_like_one_is_none() -> None:
    names = ("quartz-spinner-1.0.jar", "my-kafka-clients-1.0.jar", "spring-web-6.1.jar", "druid-sql-9.jar")
    assert ties.among(map(library, names)) == ()
    assert ties.among((library("kafka-clients-3.6.1.jar", ("org.example", "renamed", "1")),)) == ()


def test_no_library_stands_twice_in_the_table() -> None:
    told = tomllib.loads((Path(ties.__file__).parent / "ties.toml").read_text(encoding="utf-8"))
    names = [name for each in told.values() for name in each]
    assert len(names) == len(set(names))
    assert set(told) == {"registry", "broker", "scheduler", "pool"}
