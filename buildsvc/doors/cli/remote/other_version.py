"""A service of another version: most works, and what does not says why."""

from __future__ import annotations

import importlib

from buildpacks.errors import Failure

FIRST = "0.1.0"
"""The version that did not tell its number yet."""
_MAY_BE_IT = frozenset({"not-found", "method-not-allowed", "invalid-request", "not-buildsvc"})
"""What a question that one side does not know ends with."""


def explained(failure: Failure, theirs: str | None) -> Failure:
    """Return the same failure, saying both versions where it may come of their being different. `theirs` is what the
    service says of itself, None where it says nothing.
    """
    if failure.code not in _MAY_BE_IT or (theirs is None and failure.code == "not-buildsvc"):
        return failure
    theirs = theirs or FIRST
    ours = own_version()
    if theirs == ours:
        return failure
    return type(failure)("other-version", why=failure.as_value(), theirs=theirs, ours=ours)


def own_version() -> str:
    """Say which version this command line is of."""
    # Loaded when something failed: every command would pay for it otherwise.
    return str(importlib.import_module("importlib.metadata").version("buildsvc"))
