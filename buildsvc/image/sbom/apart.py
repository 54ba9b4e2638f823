"""Bills of materials, written in processes of their own: the library would cost each process of a service several MB
for good, a bill is made once in the life of an image, and layers of strangers are read in bounds of their own.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from buildpacks.errors import Failure
from buildpacks.inside.bill_parts import Part
from buildpacks.sentences.values import last_words
from buildsvc.image.layout import Layout
from buildsvc.image.sbom.below import Below
from buildsvc.image.sbom.billed_image import BilledImage

_HOME = Path(__file__).parents[3]


def document(application: Part, stamp: int, ground: Below) -> bytes:
    """As `buildsvc.image.sbom.document.document`. Raises Failure `bill-not-made`."""
    return _told("buildsvc.image.sbom.document", (application, stamp, ground), application.name)


def image_document(layout: Layout, image: BilledImage) -> bytes:
    """As `buildsvc.image.sbom.image_bill.document`, of what the image's layers hold; where they could not be read in
    its bounds, the bill says so and nothing else. Raises Failure `bill-not-made`.
    """
    module, places = "buildsvc.image.sbom.image_bill", (str(layout.root), str(layout.tmp))
    try:
        return _told(module, (*places, image, ()), image.reference)
    except Failure as failure:
        return _told(module, (*places, replace(image, layers=()), (failure.message,)), image.reference)


def _told(module: str, asked: object, what: str) -> bytes:
    command = [sys.executable, "-m", module]
    done = subprocess.run(command, cwd=_HOME, input=pickle.dumps(asked), capture_output=True, check=False)
    if done.returncode:
        raise Failure("bill-not-made", application=what, why=last_words(done.stderr.decode("utf-8", "replace")))
    return done.stdout
