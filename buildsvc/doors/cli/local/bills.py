"""`buildsvc inspect --sbom` and `--licences`: the bill of materials of a file, without a service."""

from __future__ import annotations

from pathlib import Path

from buildpacks import verdict
from buildpacks.analyse import analyse
from buildpacks.archives.tars import as_zip
from buildpacks.inside.inventory import inventory
from buildsvc.image.sbom.document import document


def bill_of(file: Path) -> bytes:
    """Write the CycloneDX document of a jar, war, zip or tar. Raises Refused where it cannot be read."""
    with as_zip(file, file.name) as path:
        analysis = analyse(path, file.name)
        title, version = verdict.title(analysis), verdict.version(analysis)
        application = inventory(path, file.name, analysis.sha256, title, version)
    return document(application, analysis.newest_mtime)
