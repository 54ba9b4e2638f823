"""Who needs whom in an application: by `depends_on`, and by addresses that stand in the environment."""

from __future__ import annotations

import re

from buildsvc.model.application import Application

_HOST = re.compile(r"(?:^|//|@|[,;=\s(])([A-Za-z0-9][\w.-]*)(?=[:/,;?)\s]|$)")
"""What stands where a host stands: at the beginning, behind `//` or `@`, or in a list."""


def needed(application: Application) -> dict[str, tuple[str, ...]]:
    """Name the components that each one depends on, in the file's order of components."""
    names = [part.name for part in application.components]
    found: dict[str, tuple[str, ...]] = {}
    for part in application.components:
        hosts = {one.component for one in part.depends_on}
        for _, value in part.environment:
            if isinstance(value, str):
                hosts.update(_HOST.findall(value))
        found[part.name] = tuple(name for name in names if name in hosts and name != part.name)
    return found
