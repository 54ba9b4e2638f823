"""A version asks each site for what differs there; the answers are checked, and stay across upgrades."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, cast

import pytest

from buildpacks.errors import Refused
from buildsvc.compose import gather
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.usecases.apply import submit
from buildsvc.usecases.versions import ask, views
from buildsvc.usecases.versions.ask import Change
from tests.bills_here import bills_written_here
from tests.unit.test_usecases_bundles import add_redis, bring, bundle, push, version
from tests.workshops import Bench

__all__ = ["bills_written_here"]

COMPOSE = """\
name: shop
x-buildsvc:
  values:
    DB_HOST: {kind: address, says: {en: The database's host., zh: 数据库主机。}}
    DB_PASS: {kind: secret, says: Its password.}
    PORT: {kind: port, default: 8080, says: The shop's port.}
services:
  order:
    x-buildsvc: {artifact: order-service, soak: 60s, drain: 5s}
    ports: ["${PORT:-9000}:8080"]
    environment: {DB_URL: "jdbc://${DB_HOST}/shop", DB_PASSWORD: "${DB_PASS:-geheim}", GREETING: hello}
  stock:
    x-buildsvc: {artifact: stock-service}
    expose: ["8080"]
  cache:
    image: redis:7
"""


@pytest.fixture
def home(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path / "home")
    add_redis(bench)
    (tmp_path / "compose.yaml").write_text(COMPOSE, encoding="utf-8")
    (tmp_path / ".env").write_text("DB_HOST=10.9.8.7\n", encoding="utf-8")
    with gather(tmp_path / "compose.yaml") as tar:
        applied = submit.submit(
            bench.site, cast("BinaryIO", tar), file=None, content_type="application/x-tar", actor="ann", door="api"
        )  # fmt: skip
    bench.run(applied)
    for component in ("order", "stock"):
        push(bench, component, "1.0")
    return bench


@pytest.fixture
def away(home: Bench, tmp_path: Path) -> Bench:
    """A site to which 1.0.0 and 2.0.0 came; 2.0.0 has another jar."""
    site = Bench(tmp_path / "away")
    for name, jar in (("1.0.0", "1.0"), ("2.0.0", "2.0")):
        if jar != "1.0":
            push(home, "order", jar)
        version(home, name)
        bundle(home, tmp_path / f"{name}.bundle", name)
        assert bring(site, tmp_path / f"{name}.bundle") is not None
    return site


def asked(name: str, cause: Cause = Cause.INSTALL, **values: str) -> Change:
    return Change("shop", name, "shop", cause, "bob", "api", values=values)


def done(bench: Bench, change: Change) -> Deployment:
    ended = bench.run(ask.submit(bench.site, change))
    assert ended.phase is Phase.SETTLED, ended.error_message
    return ended


def environment(bench: Bench) -> dict[str, str]:
    spec = bench.ledger.live_all("shop")["order"].release.spec
    return dict(bench.site.secrets.resolve("shop", spec.environment))


def test_what_a_site_has_to_answer_is_told_and_without_it_nothing_begins(away: Bench) -> None:
    found = views.outlook_view(ask.outlook(away.site, asked("1.0.0")))
    known = away.ledger.deployments("shop", "", limit=5)
    told = {one.name: (one.kind, one.answer, one.missing) for one in found.values}
    assert told["DB_PASS"] == ("secret", "", True)
    assert told["PORT"] == ("port", "8080", False)
    assert told["DB_HOST"] == ("address", "", True)
    assert found.secrets == ()
    with pytest.raises(Refused, match="needs to know of this site: DB_HOST, DB_PASS") as refused:
        ask.submit(away.site, asked("1.0.0"))
    assert refused.value.code == "site-values-missing"
    assert away.ledger.deployments("shop", "", limit=5) == known


def test_answers_are_in_force_and_stay_across_upgrade_and_rollback(away: Bench) -> None:
    done(away, asked("1.0.0", DB_HOST="db.away", DB_PASS="hier", PORT="8181"))
    assert environment(away)["DB_URL"] == "jdbc://db.away/shop"
    assert environment(away)["DB_PASSWORD"] == "hier"
    away.clock.forward(3600)
    done(away, asked("2.0.0", Cause.UPGRADE))
    live = away.ledger.live_all("shop")["order"].release
    assert live.filename == "order-2.0.jar"
    assert (live.spec.ports[0].published, environment(away)["DB_URL"]) == (8181, "jdbc://db.away/shop")
    found = ask.outlook(away.site, asked("1.0.0", Cause.ROLLBACK))
    assert found.disagreements == ()
    done(away, asked("1.0.0", Cause.ROLLBACK, DB_HOST="db2.away"))
    assert environment(away)["DB_URL"] == "jdbc://db2.away/shop"
    assert environment(away)["DB_PASSWORD"] == "hier"


def test_an_answer_of_the_wrong_kind_changes_nothing(away: Bench) -> None:
    with pytest.raises(Refused, match="no port"):
        ask.submit(away.site, asked("1.0.0", DB_PASS="a", PORT="zero"))
    with pytest.raises(Refused, match="no value of this application"):
        ask.submit(away.site, asked("1.0.0", DB_PASS="a", DB_HOST="b", DBHOST="b"))
    assert away.site.secrets.names("shop") == ()


def test_a_version_made_on_the_other_site_holds_none_of_its_answers(away: Bench) -> None:
    done(away, asked("1.0.0", DB_HOST="db.away", DB_PASS="hier", PORT="8181"))
    away.clock.forward(3600)
    made = version(away, "1.0.1")
    assert "db.away" not in repr(made.snapshot)
    assert made == away.ledger.version("shop", "1.0.1")
    assert {one.name for one in made.snapshot.application.values} == {"DB_HOST", "DB_PASS", "PORT"}
