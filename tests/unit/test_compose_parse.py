"""A Compose file as a whole: the application, what is ours in it, and what is not supported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from buildpacks.errors import Refused
from buildsvc.compose import Source, parse
from buildsvc.model.application import (
    Component,
    HttpCheck,
    JarSettings,
    KeptPaused,
    Logging,
    Network,
)
from buildsvc.model.registration import RegistryWish
from tests.compose_files import jar, read, refusal, service


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def test_the_smallest_jar_component_has_all_the_defaults(shop: Path) -> None:
    parsed = read(shop, "services:\n  order:\n    x-buildsvc:\n")
    assert parsed.application.name == "shop"
    assert parsed.application.components == (
        Component("order", jar=JarSettings("order"), networks=(("default", ()),), restart="unless-stopped"),
    )
    assert parsed.application.networks == (Network("default", "shop_default"),)
    assert parsed.application.volumes == ()
    assert (parsed.secrets, parsed.contents, parsed.warnings) == ({}, {}, ())


def test_every_setting_of_x_buildsvc_is_read(shop: Path) -> None:
    text = """
services:
  order:
    x-buildsvc:
      artifact: order-service
      java: 17
      health: {path: /actuator/health, port: 8081}
      ports: [9090, 8080/http, "7070/tcp"]
      drain: 10s
      soak: 1m30s
      deadline: 10m
      strategy: stop-first
      layers: learned
      natives: require
      chown: true
      context: /shop
      timezone: Asia/Shanghai
      locale: zh-cn
      may_end: 1
      watch_errors: false
      warm: [/, "/api/orders?page=1"]
      registry: {kind: eureka, at: "http://eureka:8761/eureka", name: ORDER, lag: 40s}
"""
    assert read(shop, text).application.components[0].jar == JarSettings(
        artifact="order-service",
        java=17,
        health=HttpCheck("/actuator/health", 8081),
        ports=((9090, None), (8080, "http"), (7070, "tcp")),
        drain=10.0,
        soak=90.0,
        deadline=600.0,
        strategy="stop-first",
        layers="learned",
        natives="require",
        chown=True,
        context="/shop",
        timezone="Asia/Shanghai",
        locale="zh_CN",
        may_end=1,
        watch_errors=False,
        warm=("/", "/api/orders?page=1"),
        registry=RegistryWish("eureka", "http://eureka:8761/eureka", "ORDER", 40.0),
    )


def test_health_may_be_a_path_alone_and_ports_a_mapping(shop: Path) -> None:
    found = service(shop, "x-buildsvc: {health: /up, ports: {8080: http, 9090: }}", image="")
    assert found.jar == JarSettings("web", health=HttpCheck("/up"), ports=((8080, "http"), (9090, None)))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{soke: 1s}", "unknown-key"),
        ("{soak: 60}", "wrong-value"),
        ("{java: new}", "wrong-type"),
        ("{layers: finest}", "wrong-value"),
        ("{natives: requre}", "wrong-value"),
        ("{strategy: stopfirst}", "wrong-value"),
        ("{health: up}", "wrong-value"),
        ("{registry: consul}", "wrong-value"),
        ("{registry: {at: 'eureka:8761'}}", "wrong-value"),
        ("{registry: {server: x}}", "unknown-key"),
        ("{warm: up}", "wrong-value"),
        ("{warm: ['/a b']}", "wrong-value"),
        ("{warm: ['/a\"b']}", "wrong-value"),
        ("{warm: {path: /}}", "wrong-type"),
        ("{health: {port: 1}}", "missing-key"),
        ("{ports: [8080-8090]}", "port-range"),
        ("{ports: [53/udp]}", "udp-refused"),
        ("{chown: maybe}", "wrong-type"),
        ("{context: shop/}", "wrong-value"),
        ("{timezone: Asia/Shanghi}", "wrong-value"),
        ("{locale: chinese}", "wrong-value"),
        ("{may_end: -1}", "wrong-value"),
        ("{may_end: often}", "wrong-type"),
        ("[order]", "wrong-type"),
    ],
)
def test_a_wrong_setting_of_x_buildsvc_is_refused(shop: Path, written: str, code: str) -> None:
    assert refusal(shop, f"x-buildsvc: {written}", image="").code == code


@pytest.mark.parametrize("key", ["privileged: true"])
def test_what_has_no_place_in_a_jar_component_is_refused_with_a_hint(shop: Path, key: str) -> None:
    error = refusal(shop, key, image="x-buildsvc: {}")
    assert f"services.web.{key.partition(':')[0]}" in error.message
    assert error.hint


def test_a_service_without_image_and_without_x_buildsvc_is_refused(shop: Path) -> None:
    error = refusal(shop, "command: run", image="")
    assert "services.web has no image" in error.message
    assert "x-buildsvc" in error.hint


def test_the_rest_of_a_service_is_read(shop: Path) -> None:
    found = service(
        shop,
        """command: run --name "two words"
entrypoint: [/bin/tini, --]
labels: {team: a, n: 1}
user: "1000:1000"
logging: {driver: json-file, options: {max-size: 10m}}
ulimits: {nproc: 100, nofile: {soft: 10, hard: 20}}
extra_hosts: ["db:10.0.0.1", "me=host-gateway"]
hostname: h
working_dir: /w
stop_signal: SIGINT
stop_grace_period: 1m
init: true
read_only: true
cap_add: [NET_ADMIN]
cap_drop: [ALL]
privileged: true
shm_size: 64m
sysctls: {net.core.somaxconn: 1024}
expose: ["80", 81]""",
    )
    assert found == Component(
        "web",
        image="nginx:1",
        command=("run", "--name", "two words"),
        entrypoint=("/bin/tini", "--"),
        labels=(("n", "1"), ("team", "a")),
        user="1000:1000",
        logging=Logging("json-file", (("max-size", "10m"),)),
        ulimits=(("nofile", 10, 20), ("nproc", 100, 100)),
        extra_hosts=(("db", "10.0.0.1"), ("me", "host-gateway")),
        hostname="h",
        working_dir="/w",
        stop_signal="SIGINT",
        stop_grace_period=60.0,
        init=True,
        read_only=True,
        cap_add=("NET_ADMIN",),
        cap_drop=("ALL",),
        privileged=True,
        shm_size=64 * 1024**2,
        sysctls=(("net.core.somaxconn", "1024"),),
        expose=(80, 81),
        networks=(("default", ()),),
        restart="no",
    )


def test_command_of_a_jar_component_is_kept_as_the_programs_arguments(shop: Path) -> None:
    assert jar(shop, "command: --spring.profiles.active=prod --x").command == ("--spring.profiles.active=prod", "--x")


@pytest.mark.parametrize("key", ["gpus: all", "use_api_socket: true", "post_start: [{command: a}]"])
def test_a_key_of_compose_that_is_not_supported_is_refused_with_a_hint(shop: Path, key: str) -> None:
    error = refusal(shop, key)
    assert error.code == "unsupported-key"
    assert f"services.web.{key.partition(':')[0]} is not supported" in error.message
    assert error.hint


def test_labels_with_reserved_prefixes_are_refused(shop: Path) -> None:
    assert refusal(shop, "labels: {com.docker.compose.project: x}").code == "reserved-label"


@pytest.mark.parametrize(
    ("text", "project", "expected"),
    [
        ("name: billing\n", None, "billing"),
        ("name: billing\n", "other", "billing"),
        ("", "other", "other"),
        ("", None, "shop"),
        ("name: ${STAGE:-x}-y\n", None, "x-y"),
    ],
)
def test_the_application_is_named_by_the_file_then_the_caller_then_the_folder(
    shop: Path, text: str, project: str | None, expected: Any
) -> None:
    assert read(shop, text + "services: {a: {image: i}}\n", project=project).application.name == expected


def test_a_folders_name_is_normalised_as_compose_does(tmp_path: Path) -> None:
    folder = tmp_path / "_My Shop 2.0"
    folder.mkdir()
    assert read(folder, "services: {a: {image: i}}\n").application.name == "myshop20"


def test_a_folder_whose_name_gives_none_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "订单"
    folder.mkdir()
    with pytest.raises(Refused, match="订单") as caught:
        read(folder, "services: {a: {image: i}}\n")
    assert "name:" in caught.value.hint


@pytest.mark.parametrize("name", ["Shop", "-a", "a b"])
def test_a_bad_application_name_is_refused(shop: Path, name: str) -> None:
    with pytest.raises(Refused) as caught:
        read(shop, f"name: '{name}'\nservices: {{a: {{image: i}}}}\n")
    assert caught.value.code == "bad-name"


@pytest.mark.parametrize("text", ["name: a\n", "services: {}\n", "services:\n"])
def test_a_file_without_services_is_refused(shop: Path, text: str) -> None:
    with pytest.raises(Refused, match="no services"):
        read(shop, text)


def test_the_file_is_named_when_it_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"no\.yaml") as caught:
        parse(Source(tmp_path, "no.yaml"), tmp=tmp_path)
    assert caught.value.code == "no-compose-file"


def test_keep_is_a_time_to_run_on_or_to_stand_frozen(shop: Path) -> None:
    def kept(text: str) -> object:
        found = read(shop, f"services:\n  app:\n    x-buildsvc: {{keep: {text}}}\n").application.component("app")
        assert found is not None
        assert found.jar is not None
        return found.jar.keep

    assert kept("1h") == 3600.0
    assert kept("{paused: 1h}") == KeptPaused(3600.0)
    assert kept("{paused: 0s}") == KeptPaused(0.0)
    with pytest.raises(Refused, match=r"x-buildsvc\.keep\.pause "):
        kept("{pause: 1h}")
