"""The bill of materials, written in a process of its own: its library would cost each process of a service several MB
for good, and a bill is made once in the life of a release.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

from buildpacks.errors import Failure
from buildpacks.inside.bill_parts import Part
from buildsvc.image.sbom.below import Below

_HOME = Path(__file__).parents[3]


def document(application: Part, stamp: int, ground: Below) -> bytes:
    """As `buildsvc.image.sbom.document.document`. Raises Failure `bill-not-made`."""
    command = [sys.executable, "-m", "buildsvc.image.sbom.document"]
    told = pickle.dumps((application, stamp, ground))
    done = subprocess.run(command, cwd=_HOME, input=told, capture_output=True, check=False)
    if done.returncode:
        last = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no word"])[-1]
        raise Failure("bill-not-made", application=application.name, why=last)
    return done.stdout
