"""A file for somebody else, which appears whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from buildpacks.errors import require_folder_of


@contextmanager
def appearing(target: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Open a file that is there when the block ends well, replacing `target`, and not at all otherwise.

    Raises Refused `no-folder`.
    """
    require_folder_of(target)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
