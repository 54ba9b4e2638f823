"""Own values of secrets over a Compose file: taken back, the file's own value holds again; and none is left open."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from buildpacks.errors import Denied, Refused
from buildsvc.model.application import Secret
from buildsvc.model.deployment import Phase
from buildsvc.model.own_changes import OwnSettings
from buildsvc.usecases.apply import laid_by_site
from buildsvc.usecases.apply.submit import submit
from tests.workshops import COMPOSE, Bench

PASSWORD = "order/DB_PASSWORD"
FILED = "geheim"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply(COMPOSE)
    return made


def change(bench: Bench, settings: OwnSettings) -> None:
    asked = laid_by_site.submit_change(bench.site, "shop", "order", settings, actor="ann", door="web", reason="")
    assert bench.run(asked).phase is Phase.SETTLED


def plan_it(bench: Bench, settings: OwnSettings) -> None:
    laid_by_site.plan_change(bench.site, "shop", "order", settings)


def password(bench: Bench) -> str:
    assert dict(bench.ledger.component("shop", "order").environment)["DB_PASSWORD"] == Secret(PASSWORD)
    return bench.site.secrets.get("shop", PASSWORD)


def newer(bench: Bench, value: str) -> None:
    text = COMPOSE.replace(FILED, value)
    assert text != COMPOSE
    stream = BytesIO(text.encode())
    asked = submit(bench.site, stream, file=None, content_type="application/yaml", actor="bea", door="api")
    assert bench.run(asked).phase is Phase.SETTLED


def test_an_own_secret_that_is_taken_back_has_the_value_of_the_file_again(bench: Bench) -> None:
    assert password(bench) == FILED
    change(bench, OwnSettings(environment={"DB_PASSWORD": "own"}))
    assert password(bench) == "own"
    change(bench, OwnSettings(secret=("DB_PASSWORD",), memory="256m"))
    assert password(bench) == "own"
    told = laid_by_site.plan_change(bench.site, "shop", "order", OwnSettings())
    assert {"environment", "limits"} == set(told.changed[0].keys)
    change(bench, OwnSettings())
    assert password(bench) == FILED


def test_the_value_that_comes_back_is_the_one_that_the_newest_file_gives(bench: Bench) -> None:
    change(bench, OwnSettings(environment={"DB_PASSWORD": "own"}))
    newer(bench, "newer")
    assert password(bench) == "own"
    change(bench, OwnSettings())
    assert password(bench) == "newer"
    change(bench, OwnSettings(taken=("DB_PASSWORD",)))
    newer(bench, "newest")
    change(bench, OwnSettings())
    assert password(bench) == "newest"


def test_values_of_the_file_lie_sealed_meanwhile_and_go_with_the_own_one(bench: Bench) -> None:
    change(bench, OwnSettings(environment={"DB_PASSWORD": "own"}))
    newer(bench, "newer-and-long")
    every = b"".join(path.read_bytes() for path in bench.site.settings.data.glob("ledger.db*"))
    assert b"newer-and-long" not in every
    change(bench, OwnSettings())
    assert [one for one in bench.site.secrets.names("") if one.startswith("own-")] == []


@pytest.mark.parametrize("plan", [True, False])
def test_a_secret_that_is_to_stay_as_it_is_kept_needs_a_value_that_is_kept(bench: Bench, *, plan: bool) -> None:
    before = bench.ledger.component("shop", "order")
    wrong = OwnSettings(secret=("DB_PASSWORD", "API_TOKEN"))
    with pytest.raises(Refused, match="No value of API_TOKEN is kept for order"):
        plan_it(bench, wrong) if plan else change(bench, wrong)
    assert bench.ledger.component("shop", "order") == before


def test_a_plan_tells_what_the_policy_would_deny(bench: Bench) -> None:
    wish = OwnSettings(ports=("80:8080",))
    told = laid_by_site.plan_change(bench.site, "shop", "order", wish)
    assert "order publishes port 80" in told.warnings[0]
    with pytest.raises(Denied, match="order publishes port 80"):
        change(bench, wish)
