"""Buildpacks that a site writes in Python."""

from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.own import scripted
from tests import forge

GOOD = '''"""Everything, as an executable jar.

And more."""
from __future__ import annotations
from dataclasses import dataclass
from buildpacks import executable_jar
from buildpacks.verdict import Verdict

NAME = "acme"
BEFORE = "executable-jar"

@dataclass(frozen=True)
class Own:
    reason: str

def recognise(analysis):
    return Verdict("called otherwise", True, Own("it is ours").reason)

def plan(analysis):
    return executable_jar.plan(analysis)
'''


@pytest.fixture
def jar(tmp_path: Path) -> Analysis:
    return analyse(forge.write(tmp_path / "x.jar", forge.jar()), "x.jar")


def test_a_file_is_a_buildpack_under_its_own_name(jar: Analysis) -> None:
    found = scripted.load("/site/acme.py", GOOD.encode())
    assert (found.name, found.before, found.file) == ("acme", "executable-jar", "/site/acme.py")
    assert found.recognises == "Everything, as an executable jar."
    assert found.recognise(jar).reason == "it is ours"
    assert found.recognise(jar).buildpack == found.plan(jar).buildpack == "acme"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("NAME = 'x'\ndef (:\n", "/site/acme.py, line 2 is no Python: "),
        ("NAME = 'x'\n\nraise ValueError('oh')\n", "/site/acme.py, line 3 raised ValueError: oh while it was loaded."),
        ("import sys\nsys.exit(3)\n", "/site/acme.py, line 2 raised SystemExit: 3"),
        ("import no_such_module_here\n", "/site/acme.py, line 1 raised ModuleNotFoundError: "),
        ("\0", "/site/acme.py"),
        (b"# coding: no-such\n", "/site/acme.py"),
        ("", "/site/acme.py has no NAME."),
        ("NAME = 1", "/site/acme.py has NAME = 1, which is no text."),
        ("NAME = 'x'\nrecognise = 1", "/site/acme.py has no function recognise(analysis)."),
        ("NAME = 'x'\ndef recognise(a): ...", "/site/acme.py has no function plan(analysis)."),
    ],
)
def test_a_file_that_is_no_buildpack_is_refused_with_file_and_line(source: str | bytes, said: str) -> None:
    with pytest.raises(Refused) as caught:
        scripted.load("/site/acme.py", source if isinstance(source, bytes) else source.encode())
    assert caught.value.code == "bad-buildpack"
    assert caught.value.message.startswith(said)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return analysis.absent", "/site/acme.py, line 8: recognise raised AttributeError: "),
        ("raise SystemExit", "/site/acme.py, line 8: recognise raised SystemExit"),
        ("return True", "/site/acme.py: recognise gave True, no Verdict"),
        ("return Verdict(NAME, 1, 2)", "/site/acme.py: recognise gave Verdict(buildpack='acme', fits=1, reason=2"),
        ("return recognise(analysis)", "/site/acme.py, line 8: recognise raised RecursionError"),
    ],
)
def test_a_recognise_that_fails_does_not_fit_and_says_where(jar: Analysis, body: str, said: str) -> None:
    head = GOOD[: GOOD.index("BEFORE")].replace("\n\nAnd more", "")
    source = f"{head}def recognise(analysis):\n    {body}\ndef plan(analysis): ...\n".replace("\n\n", "\n")
    told = scripted.load("/site/acme.py", source.encode()).recognise(jar)
    assert (told.fits, told.failed, told.buildpack) == (False, True, "acme")
    assert told.reason.startswith(said)


def test_a_plan_that_fails_is_refused_with_file_and_line(jar: Analysis) -> None:
    broken = GOOD.replace("return executable_jar.plan(analysis)", "return {}['a']")
    with pytest.raises(Refused, match=r"cannot plan it: /site/acme.py, line 20: KeyError: 'a'") as caught:
        scripted.load("/site/acme.py", broken.encode()).plan(jar)
    assert caught.value.code == "bad-plan"
    none = GOOD.replace("return executable_jar.plan(analysis)", "return None")
    with pytest.raises(Refused, match=r"/site/acme.py made a plan for x.jar that is none: plan is None"):
        scripted.load("/site/acme.py", none.encode()).plan(jar)


def test_a_plan_that_refuses_on_purpose_says_what_it_wants(jar: Analysis) -> None:
    purpose = GOOD.replace(
        "return executable_jar.plan(analysis)", "raise Refused('no-main', 'It has no main.', 'Add.')"
    )
    purpose = purpose.replace("from buildpacks import", "from buildpacks.errors import Refused\nfrom buildpacks import")
    with pytest.raises(Refused, match=r"It has no main") as caught:
        scripted.load("/site/acme.py", purpose.encode()).plan(jar)
    assert caught.value.code == "no-main"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted, "MOST_SECONDS", 0.5)


ENDLESS = "\n    import signal\n    while True: signal.pause()"
KILLED = "\n    import faulthandler, os, signal\n    faulthandler.disable()\n    os.kill(os.getpid(), signal.SIGSEGV)"


@pytest.mark.parametrize(("body", "said"), [(ENDLESS, "did not end within 0.5 s"), (KILLED, "ended without an answer")])
def test_a_function_that_never_ends_or_ends_its_process_blocks_nobody(
    jar: Analysis, impatient: None, body: str, said: str
) -> None:
    found = scripted.load(
        "/site/acme.py", GOOD.replace('\n    return Verdict("called', f'{body}\n    return Verdict("called').encode()
    )
    verdict = found.recognise(jar)
    assert (verdict.fits, verdict.failed) == (False, True)
    assert verdict.reason == f"/site/acme.py: recognise {said}"
    found = scripted.load(
        "/site/acme.py", GOOD.replace("\n    return executable_jar", f"{body}\n    return executable_jar").encode()
    )
    with pytest.raises(Refused, match=said) as caught:
        found.plan(jar)
    assert caught.value.code == "bad-plan"


def test_a_file_that_never_ends_loading_is_refused(impatient: None) -> None:
    with pytest.raises(Refused, match=r"/site/acme.py did not end within 0.5 s while it was loaded") as caught:
        scripted.load("/site/acme.py", GOOD.replace("@dataclass", "while True: pass\n@dataclass").encode())
    assert caught.value.code == "bad-buildpack"


def test_a_file_of_an_earlier_version_finds_what_it_imports_where_it_was_then() -> None:
    source = b"""
from buildpacks import jvm
from buildpacks.archive import open_archive
from buildpacks.properties import parse_properties
from buildpacks.verdict import Verdict

NAME = "earlier"

def recognise(analysis):
    return Verdict(NAME, callable(open_archive) and callable(parse_properties) and bool(jvm.OPTIONS), "it is here")

def plan(analysis):
    raise NotImplementedError
"""
    assert scripted.load("/site/earlier.py", source).name == "earlier"
