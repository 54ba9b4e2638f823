"""What an application stands on in its image, for its bill of materials."""

from __future__ import annotations

from dataclasses import dataclass

from buildsvc.image.sbom.packages import Package


@dataclass(frozen=True)
class Below:
    """What an application stands on in its image; everything empty for a file that is in none."""

    image: str = ""
    """The image manifest's digest."""
    platform: str = ""
    base: str = ""
    base_digest: str = ""
    java: str = ""
    server: str = ""
    """A server's name and release as its base's name has them: `tomcat-10.1.59`."""
    packages: tuple[Package, ...] = ()


NOWHERE = Below()
"""Of a file that is in no image."""
