"""Patterns of paths: `*` and `?` stay within a folder, `**` goes through any number of them. No more is special."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_PART = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile the pattern for `fullmatch`: `**/x` is x in any folder, `lib/**` everything below lib."""
    return re.compile("".join(_MEANS.get(part) or re.escape(part) for part in _PART.findall(pattern)), re.DOTALL)


def matches(pattern: str, path: str) -> bool:
    """Whether the whole path is meant."""
    return compiled(pattern).fullmatch(path) is not None


def first(patterns: Iterable[str], path: str) -> str | None:
    """Return the first of the patterns that means the path."""
    return next((pattern for pattern in patterns if matches(pattern, path)), None)
