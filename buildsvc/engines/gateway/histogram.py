"""Counts of how long instances took to answer, kept by HAProxy itself: its rules, and how its table reads. Pure.

Formats: HAProxy 2.6 configuration manual, `sc-inc-gpc`, `gpc(<nb>)`, `gpc_rate(<nb>,<period>)`; management guide, `show
table`. A percentile of logs would be exact and would need the logs of every request.
"""

from __future__ import annotations

import re

from buildsvc.model.answer_times import BEYOND, BOUNDS, Counts

TABLE = "took"
SHOW = f"show table {TABLE}"
RECENT = 60
"""Seconds that the recent counts reach back."""
_QUICK = 21
"""Milliseconds below which the rules for slower answers are not looked at."""
_COUNT = re.compile(r"\bgpc(\d+)(_rate)?(?:\(\d+\))?=(\d+)")
_NAMES = (*map(str, BOUNDS), BEYOND)
BACKEND = f"""
backend {TABLE}
    stick-table type integer size 1 store gpc({len(_NAMES)}),gpc_rate({len(_NAMES)},{RECENT}s)
"""


def rules() -> str:
    """Return the lines of a proxy that counts into the table: from the request's head to the answer's."""
    lines = [f"http-request track-sc0 int(1) table {TABLE}", "http-request set-var(txn.began) date(0,ms)"]
    lines.append("http-response set-var(txn.took) date(0,ms),sub(txn.began)")
    for number, (below, bound) in enumerate(zip((0, *BOUNDS), BOUNDS, strict=False)):
        lines.append(f"http-response sc-inc-gpc({number},0) if {{ var(txn.took) -m int {below}:{bound - 1} }}")
        if bound == _QUICK:
            lines.append(f"http-response allow if {{ var(txn.took) -m int lt {bound} }}")
    lines.append(f"http-response sc-inc-gpc({len(BOUNDS)},0) if {{ var(txn.took) -m int ge {BOUNDS[-1]} }}")
    return "".join(f"    {line}\n" for line in lines)


def read(answer: str) -> tuple[Counts, Counts]:
    """Return the counts since the gateway started, and those of the last minute; nothing where it keeps none."""
    every: dict[str, int] = {}
    recent: dict[str, int] = {}
    for number, rate, count in _COUNT.findall(answer):
        if int(number) < len(_NAMES) and int(count):
            (recent if rate else every)[_NAMES[int(number)]] = int(count)
    return every, recent
