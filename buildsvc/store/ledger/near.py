"""Names that nothing has, and the near ones that were perhaps meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from buildpacks.errors import NotFound


def not_found(kind: str, name: str, names: Iterable[str], where: str = "") -> NotFound:
    """NotFound `no-such-<kind>`, its hint the near names or, where none is near, all of them (ten at most)."""
    known = sorted(names)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        hint = f"Did you mean {' or '.join(repr(n) for n in near)}?"
    elif known:
        hint = f"There {'is' if len(known) == 1 else 'are'}: {', '.join(known[:10])}{', …' if known[10:] else ''}."
    else:
        hint = "There is none yet."
    return NotFound(f"no-such-{kind}", f"There is no {kind} '{name}'{where}.", hint)
