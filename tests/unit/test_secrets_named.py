"""`x-buildsvc.secrets` names variables that are secrets although they do not look so."""

from __future__ import annotations

from pathlib import Path

from buildsvc.compose import Source, parse


def test_a_variable_that_the_file_calls_secret_is_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services: {a: {x-buildsvc: {secrets: [LICENCE]}, environment: {LICENCE: ABC-123, MODE: fast}}}"
    )
    parsed = parse(Source(tmp_path, "compose.yaml"), tmp=tmp_path, project="shop")
    assert parsed.secrets == {"a/LICENCE": "ABC-123"}
    assert "ABC-123" not in repr(parsed.application)
