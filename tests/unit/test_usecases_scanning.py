"""The site's own scanner is asked before anything is kept, and its word holds."""

from __future__ import annotations

import hashlib
import shlex
import sys
from pathlib import Path

import pytest

from buildpacks.errors import NotFound, Refused
from tests.workshops import Bench, jar


def scanned_by(tmp_path: Path, program: str, timeout: str = "30s") -> Bench:
    file = tmp_path / "scan.py"
    file.write_text(program)
    made = Bench(
        tmp_path / "data", BUILDSVC_SCAN=shlex.join([sys.executable, str(file)]), BUILDSVC_SCAN_TIMEOUT=timeout
    )
    made.apply()
    return made


def refusal(bench: Bench) -> Refused:
    data = jar("1.0")
    with pytest.raises(Refused) as caught:
        bench.push(data=data, application="shop", component="order")
    with pytest.raises(NotFound):
        bench.site.artifacts.path(hashlib.sha256(data).hexdigest())
    assert bench.ledger.unended() == ()
    return caught.value


def test_what_is_clean_is_kept(tmp_path: Path) -> None:
    bench = scanned_by(tmp_path, "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).testzip()")
    assert bench.push("1.0", application="shop", component="order").artifact is not None


def test_what_the_scanner_refuses_is_not_kept_and_its_words_are_told(tmp_path: Path) -> None:
    bench = scanned_by(tmp_path, "import sys; print(sys.argv[1], 'has Eicar-Test'); sys.exit(3)")
    refused = refusal(bench)
    assert refused.code == "scan-refused"
    assert "(exit status 3): order-service.jar has Eicar-Test" in refused.message


def test_a_scanner_that_takes_too_long_lets_nothing_in(tmp_path: Path) -> None:
    bench = scanned_by(tmp_path, "import threading; threading.Event().wait(60)", timeout="200ms")
    assert refusal(bench).code == "scan-unfinished"


def test_a_scanner_that_is_not_there_lets_nothing_in(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "data", BUILDSVC_SCAN="/nowhere/scan --quiet")
    bench.apply()
    refused = refusal(bench)
    assert refused.code == "scan-unfinished"
    assert "/nowhere/scan" in refused.message
