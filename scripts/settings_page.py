"""Writes docs/settings.md anew out of the settings' declarations."""

from __future__ import annotations

from pathlib import Path

from buildsvc.settings.page import page

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
