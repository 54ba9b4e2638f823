"""Values as people of a language read them: sizes, durations, counts, times, lists. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

_BETWEEN: Final = {
    "en": {"": ", ", "and": " and ", "or": " or ", "joined": "; ", "sentences": " "},
    "zh": {"": "、", "and": " 和 ", "or": " 或 ", "joined": "；", "sentences": ""},  # noqa: RUF001 - Chinese semicolon
}


def size(count: int) -> str:
    """Write a number of bytes as people read it, in decimal units; the same in every language."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:  # noqa: PLR2004 - decimal units
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"  # noqa: PLR2004
        value /= 1000
    return f"{value:.1f} GB"


def seconds(value: float, language: str = "en") -> str:
    """Write a duration as people read it: tenths below ten seconds, whole seconds below two minutes, then minutes."""
    second, minute = ("秒", "分") if language == "zh" else ("s", "min")
    if value < 0.05:  # noqa: PLR2004 - what one decimal would show as nothing
        return f"{value * 1000:.0f} {'毫秒' if language == 'zh' else 'ms'}"
    if value < 10:  # noqa: PLR2004
        return f"{value:.1f} {second}"
    if value < 120:  # noqa: PLR2004
        return f"{value:.0f} {second}"
    return f"{int(value // 60)} {minute} {int(value % 60)} {second}"


def counted(number: int, forms: str, language: str = "en") -> str:
    """Write a number with its noun. English `forms` are `one|many` (`library|libraries`; `layer` alone gets an s);
    Chinese has one form, the measure word in front of it.
    """
    one, _, many = forms.partition("|")
    if language == "zh":
        return f"{number} {one}"
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def joined(items: Sequence[str], how: str = "", language: str = "en") -> str:
    """Write items one after the other, with the commas of the language; `how` is `and`, `or`, `joined` for
    semicolons between what has commas of its own, or `sentences` for what has full stops.
    """
    return _BETWEEN[language][how].join(items)


def time(moment: datetime | str) -> str:
    """Write a moment in UTC, to the minute; as text it is ISO 8601."""
    moment = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{moment:%Y-%m-%d %H:%M} UTC"
