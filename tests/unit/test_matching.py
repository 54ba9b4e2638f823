"""Whose jar is it?"""

from __future__ import annotations

import time
from typing import Any

import pytest

from buildpacks.analysis import Analysis, ClassStats
from buildpacks.errors import Refused
from buildsvc.model.artifact import Identity
from buildsvc.model.configuration import configuration_hints, literal_values
from buildsvc.model.identity import filename_stem, identity
from buildsvc.usecases.receive.whose import Match, match


def analysis(
    configuration: dict[str, bytes] | None = None,
    *,
    filename: str = "app.jar",
    manifest: dict[str, str] | None = None,
    maven: Any = None,
) -> Analysis:
    return Analysis(
        path="/x",
        filename=filename,
        sha256="0" * 64,
        size=1,
        members=(),
        manifest=manifest or {},
        classes=ClassStats(0, None),
        main_class_major=None,
        libraries=(),
        natives=(),
        configuration={f"BOOT-INF/classes/{k}": v for k, v in (configuration or {}).items()},
        maven=maven,
        layers_index=None,
        classpath_index=None,
        newest_mtime=0,
    )


def spring_name(**files: bytes) -> str | None:
    return identity(analysis({k.replace("_", "."): v for k, v in files.items()})).spring_name


@pytest.mark.parametrize(
    "text",
    [
        b"spring:\n  application:\n    name: order\n",
        b"spring.application.name: order\n",
        b"spring.application:\n  name: 'order'\n",
        b"\xef\xbb\xbfspring: {application: {name: order}}\n",
        b"# \xe8\xae\xa2\xe5\x8d\x95\nspring:\n  Application:\n    NAME: order\n",
        b"spring:\n  profiles: dev\n  application:\n    name: wrong\n---\nspring.application.name: order\n",
        b"spring.config.activate.on-profile: dev\nspring.application.name: no\n---\nspring.application.name: order\n",
        b"spring.application.name: order\n---\nspring:\n  config.activate.onProfile: [a]\n  application.name: wrong\n",
        b"spring.application.name: order\n---\nbroken: @project.version@\n",
    ],
)
def test_the_name_is_read_from_yaml(text: bytes) -> None:
    assert spring_name(application_yml=text) == "order"
    assert spring_name(application_yaml=text) == "order"


@pytest.mark.parametrize(
    "text",
    [
        b"spring.application.name=order\n",
        b"# spring.application.name=no\r\nspring.application.name : order\r\n",
        b"spring.application.name order",
        b"spring.application.\\\n   name = order",
        b"spring.application.name=\\u006frder",
        b"a=1\n#---\nspring.config.activate.on-profile=x\nspring.application.name=no\n#---\nspring.application.name=order",
        b"spring.applicationName.x=1\nspring.application.name=order\n",
    ],
)
def test_the_name_is_read_from_properties(text: bytes) -> None:
    assert spring_name(application_properties=text) == "order"


@pytest.mark.parametrize(
    "text",
    [
        b"spring.application.name: ${APP_NAME:order}\n",
        b"spring.application.name: '@project.artifactId@'\n",
        b"spring.application.name:\n",
        b"spring:\n  profiles: dev\n  application:\n    name: order\n",
        b"\tnot yaml: [",
        b"- a\n",
        b"",
        b"a: &a [*a]\n",
    ],
)
def test_a_name_that_is_not_literal_is_unknown(text: bytes) -> None:
    assert spring_name(application_yml=text) is None


@pytest.mark.parametrize("first", ["[1, 1, 1, 1, 1, 1, 1, 1, 1]", "[]"])
def test_aliases_that_multiply_are_not_followed(first: str) -> None:
    lines = [f"a0: &a0 {first}", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))]
    began = time.process_time()
    raw = "server.port: 81\n---\n" + "\n".join(lines)
    assert literal_values(analysis({"application.yml": raw.encode()})) == {"server.port": "81"}
    assert time.process_time() - began < 1


def test_bootstrap_goes_before_application_and_profile_files_are_not_read() -> None:
    name = b"spring.application.name="
    assert spring_name(bootstrap_properties=name + b"boot", application_properties=name + b"app") == "boot"
    found = identity(
        analysis({"application-dev.properties": name + b"dev", "banner.yml": b"spring.application.name: b"})
    )
    assert found.spring_name is None


def test_properties_in_another_encoding_are_still_read() -> None:
    assert spring_name(application_properties="x=é\nspring.application.name=order".encode("latin-1")) == "order"


def test_every_part_of_an_identity_is_read() -> None:
    found = identity(
        analysis(
            {"application.yml": b"spring.application.name: one"},
            filename="four-1.0.jar",
            manifest={"Implementation-Title": "three"},
            maven=("g", "two", "1.0"),
        )
    )
    assert found == Identity("one", "two", "three", "four")
    assert identity(analysis(manifest={"Implementation-Title": "${title}"})) == Identity(filename_stem="app")


@pytest.mark.parametrize(
    ("filename", "stem"),
    [
        ("order-service-1.2.3-SNAPSHOT-exec.jar", "order-service"),
        ("order-service-1.2.3.RELEASE.jar", "order-service"),
        ("order-service.jar", "order-service"),
        ("order-service-exec.jar", "order-service"),
        ("order_v2.war", "order"),
        ("order##2.war", "order"),
        ("order##003-beta.war", "order"),
        ("##.war", "##"),
        ("order-20240517.103000-7.jar", "order"),
        ("order-2.0.0-rc.1 (2).jar", "order"),
        ("zipkin-server-3.4.2-exec.jar", "zipkin-server"),
        ("my-app.jar", "my-app"),
        ("s3-proxy-1.0.JAR", "s3-proxy"),
        ("C:\\up\\order-1.jar", "order"),
        ("订单服务-1.0.jar", "订单服务"),
        ("1.jar", "1"),
        (".jar", None),
    ],
)
def test_the_stem_of_a_file_name_has_no_version(filename: str, stem: str) -> None:
    assert filename_stem(filename) == stem


NEW = {("shop", "order"): ("order-service", None), ("shop", "stock"): ("stock", None)}


@pytest.mark.parametrize(
    ("said", "by"),
    [
        (Identity(spring_name="Order-Service", artifact_id="stock"), "spring.application.name Order-Service"),
        (Identity(spring_name="other", artifact_id="order-service", title="stock"), "artifactId order-service"),
        (Identity(title="order-service", filename_stem="stock"), "Implementation-Title order-service"),
        (Identity(filename_stem="order-service"), "the file name order-service"),
    ],
)
def test_the_first_name_that_fits_decides(said: Any, by: str) -> None:
    assert match(said, NEW) == Match("shop", "order", by)


def test_what_a_component_last_accepted_goes_before_its_name() -> None:
    candidates = {("shop", "order"): ("order", Identity("billing")), ("shop", "billing"): ("billing", None)}
    assert match(Identity("billing"), candidates).component == "order"


def test_a_part_is_known_by_the_strongest_that_both_say_and_only_where_nothing_else_fits() -> None:
    accepted = Identity("till", "the-till", filename_stem="app")
    candidates = {("shop", "order"): ("order", accepted), ("shop", "stock"): ("stock", Identity(filename_stem="app"))}
    said = Identity(artifact_id="The-Till", filename_stem="x")
    assert match(said, candidates, part=True) == Match("shop", "order", "the jar that it last accepted")
    with pytest.raises(Refused):
        match(said, candidates)
    with pytest.raises(Refused):
        match(Identity(artifact_id="other", filename_stem="y"), candidates, part=True)
    assert match(Identity(artifact_id="stock"), candidates, part=True).component == "stock"


def test_a_weak_part_of_what_was_accepted_does_not_outvote_a_strong_one() -> None:
    accepted = Identity("order", filename_stem="app")
    candidates = {("shop", "order"): ("order", accepted), ("shop", "stock"): ("stock", None)}
    assert match(Identity("stock", filename_stem="app"), candidates).component == "stock"
    assert match(Identity("order", title="new", filename_stem="other"), candidates).component == "order"
    bare = {("shop", "order"): ("order", Identity(filename_stem="app")), ("shop", "stock"): ("stock", None)}
    assert match(Identity("stock", filename_stem="app"), bare).component == "stock"
    assert match(Identity(filename_stem="app"), bare).component == "order"


def test_two_candidates_are_refused_and_both_named() -> None:
    candidates = {("shop", "order"): ("order", None), ("mall", "order"): ("order", None)}
    with pytest.raises(Refused, match="mall/order and shop/order") as caught:
        match(Identity("order"), candidates)
    assert caught.value.code == "ambiguous-artifact"
    assert "--component" in caught.value.hint


def test_a_jar_that_fits_nothing_is_refused_with_what_it_says_and_what_there_is() -> None:
    with pytest.raises(Refused, match=r"spring.application.name pay, the file name app") as caught:
        match(Identity("pay", filename_stem="app"), NEW)
    assert caught.value.code == "unmatched-artifact"
    assert "shop/order, shop/stock" in caught.value.hint
    with pytest.raises(Refused, match="nothing of itself") as caught:
        match(Identity(), {})
    assert "buildsvc apply" in caught.value.hint


def test_hints_are_the_literal_ports_and_paths() -> None:
    text = b"""
server: {port: 8081, servlet: {contextPath: /shop}}
management:
  server.port: ${MANAGEMENT_PORT:9000}
  endpoints.web.base-path: /manage
spring.webflux.base-path: /flux
other: 1
"""
    assert configuration_hints(analysis({"application.yml": text})) == {
        "server.port": "8081",
        "server.servlet.context-path": "/shop",
        "management.endpoints.web.base-path": "/manage",
        "spring.webflux.base-path": "/flux",
    }


def test_the_names_of_spring_boot_1_are_understood() -> None:
    text = b"server.context-path=/old\nmanagement.port=9001\n"
    assert configuration_hints(analysis({"application.properties": text})) == {
        "server.servlet.context-path": "/old",
        "management.server.port": "9001",
    }


@pytest.mark.parametrize("value", ["\\u001b[2J", "\\ud800"])
def test_a_name_that_cannot_be_kept_or_shown_counts_as_unknown(value: str) -> None:
    assert spring_name(application_properties=f"spring.application.name={value}\n".encode()) is None
    assert spring_name(application_yml=f'spring.application.name: "{value}"\n'.encode()) is None
