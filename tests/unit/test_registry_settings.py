"""Where a program registers, as Spring would bind it: arguments, environment, configuration, placeholders."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.java import registry_clients
from buildsvc.model.registry_settings import RegistrySettings, registry_settings
from tests import forge

YAML = b"""\
host: eureka
spring:
  application: {name: order}
eureka:
  client:
    registry-fetch-interval-seconds: 5
    serviceUrl: {defaultZone: "http://${EUREKA_HOST:${host}}:8761/eureka/"}
    password: "${UNKNOWN}"
logging: {level: {root: info}}
"""


def test_what_a_jar_says_of_its_registry_is_kept_with_what_its_placeholders_name(tmp_path: Path) -> None:
    file = tmp_path / "order.jar"
    nothing = forge.archive({})
    libraries = {"eureka-client-2.0.3.jar": nothing, "spring-cloud-loadbalancer-4.1.4.jar": nothing}
    file.write_bytes(forge.boot_jar(libraries=libraries, resources={"application.yml": YAML}))
    analysis = analyse(file, file.name)
    assert registry_clients.clients(analysis) == ("eureka", "loadbalancer")
    kept = dict(registry_settings(analysis))
    assert set(kept) == {
        "host",
        "spring.application.name",
        "eureka.client.registryfetchintervalseconds",
        "eureka.client.serviceurl.defaultzone",
        "eureka.client.password",
    }
    told = RegistrySettings(kept, {})
    assert told.text("eureka.client.service-url.defaultZone") == "http://eureka:8761/eureka/"
    assert told.text("eureka.client.password") is None
    assert RegistrySettings(kept, {"EUREKA_HOST": "e2"}).text("eureka.client.service-url.defaultZone") == (
        "http://e2:8761/eureka/"
    )


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("spring-cloud-netflix-eureka-server-4.1.3.jar", "eureka-server"),
        ("eureka-core-2.0.3.jar", None),
        ("ribbon-loadbalancer-2.3.0.jar", "ribbon"),
        ("spring-cloud-starter-alibaba-nacos-discovery-2023.0.1.2.jar", "nacos"),
        ("nacos-discovery-spring-boot-starter-0.2.12.jar", "nacos"),
        ("nacos-client-2.3.2.jar", None),
        ("spring-cloud-netflix-eureka-client-4.1.3.jar", None),
    ],
)
def test_clients_are_told_by_their_libraries(tmp_path: Path, entry: str, found: str | None) -> None:
    file = tmp_path / "order.jar"
    file.write_bytes(forge.boot_jar(libraries={entry: forge.archive({})}))
    assert registry_clients.clients(analyse(file, file.name)) == ((found,) if found else ())


@pytest.mark.parametrize(
    ("environment", "argv"),
    [
        ({"EUREKA_CLIENT_SERVICEURL_DEFAULTZONE": "http://e/"}, ()),
        ({"EUREKA_CLIENT_SERVICE_URL_DEFAULTZONE": "http://e/"}, ()),
        ({"eureka.client.service-url.defaultZone": "http://e/"}, ()),
        ({"EUREKA_CLIENT_SERVICEURL_DEFAULTZONE": "http://f/"}, ("java", "-jar", "a.jar", "--eureka.client.serviceUrl.defaultZone=http://e/")),
        ({}, ("java", "-Deureka.client.service-url.defaultZone=http://e/", "-jar", "a.jar")),
    ],
)  # fmt: skip
def test_every_spelling_goes_before_the_jar_s_own(environment: dict[str, str], argv: tuple[str, ...]) -> None:
    own = {"eureka.client.serviceurl.defaultzone": "http://own/"}
    assert RegistrySettings(own, environment, argv).text("eureka.client.service-url.defaultZone") == "http://e/"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("35s", 35.0), ("500ms", 0.5), ("500", 0.5), ("PT1M5S", 65.0), ("2m", 120.0), ("soon", 9.0), ("", 9.0)],
)
def test_durations_are_read_as_spring_does(written: str, seconds: float) -> None:
    assert RegistrySettings({"ttl": written}, {}).seconds("ttl", 9.0) == seconds


def test_a_placeholder_that_names_itself_ends() -> None:
    assert RegistrySettings({"a": "${b}", "b": "${a}"}, {}).text("a") is None


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "own",
    [
        pytest.param({"spring.application.name": "$${y}{y}{y}", "y": "{y}{y}$$"}, id="ever again"),
        pytest.param(
            {"spring.application.name": "${a0}", **{f"a{n}": f"${{a{n + 1}}}" * 9 for n in range(8)}, "a8": "x"},
            id="nine times in each",
        ),
        pytest.param({"spring.application.name": "${a}", "a": "${b}", "b": "${a}"}, id="in a circle"),
    ],
)
def test_placeholders_that_a_stranger_made_to_be_slow_are_given_up(own: dict[str, str]) -> None:
    assert RegistrySettings(own, {}).text("spring.application.name") is None
