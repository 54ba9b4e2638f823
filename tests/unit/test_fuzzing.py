"""Whatever a file holds, the door answers with a plan or with a refusal: never by another error, never by no end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from buildpacks.analyse import analyse
from buildpacks.archives.tars import as_zip
from buildpacks.errors import Refused
from buildpacks.facts import boot_layers, jar_manifest, properties, servlet
from buildpacks.kinds.detect import detect, explain
from buildpacks.plan import BuildPlan
from buildpacks.programs import start_script
from buildpacks.sentences import catalogue
from tests import corpus, forge, mutants

HONEST = corpus.honest()
NASTY = list(corpus.nasty())
SOURCES = list(HONEST.values())
STARTS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"#!/bin/sh\n",
    b"\x1f\x8b\x08",
    b"BZh9",
    b"\xfd7zXZ\0",
    bytes(257) + b"ustar\x0000",
)
NAMES = ("x.jar", "x.war", "x.zip", "x.tar.gz")
CODES = {"", *(catalogue.split(key)[0] for key in catalogue.sentences("en"))}
"""Of what is taken, and of every refusal that has words."""
often = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def door(folder: Path, name: str, data: bytes) -> BuildPlan:
    """What `inspect`, `build` and every upload ask. Raises Refused."""
    with as_zip(forge.write(folder / "artifact", data), name) as path:
        analysis = analyse(path, name, every_byte=True)
        assert explain(analysis)
        return detect(analysis)


def answer(folder: Path, name: str, data: bytes) -> str:
    """Its code, where the door refuses it with a whole sentence that can be shown; empty where it is taken."""
    try:
        planned = door(folder, name, data)
    except Refused as caught:
        refused = caught
    else:
        assert planned.layers
        return ""
    assert refused.code
    assert refused.hint
    assert 0 < len(refused.message) < 2000
    return refused.code


@pytest.mark.parametrize("kind", HONEST)
def test_every_honest_kind_is_taken(tmp_path: Path, kind: str) -> None:
    assert answer(tmp_path, *HONEST[kind]) == ""


@pytest.mark.parametrize(("name", "data", "code"), [one[1:] for one in NASTY], ids=[one[0] for one in NASTY])
def test_what_lies_is_refused_by_its_own_code(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    assert answer(tmp_path, name, data) == code


@pytest.mark.parametrize("kind", HONEST)
def test_what_was_cut_off_anywhere_is_refused(tmp_path: Path, kind: str) -> None:
    name, data = HONEST[kind]
    for part in range(1, 64):
        # A tar ends in a thousand zeros and more, of which nobody misses a few.
        if kind == "tar" and len(data) * part // 64 > len(data) - 8192:
            continue
        assert answer(tmp_path, name, data[: len(data) * part // 64]) != ""


@often
@given(data=st.binary(max_size=600), name=st.sampled_from(NAMES))
@example(data=b"\x1f\x8b\x08\x04" + bytes(20), name="x.tar.gz")
def test_random_bytes_are_refused(tmp_path: Path, data: bytes, name: str) -> None:
    assert answer(tmp_path, name, data) != ""


@often
@given(data=st.binary(max_size=120), start=st.sampled_from(STARTS))
def test_what_only_begins_like_an_archive_is_refused(tmp_path: Path, data: bytes, start: bytes) -> None:
    assert answer(tmp_path, "x.jar", start + data) != ""


@settings(often, max_examples=400)
@given(number=st.integers(1_000_000, 1 << 40))
def test_mutants_of_every_kind_are_taken_or_refused(tmp_path: Path, number: int) -> None:
    _, (name, data) = mutants.mutant(number, SOURCES)
    assert answer(tmp_path, name, data) in CODES


@often
@given(entries=st.dictionaries(st.text(min_size=1, max_size=30), st.binary(max_size=60), max_size=6),
       told=st.dictionaries(st.sampled_from(["Main-Class", "Start-Class", "Class-Path", "Implementation-Title"]),
                            st.text(max_size=60)))  # fmt: skip
def test_jars_with_any_names_and_any_manifest_are_taken_or_refused(
    tmp_path: Path, entries: dict[str, bytes], told: dict[str, str]
) -> None:
    lines = "".join(f"{key}: {value}\r\n" for key, value in told.items())
    named = {name.encode("utf-8", "replace").decode(): data for name, data in entries.items()}
    code = answer(tmp_path, "x.jar", forge.archive({"META-INF/MANIFEST.MF": lines.encode("utf-8", "replace"), **named}))
    assert code in CODES


MEGABYTE = 1 << 20
HOSTILE: dict[str, Callable[[], object]] = {
    "a manifest of folded lines": lambda: jar_manifest.parse(b"A: b\n" + b" c\n" * MEGABYTE),
    "a manifest of one line": lambda: jar_manifest.fault(b"A: " + b"b" * MEGABYTE),
    "a manifest of empty lines": lambda: jar_manifest.fault(b"A: b\n" + b"\n" * (MEGABYTE // 2)),
    "properties that go on and on": lambda: properties.parse_properties(b"a\\\n" * MEGABYTE),
    "a layers.idx of many entries": lambda: boot_layers.parse_layers(b'- "a":\n' + b'  - "b"\n' * (MEGABYTE // 4)),
    "a layers.idx of blanks": lambda: boot_layers.parse_layers(b"- a" + b" " * MEGABYTE + b"b"),
    "a script that is one word": lambda: start_script.parse(b"#!" + b"a" * (MEGABYTE // 4)),
    "a script of dots": lambda: start_script.parse(b"#!\n" + b"a." * (MEGABYTE // 8)),
    "a script of empty lines": lambda: start_script.parse(b"#!" + b"\n" * (MEGABYTE // 4)),
    "a web.xml of comments that never end": lambda: servlet.version_of(b"<!--" * (MEGABYTE // 4)),
    "a web.xml of elements that never end": lambda: servlet.version_of(b"<web-app " * (MEGABYTE // 9)),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_text_made_to_be_slow_is_read_in_linear_time(what: str) -> None:
    began = time.process_time()
    HOSTILE[what]()
    assert time.process_time() - began < 5
