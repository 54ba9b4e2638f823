"""Bills of materials written in the test's own process: a Python for each takes longer than all else in a unit test.

`test_sbom_apart` starts one, and compares.
"""

from __future__ import annotations

import pytest

from buildsvc.image.layout import Layout
from buildsvc.image.sbom import image_bill
from buildsvc.image.sbom.billed_image import BilledImage
from buildsvc.image.sbom.document import document
from buildsvc.image.sbom.image_contents import contents
from buildsvc.image.sbom.layer_files import Allowance
from buildsvc.usecases.aside import sbom
from buildsvc.usecases.versions import carried_bills


@pytest.fixture(autouse=True)
def bills_written_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbom, "document", document)
    monkeypatch.setattr(carried_bills, "image_document", _image_document)


def _image_document(layout: Layout, image: BilledImage) -> bytes:
    return image_bill.document(image, contents(layout, image.layers, Allowance()))
