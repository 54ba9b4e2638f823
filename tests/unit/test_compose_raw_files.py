"""`format: raw` of an env_file: values as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import Refused
from tests.compose_files import read


def test_an_env_file_of_format_raw_is_taken_as_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "a.env").write_text("# one\nA='b c'\n  D=$KNOWN ${NOT}# e\nE=\nF\n")
    body = "services:\n  web:\n    image: i\n    env_file: [{path: a.env, format: %s}]\n"
    parsed = read(folder, body % "raw", env={"F": "f", "KNOWN": "k"})
    assert parsed.secrets == {"web/A": "'b c'", "web/D": "$KNOWN ${NOT}# e", "web/E": "", "web/F": "f"}
    with pytest.raises(Refused, match=r"line 4: services.web.env_file\[0\].format"):
        read(folder, body % "toml")
    (folder / "a.env").write_text("A B=c\n")
    with pytest.raises(Refused, match=r"a.env"):
        read(folder, body % "raw")
