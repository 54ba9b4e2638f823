"""Names that nobody has are told by a plan, by an apply, and by a push, which knows the jar's own configuration."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import Warned
from buildsvc.usecases.apply import submit
from tests import forge
from tests.workshops import COMPOSE, Bench

CONFIGURED = b"spring: {datasource: {url: 'jdbc:mysql://${DB:yudao-mysql}:3306/x'}, redis: {host: cache}}\n"
SAID = "yudao-mysql is used in spring.datasource.url of order, and no component has it"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


def warnings(bench: Bench, deployment: Deployment) -> list[str]:
    events = [one.event for one in bench.ledger.events(deployment.id)]
    return [one.message for one in events if isinstance(one, Warned)]


def planned(bench: Bench, text: str) -> tuple[str, ...]:
    told = submit.plan(bench.site, io.BytesIO(text.encode()), file=None, content_type="application/yaml")
    return told.warnings


def pushed(bench: Bench) -> Deployment:
    extra = {**forge.pom_properties("demo", "order-service", "1"), "application.yml": CONFIGURED}
    data = forge.jar(main="demo.Main", extra=extra)
    return bench.run(bench.push(application="shop", component="order", data=data))


def test_a_name_in_the_environment_that_nobody_has_is_told_by_plan_and_apply(bench: Bench) -> None:
    text = COMPOSE.replace("GREETING: hello", "STORE_PASSWORD_URL: 'redis://:word@yudao-redis:6379', OTHER_HOST: cache")
    said = "yudao-redis is used in STORE_PASSWORD_URL of order, and no component has it"
    assert any(one.startswith(said) for one in planned(bench, text))
    applied = bench.apply(text)
    assert any(one.startswith(said) for one in warnings(bench, applied))
    assert not any("word" in one for one in warnings(bench, applied))
    assert not any("no component has it" in one for one in planned(bench, COMPOSE))


def test_a_name_in_the_jars_own_configuration_is_told_by_its_push_and_by_the_next_plan(bench: Bench) -> None:
    bench.apply()
    sent = pushed(bench)
    assert sent.phase is Phase.LIVE
    assert [one for one in warnings(bench, sent) if SAID in one] != []
    assert any(SAID in one for one in planned(bench, COMPOSE))
    assert not any(SAID in one for one in planned(bench, COMPOSE.replace("GREETING: hello", "DB: cache")))
    named = COMPOSE.replace("image: redis:7", "image: redis:7\n    container_name: yudao-mysql")
    assert not any(SAID in one for one in planned(bench, named))
