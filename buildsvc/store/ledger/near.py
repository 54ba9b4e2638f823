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
        return NotFound(f"no-such-{kind}.near", name=name, where=where, near=[repr(one) for one in near])
    if known:
        return NotFound(f"no-such-{kind}.others", name=name, where=where, known=known[:10] + ["…"] * (len(known) > 10))  # noqa: PLR2004
    return NotFound(f"no-such-{kind}.none", name=name, where=where)
