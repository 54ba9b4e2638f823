"""How fast the API answers while others hold its door: silent, half-sent and slow connections, and many readers.

    .venv/bin/python -m benchmarks.door [--write]

Starts a site of its own on a free port of loopback, without an engine; bounded in connections and in time. With
--write the table goes into docs/operating.md.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.siege import Siege, p95_of_api
from tests.ups import Up, free_port, started, unfinished

PAGE = Path(__file__).parents[1] / "docs" / "operating.md"
BEGIN, END = "<!-- held door -->\n", "<!-- /held door -->\n"
SECONDS = 8.0
Holding = Callable[[Siege, str], object]


def holdings() -> dict[str, Holding]:
    """What holds the door, by its name."""

    def together(siege: Siege, events: str) -> None:
        siege.readers(100, events)
        siege.slow_uploads(50, 20_000)
        siege.half_sent_headers(500)

    return {
        "nobody": lambda _siege, _events: None,
        "24 requests half sent and silent": lambda siege, _: siege.half_sent_headers(24),
        "500 requests half sent and silent": lambda siege, _: siege.half_sent_headers(500),
        "60 uploads half sent and silent": lambda siege, _: siege.half_sent_uploads(60),
        "50 uploads of 20 KB/s": lambda siege, _: siege.slow_uploads(50, 20_000),
        "100 open event streams": lambda siege, events: siege.readers(100, events),
        "500 silent, 50 slow uploads and 100 streams at once": together,
    }


def measure(up: Up) -> list[tuple[str, float]]:
    """Name and p95 in seconds of each."""
    found = []
    with unfinished(up) as (_, deployment):
        for name, hold in holdings().items():
            siege = Siege(up.url, up.token())
            try:
                hold(siege, f"/api/deployments/{deployment}/events")
                found.append((name, p95_of_api(up.url, up.token(), seconds=SECONDS)))
            finally:
                siege.end()
            print(f"  {name:52} {found[-1][1] * 1000:6.0f} ms", flush=True)
    return found


def table(found: list[tuple[str, float]]) -> str:
    """As Markdown."""
    rows = "".join(f"| {name} | {seconds * 1000:.0f} ms |\n" for name, seconds in found)
    return f"| who holds the door | p95 of `GET /api/applications` |\n|---|---|\n{rows}"


def write(text: str) -> None:
    """Put the table where the page has it."""
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{text}{END}{rest.split(END)[1]}", "utf-8")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        up = started(Path(folder), free_port())
        try:
            found = measure(up)
        finally:
            up.stop()
    if "--write" in sys.argv[1:]:
        write(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
