"""All benchmarks in one run. The tables go to standard output, and with --write into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import building, bundles, by_hand, commands, generations, parts, service, swaps
from benchmarks.figures import table
from benchmarks.peers import run
from buildsvc import wiring
from buildsvc.settings.reading import read
from buildsvc.usecases.build.ground import smallest_base
from scripts.published import fetch

ROOT = Path(__file__).parents[1]
JAR = "io.zipkin:zipkin-server:3.4.4:jar:exec"
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
SWAPS = ("<!-- swaps -->", "<!-- end of swaps -->")


def main() -> int:
    parser = argparse.ArgumentParser(description="Time buildsvc beside docker build, Jib and java -jar.")
    parser.add_argument("--rounds", type=int, default=7, help="rebuilds and pushes that are counted")
    parser.add_argument("--firsts", type=int, default=5, help="first builds that are counted")
    parser.add_argument("--jar", type=Path, help=f"another Spring Boot jar; {JAR} otherwise")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--swaps", action="store_true", help="only pushes, undo and requests through a push")
    parser.add_argument("--generations", action="store_true", help="only pushes, for Spring Boot 2.7, 3.x and 4.x")
    parser.add_argument("--bundle", action="store_true", help="only bundles: size, export, import, upgrades of a whole")
    parser.add_argument("--components", default="2,30", help="with --bundle: how many the upgraded applications have")
    parser.add_argument("--commands", action="store_true", help="only the command line's own time, in seconds")
    parser.add_argument("--parts", action="store_true", help="only what a push sends after a change in one class")
    chosen = parser.parse_args()
    if chosen.commands:
        print(commands.measure(chosen.rounds))
        return 0
    cache = ROOT / ".cache" / "benchmarks"
    if not chosen.parts:
        make_bases(cache)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".cache"))
    pushes = max(3, chosen.rounds // 2)
    try:
        if chosen.parts:
            jar = chosen.jar or fetch(generations.PUBLISHED["4.0.5"], ROOT / ".cache")
            told, marks = measure_parts(jar, folder), parts.MARKS
        elif chosen.bundle:
            counts = tuple(map(int, chosen.components.split(",")))
            jar = chosen.jar or fetch(JAR, ROOT / ".cache")
            told, marks = bundles.measure(jar, cache, folder, components=counts), bundles.MARKS
        elif chosen.generations:
            told, marks = generations.measure(cache, folder, base_in(cache), pushes), generations.MARKS
        else:
            jar = chosen.jar or fetch(JAR, ROOT / ".cache")
            told, marks = measure_swaps(jar, cache, folder, pushes), SWAPS
            if not chosen.swaps:
                told, marks = [*measure(jar, cache, folder, chosen.firsts, chosen.rounds), *told[1:]], (BEGIN, END)
    finally:
        shutil.rmtree(folder)
    text = "\n\n".join(told)
    print(text)
    if chosen.write:
        write(text, *marks)
    return 0


def measure_parts(jar: Path, folder: Path) -> list[str]:
    """A push by parts beside the whole file, over lines of three speeds; needs root, and no engine."""
    rows = parts.measure(jar, folder)
    head = f"{jar.name}, {jar.stat().st_size / 1e6:.0f} MB; {os.cpu_count()} cores, {platform.machine()}"
    return [f"{head}; load of the machine {os.getloadavg()[0]:.1f}.", table(rows)]


def measure(jar: Path, cache: Path, folder: Path, firsts: int, rounds: int) -> list[str]:
    """Builds beside those of the peers."""
    rows, maven = building.measure(jar, cache, folder, firsts=firsts, rebuilds=rounds)
    return [
        f"{about(jar)}; medians with the spread of {firsts} first builds and {rounds} rebuilds.",
        table(rows),
        maven,
    ]


def measure_swaps(jar: Path, cache: Path, folder: Path, rounds: int) -> list[str]:
    """Pushes beside `java -jar`, the way back, requests through a push, and memory when all is done."""
    base = base_in(cache)
    running = service.Service(cache, folder, by_hand.find(jar, base))
    try:
        push = service.measure_push(jar, base, running, folder, rounds)
        stages = swaps.stages(running)
        through = swaps.through_a_push(jar, running, folder, rounds)
        back = swaps.back(jar, running, folder, rounds)
        memory = service.measure_memory(running)
    finally:
        running.close()
    told = f"{about(jar)}; medians with the spread of {rounds} pushes each."
    return [told, *(table(rows) for rows in (push, stages, back, through, memory))]


def about(jar: Path) -> str:
    """The jar, the machine and the engine, for the head of a table."""
    engine = run(["docker", "version", "--format", "Docker {{.Server.Version}}"]).strip()
    return f"{jar.name}, {jar.stat().st_size / 1e6:.0f} MB; {os.cpu_count()} cores, {platform.machine()}, {engine}"


def base_in(cache: Path) -> str:
    """The reference of the base image that everything is measured on, present in the engine."""
    settings = read({"BUILDSVC_DATA": str(cache), "HOME": "/"})
    wiring.close(wiring.open_site(settings, create=True))
    workshop = wiring.open_workshop(settings, name="benchmark")
    try:
        found = smallest_base(workshop.site.bases, workshop.engine.platform(), building.JAVA)
        workshop.engine.load(found.image)
    finally:
        wiring.close(workshop.site)
    return found.image.reference


def make_bases(cache: Path) -> None:
    """A JRE and the gateway, made once into a site of their own."""
    cache.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "BUILDSVC_DATA": str(cache)}
    for what in (["--java", str(building.JAVA)], ["--kind", "gateway"]):
        command = [sys.executable, "-m", "buildsvc.doors.cli.main", "base", "make", *what]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def write(text: str, begin: str = BEGIN, end: str = END) -> None:
    """Put `text` between two marks of the page."""
    before, _, rest = PAGE.read_text().partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


if __name__ == "__main__":
    sys.exit(main())
