"""docs/settings.md says what the settings are: every one, with its default and meaning, and no other."""

import re
from pathlib import Path

from buildsvc import settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_has_every_setting_and_no_other():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [f"| `{name}` | {default} | {meaning} |" for name, default, meaning in settings.table()]


def test_every_setting_of_the_table_is_read():
    code = (Path(settings.__file__).parent / "reading.py").read_text(encoding="utf-8")
    assert set(re.findall(r'"(BUILDSVC_[A-Z_]+)"', code)) == {name for name, _, _ in settings.table()}
