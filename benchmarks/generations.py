"""A push beside `java -jar` for published applications of Spring Boot 2.7, 3.x and 4.x, cold and with an archive."""

from __future__ import annotations

from pathlib import Path

from benchmarks import by_hand, service
from benchmarks.figures import table
from scripts.published import fetch

MARKS = ("<!-- generations -->", "<!-- end of generations -->")
ROOT = Path(__file__).parents[1]
PUBLISHED = {
    "2.7.18": "io.zipkin:zipkin-server:2.27.0:jar:exec",
    "3.4.1": "io.zipkin:zipkin-server:3.4.4:jar:exec",
    "4.0.5": "com.adobe.testing:s3mock:5.0.0:jar:exec",
}
"""By their Spring Boot."""


def measure(cache: Path, folder: Path, base: str, rounds: int) -> list[str]:
    """One table; each application has a service of its own, one after the other."""
    rows: list[tuple[str, ...]] = []
    for boot, coordinates in PUBLISHED.items():
        jar = fetch(coordinates, ROOT / ".cache")
        place = folder / boot
        place.mkdir()
        running = service.Service(cache, place, by_hand.find(jar, base))
        try:
            head, *measured = service.measure_push(jar, base, running, place, rounds)
        finally:
            running.close()
        rows = rows or [("Spring Boot", "application", *head)]
        rows += [(boot, jar.stem, *row) for row in measured]
    return [table(rows)]
