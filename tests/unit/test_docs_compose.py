"""docs/compose.md names every key that is understood, and its example is read."""

import textwrap
from dataclasses import fields
from pathlib import Path

from buildsvc.compose import Source, parse, spec_keys
from buildsvc.model.application import JarSettings

PAGE = (Path(__file__).parents[2] / "docs" / "compose.md").read_text(encoding="utf-8")


def test_every_key_of_a_service_and_of_the_top_is_named() -> None:
    assert [key for key in (*spec_keys.SERVICE, *spec_keys.TOP) if f"`{key}`" not in PAGE] == []
    assert [
        key for key in (*spec_keys.X_BUILDSVC, *spec_keys.X_BUILDSVC_DATA) if f"          {key}: " not in PAGE
    ] == []


def test_every_jar_setting_has_a_key() -> None:
    assert {field.name for field in fields(JarSettings)} == set(spec_keys.X_BUILDSVC)


def test_the_example_is_read(tmp_path: Path) -> None:
    lines = PAGE.splitlines()
    start = lines.index("    services:")
    end = next(n for n in range(start, len(lines)) if lines[n].startswith("## "))
    (tmp_path / "compose.yaml").write_text(textwrap.dedent("\n".join(lines[start:end])), encoding="utf-8")
    (tmp_path / "init.sql").write_text("select 1;")
    parsed = parse(Source(tmp_path, "compose.yaml", {"DB_PASSWORD": "hush"}), tmp=tmp_path, project="shop")
    order = parsed.application.component("order")
    assert order is not None
    assert order.jar is not None
    assert order.jar.ports == ((9090, None), (8081, "http"))
    assert parsed.secrets == {"order/DB_PASSWORD": "hush"}
    assert parsed.warnings == ()
