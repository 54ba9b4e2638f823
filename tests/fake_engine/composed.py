"""What somebody else started on the fake engine: Compose projects that are only data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from buildsvc.engines.base import Ensure
from buildsvc.engines.two_places import Occupant, Restart
from buildsvc.model.adoption import AdoptedComponent
from buildsvc.model.application import Component
from buildsvc.model.composed import ComposedContainer, ComposedProject
from buildsvc.model.instance import Instance

STARTED = datetime(2026, 1, 1, tzinfo=UTC)


class ComposedWorld:
    """`projects` are what a test says that runs, by name; `started` when each container was last started."""

    def __init__(self) -> None:
        self.projects: dict[str, ComposedProject] = {}
        self.started: dict[str, datetime] = {}
        self.policies: dict[str, Restart] = {}

    def composed(self, project: str) -> ComposedProject:
        """See `Engine.composed`."""
        return self.projects.get(project, ComposedProject(project, (), "", ()))

    def adopted(self, application: str, components: Iterable[AdoptedComponent]) -> tuple[Instance, ...]:
        """See `Engine.adopted`."""
        found = ((one, self.container(container)) for one in components for container in one.ids)
        return tuple(self._instance(application, one, there) for one, there in found if there is not None)

    def container(self, name: str) -> ComposedContainer | None:
        """Find one by its id or name."""
        every = (one for project in self.projects.values() for one in project.containers)
        return next((one for one in every if name in {one.id, one.name}), None)

    def change(self, container: str, **values: object) -> None:
        """Overwrite facts of a container."""
        for name, project in self.projects.items():
            changed = tuple(
                replace(one, **values) if one.id == container else one  # type: ignore[arg-type]
                for one in project.containers
            )
            self.projects[name] = replace(project, containers=changed)

    def drop(self, container: str) -> None:
        """Take a container away, by its id or name."""
        for name, project in self.projects.items():
            left = tuple(one for one in project.containers if container not in {one.id, one.name})
            self.projects[name] = replace(project, containers=left)

    def is_left_alone(self, wanted: Ensure, component: Component, now: datetime) -> bool:
        """Whether a component runs in adopted containers; one that does not run is started."""
        part = next((one for one in wanted.adopted if one.name == component.name), None)
        there = [one for one in map(self.container, part.ids if part is not None else ()) if one is not None]
        for one in there:
            if one.state != "running" and component.name not in wanted.still:
                self.started[one.id] = now
                self.change(one.id, state="running", exit_code=None)
        return bool(there)

    def give_up(self, wanted: Ensure) -> None:
        """Take away the containers of what is to run otherwise."""
        for one in wanted.given_up:
            for container in one.ids:
                self.drop(container)

    def occupant(self, name: str) -> Occupant | None:
        """Return a container as what stands in an adopted place."""
        one = self.container(name)
        if one is None:
            return None
        policy = self.policies.get(one.id, Restart("unless-stopped"))
        return Occupant(one.id, one.name, "", one.state == "running", None, None, policy)

    def _instance(self, application: str, adopted: AdoptedComponent, one: ComposedContainer) -> Instance:
        return Instance(
            id=one.id,
            name=one.name,
            application=application,
            component=adopted.name,
            role="instance" if adopted.spec.is_jar else "image",
            state=one.state,
            image=one.image,
            started=self.started.get(one.id, STARTED),
            exit_code=one.exit_code,
            active=adopted.spec.is_jar,
        )
