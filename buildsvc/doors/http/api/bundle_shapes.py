"""What the routes of bundles take and answer with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, RootModel

from buildsvc.doors.http.api.shapes import Name
from buildsvc.doors.http.problems import Asked
from buildsvc.model import version_views

MOST_SIGNATURE = 4096
"""Characters of a signature or a key in base64."""


class OfBundle(Asked):
    bundle: Name = Field(description="The digest of the bundle's app.json.")


class OfBlob(OfBundle):
    digest: Name = Field(description="The blob's digest.")


class BeginQuery(Asked):
    """`pin=false` only looks. The signature over SHA256SUMS and the key that it was made by: both, or neither."""

    pin: bool = Field(default=True, description="Whether to begin, or only to look.")
    signature: Annotated[str, Field(max_length=MOST_SIGNATURE)] = Field(
        default="", description="SHA256SUMS.sig in base64."
    )
    key: Annotated[str, Field(max_length=MOST_SIGNATURE)] = Field(default="", description="SHA256SUMS.pem in base64.")


class SignatureBody(Asked):
    """A signature over SHA256SUMS and the public key that it was made by, both in base64."""

    signature: Annotated[str, Field(max_length=MOST_SIGNATURE)]
    key: Annotated[str, Field(max_length=MOST_SIGNATURE)]


class PathBody(Asked):
    """`path` of a bundle on the server."""

    path: Annotated[str, Field(min_length=1, max_length=4096)]


class WantedAnswer(RootModel[version_views.WantedView]):
    pass
