"""Names of machines that nobody has are found in environments and in jars' configuration, and no others."""

from __future__ import annotations

import pytest

from buildsvc.model.application import Application, Component, JarSettings, Network
from buildsvc.model.foreign_names import ForeignName, foreign_names
from buildsvc.model.site_parts import HostUse, Naming

ORDER = Component("order", jar=JarSettings("order-service"), networks=(("default", ("orders",)),))
DATABASE = Component("db", image="mysql:8", naming=Naming(container="shop-mysql"), networks=(("default", ()),))
NETWORKS = (Network("default", "shop_default"),)


def found(
    environment: dict[str, str], configured: dict[str, str] | None = None, order: Component = ORDER
) -> list[tuple[str, tuple[str, ...]]]:
    application = Application("shop", (order, DATABASE), NETWORKS)
    names = foreign_names(application, {"order": environment, "db": {}}, {"order": configured or {}}, ["gateway"])
    assert {one.component for one in names} <= {"order"}
    return [(one.name, one.places) for one in names]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SPRING_DATASOURCE_URL", "jdbc:mysql://yudao-mysql:3306/yudao?useSSL=false"),
        ("URL", "http://user:word@yudao-mysql:8848/nacos"),
        ("SERVERS", "db:3306, yudao-mysql:3306"),
        ("REDIS_HOST", "yudao-mysql"),
        ("MONGO", "mongodb://db:1,yudao-mysql:2/x"),
    ],
)
def test_a_name_that_nobody_has_is_found_with_its_place(key: str, value: str) -> None:
    assert found({key: value}) == [("yudao-mysql", (key,))]


def test_options_of_java_and_arguments_of_the_program_are_told_apart_and_win() -> None:
    configured = {"spring.redis.host": "ruoyi-redis", "spring.cloud.nacos.serveraddr": "ruoyi-nacos:8848"}
    started = Component("order", jar=ORDER.jar, command=("--spring.cloud.nacos.server-addr=other:8848",))
    options = {"JAVA_OPTS": "-Xmx1g -Dspring.redis.host=db -Dzipkin=http://yudao-zipkin:9411 -Da=b"}
    assert found(options, configured, started) == [
        ("yudao-zipkin", ("-Dzipkin",)),
        ("other", ("--spring.cloud.nacos.server-addr",)),
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("A", "jdbc:mysql://db:3306/x"),
        ("A", "http://shop-mysql:1"),
        ("A", "http://SHOP-MYSQL/"),
        ("A", "orders:80,shop-db-1:90"),
        ("A", "http://order-service/x"),
        ("A", "lb://anything"),
        ("A", "http://gateway"),
        ("DB_HOST", "localhost"),
        ("DB_HOST", "127.0.0.1"),
        ("DB_HOST", "db.example.org"),
        ("DB_HOST", "%"),
        ("A", "http://10.0.0.1:80"),
        ("A", "http://repo.example.org/x"),
        ("A", "12:30"),
        ("GREETING", "yudao-mysql"),
        ("TIME", "key:value"),
    ],
)
def test_a_name_that_somebody_has_and_what_is_none_are_left(key: str, value: str) -> None:
    assert found({key: value}) == []


def test_configuration_is_filled_in_from_the_environment_and_gives_way_to_it() -> None:
    configured = {
        "spring.datasource.url": "jdbc:mysql://${MYSQL_HOST:yudao-mysql}:3306/x",
        "spring.redis.host": "ruoyi-redis",
        "spring.cloud.nacos.config.serveraddr": "${spring.cloud.nacos.discovery.server-addr}",
        "spring.cloud.nacos.discovery.serveraddr": "ruoyi-nacos:8848",
        "unknown.host": "${NOWHERE}",
    }
    assert found({"SPRING_REDIS_HOST": "db"}, configured) == [
        ("yudao-mysql", ("spring.datasource.url",)),
        (
            "ruoyi-nacos",
            ("spring.cloud.nacos.config.serveraddr", "spring.cloud.nacos.discovery.serveraddr"),
        ),
    ]
    assert found({"MYSQL_HOST": "db"}, {"spring.datasource.url": configured["spring.datasource.url"]}) == []


def test_names_that_reach_one_component_alone_are_its_own() -> None:
    linked = Component(
        "order", jar=ORDER.jar, naming=Naming(links=(("db", "store"),)), extra_hosts=(("far", "1.2.3.4"),)
    )
    assert found({"A": "http://store:1", "B": "http://far:1", "C": "http://near:1"}, order=linked) == [("near", ("C",))]


def test_who_may_know_more_names_than_stand_in_the_file_is_not_judged() -> None:
    application = Application("shop", (ORDER,), (Network("default", "theirs", external=True),))
    assert foreign_names(application, {"order": {"A": "http://x:1"}}, {}) == ()
    hosted = Component("nacos", image="n", host=HostUse(network="host"))
    assert foreign_names(Application("shop", (hosted,)), {"nacos": {"A": "http://x:1"}}, {}) == ()
    plain = Component("nacos", image="n")
    told = foreign_names(Application("shop", (plain,)), {"nacos": {"A": "http://x:1"}}, {})
    assert told == (ForeignName("x", "nacos", ("A",)),)
