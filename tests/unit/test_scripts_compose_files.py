"""scripts/compose-files counts what is understood, what only lacks files beside it, and what is refused."""

from __future__ import annotations

from pathlib import Path

from scripts import compose_files


def test_files_are_counted_by_what_becomes_of_them(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.yml").write_text("services: {a: {image: i}, b: {x-buildsvc: {}}}\n")
    (tmp_path / "a" / "two.yaml").write_text("services: {a: {image: i, env_file: absent.env}}\n")
    (tmp_path / "three.yml").write_text("services: {a: {image: i, imagine: x}}\n")
    (tmp_path / "four.yml").write_text("spring: {application: {name: a}}\n")
    found = compose_files.rows(tmp_path)
    assert [(row.file, row.outcome) for row in found] == [
        ("a/one.yml", compose_files.UNDERSTOOD),
        ("a/two.yaml", compose_files.LACKING),
        ("three.yml", compose_files.REFUSED),
    ]
    told = compose_files.table(found)
    assert "| a/one.yml | 2 | 1 | understood |" in told
    assert "services.a.imagine is not a known key" in told
    assert told.endswith("3 files: 1 understood, 1 lacks what lies beside it, 1 refused; 2 services.")
