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

from benchmarks import building, commands, service
from benchmarks.figures import table
from benchmarks.peers import run
from buildpacks.platforms import Platform
from buildsvc import wiring
from buildsvc.settings.reading import read
from buildsvc.usecases.build.ground import smallest_base
from scripts.published import fetch

ROOT = Path(__file__).parents[1]
JAR = "io.zipkin:zipkin-server:3.4.4:jar:exec"
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def main() -> int:
    parser = argparse.ArgumentParser(description="Time buildsvc beside docker build, Jib and java -jar.")
    parser.add_argument("--rounds", type=int, default=7, help="rebuilds and pushes that are counted")
    parser.add_argument("--firsts", type=int, default=5, help="first builds that are counted")
    parser.add_argument("--jar", type=Path, help=f"another Spring Boot jar; {JAR} otherwise")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--commands", action="store_true", help="only the command line's own time, in seconds")
    chosen = parser.parse_args()
    if chosen.commands:
        print(commands.measure(chosen.rounds))
        return 0
    cache = ROOT / ".cache" / "benchmarks"
    make_bases(cache)
    jar = chosen.jar or fetch(JAR, ROOT / ".cache")
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".cache"))
    try:
        text = "\n\n".join(measure(jar, cache, folder, chosen.firsts, chosen.rounds))
    finally:
        shutil.rmtree(folder)
    print(text)
    if chosen.write:
        write(text)
    return 0


def measure(jar: Path, cache: Path, folder: Path, firsts: int, rounds: int) -> list[str]:
    rows, maven = building.measure(jar, cache, folder, firsts=firsts, rebuilds=rounds)
    bases = wiring.open_site(read({"BUILDSVC_DATA": str(cache), "HOME": "/"}), create=True).bases
    base = smallest_base(bases, Platform.parse(platform.machine()), building.JAVA)
    running = service.Service(cache, folder)
    try:
        push = service.measure_push(jar, base.image.reference, running, folder, max(3, rounds // 2))
        memory = service.measure_memory(running)
    finally:
        running.close()
    engine = run(["docker", "version", "--format", "Docker {{.Server.Version}}"]).strip()
    about = (
        f"{jar.name}, {jar.stat().st_size / 1e6:.0f} MB; {os.cpu_count()} cores, {platform.machine()}, "
        f"{engine}; medians with the spread of {firsts} first builds and {rounds} rebuilds."
    )
    return [about, table(rows), maven, table(push), table(memory)]


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
