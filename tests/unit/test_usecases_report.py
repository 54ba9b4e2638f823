"""A deployment's report: what was written down as it happened, on a page that needs nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from buildsvc.doors import report_page
from buildsvc.engines.gateway import traffic
from buildsvc.engines.two_places import GatewayCounters, SlotCounters
from buildsvc.model.answer_times import AnswerTimes
from buildsvc.model.deployment import Deployment
from buildsvc.usecases.look import observe
from buildsvc.usecases.look.reporting import report
from buildsvc.usecases.perform import perform
from buildsvc.usecases.tend.recovery import tend
from tests.workshops import COMPOSE, Bench

STATISTICS = """\
# pxname,svname,qcur,scur,stot,econ,wretr,mode,req_tot,hrsp_5xx,
p8080,FRONTEND,,3,40,,,http,120,2,
p8080,blue,0,3,118,,4,http,,1,
p8080,BACKEND,0,3,118,7,4,http,118,2,
p9090,FRONTEND,,1,9,,,tcp,,,
p9090,BACKEND,0,1,9,1,2,tcp,,,
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    made.live("1.0")
    return made


def swapped(bench: Bench) -> Deployment:
    """Release 2, settled; 50 requests passed before the switch, 7 after it, of which 1 failed."""
    place = bench.engine.places["shop", "order"]
    place.traffic = GatewayCounters(0, 0, 0, recent={"9": 98, "50": 1, "117": 1})
    observe.look(bench.workshop)
    accepted = bench.push("2.0", application="shop", component="order")
    usual = bench.engine.record

    def count(*words: str) -> None:
        usual(*words)
        if words[0] == "wait_healthy":
            place.traffic = GatewayCounters(50, 0, 2, took={"9": 40, "28": 10})

    bench.engine.record = count  # type: ignore[method-assign]
    deployment = bench.run(accepted)
    place.traffic = GatewayCounters(57, 1, 2, took={"9": 45, "28": 11, "+": 1})
    bench.clock.forward(61)
    observe.look(bench.workshop)
    tend(bench.workshop)
    return bench.ledger.deployment(deployment.id)


def test_the_gateway_s_own_counters_are_read_by_kind_of_port() -> None:
    assert traffic(STATISTICS) == GatewayCounters(129, 3, 6, {"blue": SlotCounters(1, 1)})


def test_a_report_says_who_what_when_and_what_passed(bench: Bench) -> None:
    found = report(bench.site, swapped(bench).id)
    assert (found.deployment.actor, found.deployment.door) == ("ann", "api")
    assert [name for name, _ in found.digests] == ["artifact", "image", "base"]
    assert all(digest.startswith("sha256:") for _, digest in found.digests)
    assert [step.name for step in found.steps] == ["start", "switch", "live", "settle"]
    passed = [(one.since, one.until, one.requests, one.failed, one.retried) for one in found.traffic]
    assert passed == [("start", "live", 50, 0, 2), ("live", "settle", 7, 1, 0)]


def test_how_long_answers_took_before_during_and_after_is_told(bench: Bench) -> None:
    found = report(bench.site, swapped(bench).id)
    assert found.answers == (
        AnswerTimes("before", 100, 0.009, 0.009, 0.05),
        AnswerTimes("during", 50, 0.009, 0.028, 0.028),
        AnswerTimes("after", 7, 0.009, None, None),
    )
    text = report_page.as_text(found)
    assert re.search(r"before, the last minute +100 requests +p50 ≤ 9 ms +p95 ≤ 9 ms +p99 ≤ 50 ms", text)
    assert re.search(r"from the switch on +7 requests +p50 ≤ 9 ms +p95 - +p99 -", text)


def test_untouched_containers_are_compared_by_id_and_start(bench: Bench) -> None:
    done = swapped(bench)
    found = report(bench.site, done.id).untouched
    assert {(one.before.role, one.same) for one in found} == {("gateway", True), ("image", True)}


def test_a_container_that_was_started_anew_meanwhile_is_told(bench: Bench) -> None:
    observe.look(bench.workshop)
    deployment = bench.live("2.0")
    cache = bench.engine.others["shop-cache-1"]
    bench.engine.others["shop-cache-1"] = replace(cache, started=bench.clock.now())
    bench.clock.forward(61)
    bench.engine.others["shop-cache-1"] = replace(cache, started=bench.clock.now())
    observe.look(bench.workshop)
    tend(bench.workshop)
    found = {one.before.component: one.same for one in report(bench.site, deployment.id).untouched}
    assert found["cache"] is False


def test_requests_that_waited_for_a_stop_first_swap_are_counted(bench: Bench) -> None:
    bench.apply(COMPOSE.replace("soak: 60s", "soak: 60s, strategy: stop-first"))
    for deployment in bench.jobs.take():
        perform(bench.workshop, deployment)
    bench.live("1.5")
    bench.engine.places["shop", "order"].connections = {"blue": 4, "green": 4}
    bench.engine.places["shop", "order"].traffic = GatewayCounters(0, 0, 0)
    found = report(bench.site, bench.live("2.0").id)
    assert [one.held for one in found.traffic] == [4]


def test_counters_that_began_anew_tell_nothing(bench: Bench) -> None:
    place = bench.engine.places["shop", "order"]
    place.traffic = GatewayCounters(900, 0, 0)
    deployment = bench.live("2.0")
    place.traffic = GatewayCounters(3, 0, 0)
    bench.clock.forward(61)
    tend(bench.workshop)
    assert [(one.since, one.until) for one in report(bench.site, deployment.id).traffic] == [("start", "live")]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_names_no_outside_resource_and_escapes_what_came_from_outside(bench: Bench, language: str) -> None:
    done = swapped(bench)
    found = report(bench.site, done.id)
    named = replace(found, filename="<script>alert(1)</script>.jar")
    page = report_page.as_html(named, language)
    assert "<script" not in page
    assert not re.search(r"(src|href|url\(|@import)", page)
    assert done.id in page
    assert "&lt;script&gt;" in page


def test_as_text_it_has_columns(bench: Bench) -> None:
    text = report_page.as_text(report(bench.site, swapped(bench).id))
    assert "50 requests" in text
    assert "the same, not restarted" in text
    assert all(line == line.rstrip() or not line.strip() for line in text.splitlines())
