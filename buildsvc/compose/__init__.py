"""A Compose file into an application: `gather` on the laptop, `unpack` and `parse` on the server."""

from __future__ import annotations

from buildsvc.compose.declaring import parse
from buildsvc.compose.kept_folders import volume_of as kept_folder
from buildsvc.compose.parsing import variables_of
from buildsvc.compose.source import Parsed, Source
from buildsvc.compose.transport import gather, names_in, other_file, unpack

__all__ = ["Parsed", "Source", "gather", "kept_folder", "names_in", "other_file", "parse", "unpack", "variables_of"]
