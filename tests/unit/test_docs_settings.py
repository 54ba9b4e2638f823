"""docs/settings.md is what the declarations say."""

from pathlib import Path

from buildsvc.settings import laptop
from buildsvc.settings.page import page
from buildsvc.settings.settings import Settings, variable
from buildsvc.settings.written import default_of

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "scripts/reference makes it anew"


def test_every_setting_is_on_the_page_with_a_default_and_a_sentence() -> None:
    text = page()
    for name, field in Settings.model_fields.items():
        assert f"| `{variable(name)}` |" in text
        assert default_of(field) not in {"", "None"}, name
        assert (field.description or "").endswith("."), name
    assert all(f"| `{name}` |" in text for name in laptop.declared())
