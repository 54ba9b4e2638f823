"""Whether and how callers find a release past its gateway: by its jar, its environment, its callers, and the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildsvc.model.registration import Registration
from buildsvc.usecases.deploy.rollouts import roll_out_of
from tests import forge
from tests.workshops import Bench

COMPOSE = """\
name: shop
services:
  order:
    x-buildsvc: {{registry: {registry}}}
    environment: {environment}
  stock: {{x-buildsvc: {{}}}}
  registry: {{x-buildsvc: {{}}}}
"""
FAST = b"spring.cloud.loadbalancer.cache.ttl=2s\neureka.client.registry-fetch-interval-seconds=3\n"
AT = "http://registry:8761/eureka"
CLIENT = ("eureka-client-2.0.3.jar", "eureka-core-2.0.3.jar", "spring-cloud-loadbalancer-4.1.4.jar")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


def pushed(bench: Bench, component: str, libraries: tuple[str, ...], settings: bytes = b"") -> None:
    name = f"spring.application.name={component}\n".encode()
    data = forge.boot_jar(
        libraries=dict.fromkeys(libraries, forge.archive({})),
        resources={"application.properties": name + settings},
        maven=("demo", component, "1.0"),
    )
    accepted = bench.push(data=data, application="shop", component=component, filename=f"{component}.jar")
    bench.run(accepted)


def registration(
    bench: Bench, environment: str = "{}", registry: str = "auto", settings: bytes = FAST
) -> Registration | None:
    bench.apply(COMPOSE.format(environment=environment, registry=registry))
    pushed(bench, "order", CLIENT, settings + f"eureka.client.service-url.defaultZone={AT}\n".encode())
    deployment = next(one for one in bench.ledger.deployments("shop") if one.component == "order")
    release = bench.ledger.release("shop", "order", deployment.release or 0)
    return roll_out_of(bench.site, deployment, release).registration


def test_it_is_found_by_library_and_configuration_and_defaults_count_for_what_nobody_says(bench: Bench) -> None:
    assert registration(bench) == Registration("eureka", (AT,), "order", 1 + 30 + 3 + 2)


@pytest.mark.parametrize(
    ("environment", "own"),
    [("{}", "${spring.cloud.client.ip-address}:order:1"), ("{EUREKA_INSTANCE_INSTANCE_ID: mine}", None)],
)
def test_two_instances_have_two_ids_in_eureka_unless_somebody_chose_them(
    bench: Bench, environment: str, own: str | None
) -> None:
    registration(bench, environment)
    deployment = next(one for one in bench.ledger.deployments("shop") if one.component == "order")
    spec = roll_out_of(bench.site, deployment, bench.ledger.release("shop", "order", 1))
    assert spec.environment.get("EUREKA_INSTANCE_INSTANCEID") == own


def test_every_default_together_is_the_time_that_the_documentation_names(bench: Bench) -> None:
    found = registration(bench, settings=b"")
    assert found is not None
    assert found.lag == 96


def test_the_slowest_caller_and_the_server_of_the_application_decide_how_long(bench: Bench) -> None:
    bench.apply(COMPOSE.format(environment="{}", registry="auto"))
    server = ("spring-cloud-netflix-eureka-server-4.1.3.jar", *CLIENT)
    pushed(bench, "registry", server, b"eureka.server.response-cache-update-interval-ms=4000\n")
    pushed(bench, "stock", CLIENT, b"eureka.client.registry-fetch-interval-seconds=7\n")
    found = registration(bench)
    assert found is not None
    assert found.lag == 1 + 4 + 7 + 35


@pytest.mark.parametrize(
    "environment",
    [
        "{EUREKA_CLIENT_ENABLED: 'false'}",
        "{EUREKA_CLIENT_REGISTER_WITH_EUREKA: 'false'}",
        "{EUREKA_CLIENT_SERVICEURL_DEFAULTZONE: 'http://localhost:8761/eureka'}",
    ],
)
def test_one_that_does_not_register_or_not_where_anybody_else_is_has_none(bench: Bench, environment: str) -> None:
    assert registration(bench, environment) is None


def test_the_file_goes_before_all_of_it(bench: Bench) -> None:
    wish = "{kind: nacos, at: 'http://nacos:8848', name: orders, lag: 9s}"
    assert registration(bench, registry=wish) == Registration("nacos", ("http://nacos:8848",), "orders", 9)


def test_off_leaves_every_registry_alone(bench: Bench) -> None:
    assert registration(bench, registry="off") is None


def test_a_jar_without_such_a_client_has_none(bench: Bench) -> None:
    bench.apply(COMPOSE.format(environment="{}", registry="auto"))
    pushed(bench, "stock", ())
    deployment = next(one for one in bench.ledger.deployments("shop") if one.component == "stock")
    release = bench.ledger.release("shop", "stock", deployment.release or 0)
    assert roll_out_of(bench.site, deployment, release).registration is None


def test_nacos_is_read_with_its_namespace_group_and_who_may_ask(bench: Bench) -> None:
    bench.apply(COMPOSE.format(environment="{NACOS_PASSWORD: geheim}", registry="auto"))
    base = "spring.cloud.nacos.discovery"
    said = f"{base}.server-addr=n1:8848,n2:8848\n{base}.namespace=test\n{base}.group=G\n{base}.username=u\n"
    said += f"{base}.password=${{NACOS_PASSWORD}}\n"
    pushed(bench, "order", ("spring-cloud-starter-alibaba-nacos-discovery-2023.0.1.2.jar",), said.encode())
    deployment = next(one for one in bench.ledger.deployments("shop") if one.component == "order")
    release = bench.ledger.release("shop", "order", deployment.release or 0)
    assert roll_out_of(bench.site, deployment, release).registration == Registration(
        "nacos", ("http://n1:8848", "http://n2:8848"), "order", 11, "test", "G", "u", "geheim"
    )
