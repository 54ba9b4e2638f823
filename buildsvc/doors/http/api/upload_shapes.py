"""What the routes of uploads in pieces take, and what they answer with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, RootModel

from buildpacks.archives.cutting import MOST_PARTS
from buildsvc.doors.http.api.shapes import LARGEST, Name, UploadWishes
from buildsvc.doors.http.problems import Asked
from buildsvc.model.uploading import UploadUnderWay, UploadView

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="A SHA-256, hex.")]
Length = Annotated[int, Field(ge=1, le=LARGEST, description="Bytes.")]


class OfUpload(Asked):
    upload: Name = Field(description="The upload's id.")


class UploadBody(UploadWishes):
    """A file that is about to come. `parts` are all of its bytes in their order, each by its SHA-256 and length."""

    filename: str = Field(min_length=1, max_length=1024, description="What the file is called.")
    size: Length = Field(description="Bytes of the whole file.")
    sha256: Digest = Field(description="Of the whole file: what comes of the parts has to be that.")
    parts: tuple[tuple[Digest, Length], ...] = Field(default=(), max_length=MOST_PARTS, description="Its parts.")


class UploadAnswer(RootModel[UploadView]):
    pass


class UploadsAnswer(RootModel[tuple[UploadUnderWay, ...]]):
    pass
