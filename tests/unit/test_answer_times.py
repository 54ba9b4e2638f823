"""How long answers took, by the gateway's own counts: its rules and its table, and what is read from them."""

from __future__ import annotations

import re

from buildsvc.engines.gateway import Gateway, Route, configuration, traffic
from buildsvc.engines.gateway.histogram import rules
from buildsvc.model.answer_times import BEYOND, BOUNDS, AnswerTimes, counts_of, since, times

TABLE = """\
# table: took, type: integer, size:1, used:1
0x56: key=1 use=0 exp=0 gpc0=0 gpc5=7 gpc31=1 gpc0_rate(60000)=0 gpc5_rate(60000)=3
"""


def counted_by(took: int) -> list[int]:
    """Which counters the rules would raise for an answer that took so many milliseconds."""
    found = []
    for line in rules().splitlines():
        stop = re.search(r"allow if .* lt (\d+)", line)
        if stop and took < int(stop[1]):
            break
        rule = re.search(r"sc-inc-gpc\((\d+),0\) if \{ var\(txn.took\) -m int (?:(\d+):(\d+)|ge (\d+)) \}", line)
        if rule and (took >= int(rule[4]) if rule[4] else int(rule[2]) <= took <= int(rule[3])):
            found.append(int(rule[1]))
    return found


def test_every_answer_is_counted_once_by_the_smallest_bound_above_it() -> None:
    for took in range(10_000):
        expected = next((number for number, bound in enumerate(BOUNDS) if took < bound), len(BOUNDS))
        assert counted_by(took) == [expected], took


def test_only_ports_that_carry_http_count() -> None:
    gateway = Gateway("shop", "order", (Route(8080, "http"), Route(9090, "tcp")), "10.0.0.2", "10.0.0.3")
    assert configuration(gateway).count("track-sc0") == 1
    assert "stick-table" not in configuration(gateway).partition("listen p8080")[2]


def test_the_table_is_read_and_a_gateway_without_one_has_no_times() -> None:
    found = traffic(f"# pxname,svname,mode\np8080,FRONTEND,http\n\n{TABLE}")
    assert (found.took, found.recent) == ({"7": 7, BEYOND: 1}, {"7": 3})
    older = traffic("# pxname,svname,mode\np8080,FRONTEND,http\n\nNo such table\n")
    assert (older.took, older.recent) == ({}, {})


def test_percentiles_are_the_bounds_that_so_many_stayed_below() -> None:
    counts = {"9": 50, "12": 45, "117": 4, BEYOND: 1}
    assert times("after", counts) == AnswerTimes("after", 100, 0.009, 0.012, 0.117)
    assert times("after", {BEYOND: 2}) == AnswerTimes("after", 2, None, None, None)
    assert times("after", {}) is None


def test_counts_that_were_begun_anew_say_nothing_of_what_passed() -> None:
    assert since({"9": 5}, {"9": 7, "12": 1}) == {"9": 2, "12": 1}
    assert since({"9": 5}, {"12": 1}) == {}
    assert counts_of("none") == {}
