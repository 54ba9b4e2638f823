"""Ten thousand mutated artifacts, two thousand in a short run: none crashes the door, and none is taken that Java
refuses as corrupt.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.archives.tars import as_zip
from buildpacks.archives.zips import open_archive
from buildpacks.errors import Failure
from buildpacks.kinds.detect import detect
from buildpacks.plan import Entry, Packed
from buildpacks.programs.folders import is_folder
from buildsvc.image import pack
from buildsvc.model.configuration import configuration_hints
from buildsvc.model.identity import identity
from scripts.published import ZIPKIN, fetch
from tests import corpus, forge, mutants
from tests.programs import compiled

MANY, FEW = 10_000, 2_000
JUDGE = Path(__file__).parents[1] / "java" / "Judge.java"


@dataclass(frozen=True)
class Judged:
    """One mutant: how it was made, the failure that refused it (None: taken), and what Java says of it."""

    number: int
    how: str
    refused: Failure | None
    java: str

    def __str__(self) -> str:
        return f"{self.number} ({self.how}): {self.refused or 'taken'}; java: {self.java}"


def real(cache: Path, folder: Path) -> list[mutants.Source]:
    """What forging cannot imitate: a jar by Java's own tool, and small libraries as their builds wrote them."""
    (folder / "classes").mkdir()
    for name, data in compiled(cache).items():
        (folder / "classes" / name).write_bytes(data)
    jar = folder / "program.jar"
    subprocess.run(["jar", "cfe", str(jar), "Program", "-C", str(folder / "classes"), "."], check=True)
    with open_archive(fetch(ZIPKIN[0], cache)) as archive:
        small = [one for one in archive.members if one.name.endswith(".jar") and 5_000 < one.size < 20_000][:3]
        libraries = {one.name.rpartition("/")[2]: archive.read(one.name, one.size) for one in small}
    assert len(libraries) == 3
    return [("program.jar", jar.read_bytes()), ("order-1.0.jar", forge.boot_jar(libraries=libraries))]


def door(path: Path, name: str) -> None:
    """All that intake and build ask of an artifact before it becomes layers, and the bytes of those layers."""
    with as_zip(path, name) as archive:
        analysis = analyse(archive, name, every_byte=True)
        identity(analysis)
        configuration_hints(analysis)
        write_files(archive, analysis)


def write_files(path: Path, analysis: Analysis) -> None:
    """What is planned can be written: every entry gives its bytes."""
    members = {member.name: member for member in analysis.members}
    with path.open("rb") as file:
        for planned in (planned for layer in detect(analysis).layers for planned in layer.files):
            pieces: list[bytes] = []
            match planned.source:
                case Entry(name):
                    pack.content(members[name], file, pieces.append)
                    assert sum(map(len, pieces)) == members[name].size
                case Packed(entries):
                    jar = pack.Pack([(members[old], new) for old, new in entries], 0)
                    jar.write(file, pieces.append)
                    assert sum(map(len, pieces)) == jar.size


class Judge:
    """One Java process for all of them, which answers while the next ones are made."""

    def __init__(self, folder: Path) -> None:
        subprocess.run(["javac", "-d", str(folder), str(JUDGE)], check=True)
        command = ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", str(folder), "Judge"]
        self._answers = folder / "answers"
        with self._answers.open("wb") as out:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, text=True)

    def ask(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")

    def answers(self) -> list[str]:
        self._process.communicate()
        assert self._process.returncode == 0
        return self._answers.read_text(encoding="utf-8").rstrip("\n").split("\n")


def kind(path: Path) -> str:
    """Whether Java would open this file, or only what is in it."""
    try:
        with open_archive(path) as archive:
            return "zip" if is_folder(archive.members) else "jar"
    except Failure:
        return "jar"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, cache: Path, long_too: bool) -> list[Judged]:
    count = MANY if long_too else FEW
    folder = tmp_path_factory.mktemp("mutants")
    sources = [source for source in corpus.honest().values() if not source[0].endswith(".tar.gz")]
    sources += real(cache, folder)
    refused: list[Failure | None] = []
    made: list[str] = []
    judge = Judge(folder)
    for number in range(count):
        how, (name, data) = mutants.mutant(number, sources)
        path = folder / f"{number}.jar"
        path.write_bytes(data)
        try:
            door(path, name)
        except Failure as failure:
            refused.append(failure)
        else:
            refused.append(None)
        made.append(f"{how} of {name}")
        judge.ask(f"{kind(path)}\t{path}")
    answers = judge.answers()
    assert len(answers) == count
    return [Judged(*one) for one in zip(range(count), made, refused, answers, strict=True)]


def test_none_is_taken_that_java_refuses_as_corrupt(judged: list[Judged]) -> None:
    assert [str(one) for one in judged if one.refused is None and one.java != "ok"] == []


def test_whoever_is_refused_is_told_why_and_what_to_do(judged: list[Judged]) -> None:
    assert [str(one) for one in judged if one.refused and not (one.refused.message and one.refused.hint)] == []


def test_harmless_mutants_are_taken(judged: list[Judged], record_property: Callable[[str, object], None]) -> None:
    """Not every change damages: a date, an attribute, a comment. If none were taken, nothing would have been tested.

    What Java opens and the door refuses is counted by its reason; the numbers are for people to look at.
    """
    taken = sum(one.refused is None for one in judged)
    opened = [one for one in judged if one.java == "ok"]
    stricter = Counter(one.refused.code for one in opened if one.refused is not None)
    record_property("taken", taken)
    record_property("opened by Java", len(opened))
    record_property("stricter than Java", dict(stricter))
    assert taken > len(judged) // 10
