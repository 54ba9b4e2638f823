"""Maintenance windows: when in the week applications may be changed. Pure: the moment is handed in.

A window is written `mon-fri 20:00-23:00`, `sat,sun 00:00-24:00`, or `22:00-02:00` for every day, past midnight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain

from buildpacks.errors import Refused

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"(?:{'|'.join(_DAYS)})"
_SPAN = f"{_DAY}(?:-{_DAY})?"
_WINDOW = re.compile(rf"(?:(?P<days>{_SPAN}(?:,{_SPAN})*) )?(?P<begins>\d\d:\d\d)-(?P<ends>\d\d:\d\d)")
_OF_A_DAY = 24 * 60


@dataclass(frozen=True)
class Window:
    """Days of the week on which it begins, Monday being 0; minutes of the day, `ends` beyond 1440 past midnight."""

    days: frozenset[int]
    begins: int
    ends: int


def window(text: str) -> Window:
    """Read a window as it is written. Raises Refused `bad-policy`."""
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise Refused("bad-policy.window", value=text)
    begins, ends = _minutes(found["begins"], text), _minutes(found["ends"], text)
    if begins in {ends, _OF_A_DAY}:
        raise Refused("bad-policy.window", value=text)
    days = chain.from_iterable(_span(span) for span in (found["days"] or "mon-sun").split(","))
    return Window(frozenset(days), begins, ends if ends > begins else ends + _OF_A_DAY)


def is_open(windows: Iterable[str], now: datetime) -> bool:
    """Whether it may be now, by the clock that `now` shows; always where there is no window."""
    every = [window(text) for text in windows]
    minute = now.hour * 60 + now.minute
    return not every or any(
        (now.weekday() in one.days and one.begins <= minute < one.ends)
        or ((now.weekday() - 1) % 7 in one.days and minute + _OF_A_DAY < one.ends)
        for one in every
    )


def opens(windows: Iterable[str], now: datetime) -> datetime:
    """When the next window begins behind `now`, in its zone; there has to be one."""
    every = [window(text) for text in windows]
    starts = (
        _at(now.date() + timedelta(days=ahead), one.begins, now)
        for one in every
        for ahead in range(8)
        if (now.weekday() + ahead) % 7 in one.days
    )
    return min(start for start in starts if start > now)


def _at(day: date, minute: int, like: datetime) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=like.tzinfo)


def _minutes(clock: str, text: str) -> int:
    hours, minutes = (int(part) for part in clock.split(":"))
    found = hours * 60 + minutes
    if minutes >= 60 or found > _OF_A_DAY:  # noqa: PLR2004 - minutes of an hour
        raise Refused("bad-policy.window", value=text)
    return found


def _span(text: str) -> Iterable[int]:
    """Days from the first to the last, over the week's end where that is how they stand."""
    first, _, last = text.partition("-")
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    return [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
