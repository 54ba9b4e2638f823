"""Programs inside the instances of the fake engine: each component has data that is written out and read in."""

from __future__ import annotations

from dataclasses import dataclass, field

from buildpacks.errors import DeploymentFailed
from buildsvc.engines.inner_programs import ProgramEnd, Streams


@dataclass
class FakePrograms:
    """`data` by component is what a program writes, and becomes what it is given; `codes` are exit statuses, where they
    are not 0.
    """

    data: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)

    def run(self, component: str, streams: Streams) -> ProgramEnd:
        """Do what the streams ask for."""
        if streams.given_up():
            raise DeploymentFailed("program-given-up", component=component)
        if streams.target is not None:
            given = streams.given.read_bytes() if streams.given is not None else None
            streams.target.write_bytes(self.data.get(component, b"") if given is None else given)
            streams.told(streams.target.stat().st_size)
        code = self.codes.get(component, 0)
        if streams.given is not None and code == 0:
            self.data[component] = streams.given.read_bytes()
        return ProgramEnd(code, ("it did not work",) if code else ())
