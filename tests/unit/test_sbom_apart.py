"""A bill of materials is written in a process of its own, so that no other process carries the library for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from buildpacks.errors import Failure
from buildpacks.inside.bill_parts import Licence, Part
from buildsvc.image.sbom import apart, document
from buildsvc.image.sbom.below import Below
from buildsvc.image.sbom.packages import Package

ROOT = Path(__file__).parents[2]
LIBRARY = Part(
    group="org.example",
    name="alpha",
    version="1.0",
    sha256="ab" * 32,
    entry="BOOT-INF/lib/alpha-1.0.jar",
    licences=(Licence(name="Apache-2.0"),),
)
APPLICATION = Part(name="订单", version="1", sha256="cd" * 32, parts=(LIBRARY,))
GROUND = Below("sha256:" + "1" * 64, "linux/arm64", packages=(Package("libc6", "2.36", "arm64", "glibc", "debian-12"),))


def test_it_is_the_same_document() -> None:
    assert apart.document(APPLICATION, 1, GROUND) == document.document(APPLICATION, 1, GROUND)


def test_what_went_wrong_there_is_said_here() -> None:
    with pytest.raises(Failure) as caught:
        apart.document(APPLICATION, 1 << 40, GROUND)
    assert caught.value.code == "bill-not-made"
    assert "year" in caught.value.message


def test_no_process_of_the_service_carries_what_is_needed_once() -> None:
    asked = (
        "import sys, buildsvc.doors.http.server, buildsvc.doors.processes.keeper; "
        "print(*sorted({name.split('.')[0] for name in sys.modules} & {'cyclonedx', 'alembic', 'rich', 'lxml'}))"
    )
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
