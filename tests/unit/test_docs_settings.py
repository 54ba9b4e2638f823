"""docs/settings.md and its Chinese twin are what the declarations say."""

from pathlib import Path

import pytest

from buildpacks.sentences import catalogue
from buildsvc.settings import laptop
from buildsvc.settings.page import page
from buildsvc.settings.settings import Settings, variable
from buildsvc.settings.written import default_of, meaning_of

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("language", "file"), [("en", "settings.md"), ("zh", "zh/settings.md")])
def test_the_page_is_current(language: str, file: str) -> None:
    assert (DOCS / file).read_text(encoding="utf-8") == page(language), "scripts/reference makes it anew"


def test_every_setting_is_on_the_page_with_a_default_and_a_sentence() -> None:
    text = page()
    for name, field in Settings.model_fields.items():
        assert f"| `{variable(name)}` |" in text
        assert default_of(name, field) not in {"", "None"}, name
        assert catalogue.knows(meaning_of(name).key), name
        assert meaning_of(name).endswith("."), name
    assert all(f"| `{name}` |" in text for name in laptop.declared())
