"""What a buildpack is, and the ordered list of those that are asked: built-in ones, and a site's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.plan import BuildPlan
from buildpacks.sentences.wording import Wording
from buildpacks.verdict import Verdict


@dataclass(frozen=True)
class Buildpack:
    """One kind of artifact. `recognises` says in words which, where a site's own says it; `file` is where a site's own
    lies, None for a built-in one; `before` names the built-in one in front of which it wants to be asked.
    """

    name: str
    recognise: Callable[[Analysis], Verdict]
    plan: Callable[[Analysis], BuildPlan]
    recognises: str = ""
    file: str | None = None
    before: str | None = None

    @property
    def description(self) -> str:
        """What it takes, in words."""
        if self.recognises:
            return self.recognises
        by_rule = "declared" if str(self.file).endswith(".toml") else "scripted"
        return Wording(f"recognises.{by_rule if self.file else self.name}")


@dataclass(frozen=True)
class Broken:
    """A file of a site that is no buildpack, and why: it is asked nothing."""

    file: str
    fault: Refused


@dataclass(frozen=True)
class Buildpacks:
    """All that take part, in the order in which they are asked, and what cannot."""

    ordered: tuple[Buildpack, ...]
    broken: tuple[Broken, ...] = ()

    def behind(self, one: Buildpack) -> tuple[Buildpack, ...]:
        """Return the built-in ones that are asked only after this one, if it is a site's own; otherwise none."""
        if one.file is None:
            return ()
        return tuple(other for other in self.ordered[self.ordered.index(one) :] if other.file is None)
