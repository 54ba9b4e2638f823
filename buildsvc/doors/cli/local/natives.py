"""The native libraries of an artifact as `buildsvc inspect` shows them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from buildpacks.analysis import Analysis, NativeLibrary
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.screen import in_words, line

_WIDTH = 64
_ROWS = 40
_KB = 1024


def facts(analysis: Analysis) -> list[dict[str, Any]]:
    """Return all that is known of each, for `--json`."""
    return [asdict(native) for native in analysis.natives]


def show(analysis: Analysis) -> None:
    """Print a table of them, none where there are none; the first ones of many."""
    if not analysis.natives:
        return
    line("")
    rows = [_row(native) for native in analysis.natives[:_ROWS]]
    table(("LIBRARY", "MACHINE", "LIBC", "GLIBC", "PAGE"), rows)
    if len(analysis.natives) > _ROWS:
        line(in_words("said.and-more", count=len(analysis.natives) - _ROWS))


def _row(native: NativeLibrary) -> tuple[str, str, str, str, str]:
    page = f"{native.align // _KB} KB" if native.align >= _KB else "-"
    return _short(native.path), native.machine, native.libc or "unknown", native.glibc or "-", page


def _short(path: str) -> str:
    """Shorten a path: its end tells more than its beginning; what encloses it is named by its file alone."""
    outer, mark, inner = path.rpartition("!/")
    text = f"{outer.rpartition('/')[2]}{mark}{inner}"
    return text if len(text) <= _WIDTH else f"…{text[1 - _WIDTH :]}"
