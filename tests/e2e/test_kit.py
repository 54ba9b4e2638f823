"""One file brings a bare server without a network to a serving application: the very story of `scripts/demo --kit`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scripts.bare.story import tell
from scripts.demonstration.place import ROOT, Place

pytestmark = [
    pytest.mark.engine,
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.geteuid() != 0, reason="systemd in a container takes rights that root alone may give"),
]


def test_a_bare_server_is_installed_rebooted_upgraded_under_load_taken_back_and_cleared(tmp_path: Path) -> None:
    subprocess.run([ROOT / "scripts" / "wheels"], check=True, timeout=600)
    figures = tell(Place(tmp_path / "kit")).values
    assert figures["requests served meanwhile"] > 1000
