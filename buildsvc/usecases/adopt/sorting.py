"""What of a running Compose project can be taken over, and what cannot and why: said before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from buildsvc.model.adoption import AdoptedComponent, Adoption, shaped
from buildsvc.model.application import Application, Component
from buildsvc.model.composed import ComposedContainer, ComposedProject, HeldOfHost
from buildsvc.model.events import Warned
from buildsvc.model.raised import warned
from buildsvc.usecases.admit.policing import judge, policy_of
from buildsvc.usecases.site import Site

_DOWN = frozenset({"created", "exited", "dead", "restarting"})


@dataclass(frozen=True)
class AdoptionPlan:
    """What the application will be, as it runs; `left` says what stays outside, `notes` what else is worth knowing."""

    application: Application
    adoption: Adoption
    left: tuple[Warned, ...]
    notes: tuple[Warned, ...] = ()

    @property
    def jars(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.application.jar_components)

    @property
    def images(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.application.components if not one.is_jar)


def sort_out(
    site: Site, wanted: Application, project: ComposedProject, told: tuple[str, ...], deployment: str
) -> AdoptionPlan:
    """Compare what the file `wanted` asks for with what runs. A service is adopted as a whole or not at all."""
    known = {one.name: _of(one, project.of(one.name)) for one in wanted.components}
    frame = Adoption(
        project.name,
        deployment,
        tuple(one for one in known.values() if one.containers),
        told,
        project.networks,
        project.volumes,
    )
    whole = shaped(wanted, frame)
    taken: list[Component] = []
    left: list[Warned] = []
    for component in whole.components:
        there = project.of(component.name)
        reasons = tuple(_reasons(site, whole, frame, component, there))
        left += reasons
        if not reasons:
            taken.append(_as_it_runs(component, there))
    left += _strangers(project, {one.name for one in wanted.components})
    kept = tuple(replace(known[one.name], spec=one) for one in taken)
    application = _only_used(replace(whole, components=tuple(taken)))
    notes = tuple(_notes(taken, project))
    return AdoptionPlan(application, replace(frame, components=kept), tuple(left), notes)


def _of(component: Component, there: tuple[ComposedContainer, ...]) -> AdoptedComponent:
    binds = there[0].binds if there else ()
    return AdoptedComponent(component.name, tuple((one.id, one.name) for one in there), component, binds=binds)


def _as_it_runs(component: Component, there: tuple[ComposedContainer, ...]) -> Component:
    if component.is_jar:
        return component
    return replace(component, image=there[0].image, replicas=len(there))


def _only_used(application: Application) -> Application:
    """Without the networks and volumes of what stays outside."""
    networks = {key for one in application.components for key, _ in one.networks}
    volumes = {mount.source for one in application.components for mount in one.mounts if mount.kind == "volume"}
    return replace(
        application,
        networks=tuple(one for one in application.networks if one.key in networks),
        volumes=tuple(one for one in application.volumes if one.key in volumes),
    )


def _reasons(
    site: Site, whole: Application, frame: Adoption, component: Component, there: tuple[ComposedContainer, ...]
) -> Iterator[Warned]:
    """Give each reason why a service cannot be adopted."""
    name = component.name
    if not there:
        yield warned("adopt-left-out.absent", service=name)
        return
    others = _of_others(site, whole.name)
    if any(one.ours or one.id in others for one in there):
        yield warned("adopt-left-out.ours", service=name)
        return
    down = [one for one in there if one.state in _DOWN and not _did_its_work(component, one)]
    if down:
        yield warned("adopt-left-out.down", service=name, containers=[one.name for one in down], state=down[0].state)
    if component.is_jar and len(there) > 1:
        yield warned("adopt-left-out.replicas", service=name, count=len(there))
    if component.is_jar and component.host.network is not None:
        yield warned("adopt-left-out.network", service=name, mode=component.host.network)
    yield from _denials(site, whole, frame, component, there)


def _of_others(site: Site, name: str) -> frozenset[str]:
    """Return the containers (ids) that other applications than `name` were adopted with: no mark on them says so."""
    there = set(site.ledger.application_names()) - {name}
    found = ((other, one) for other, adoption in site.ledger.adoptions().items() for one in adoption.components)
    return frozenset(container for other, one in found if other in there for container in one.ids)


def _did_its_work(component: Component, one: ComposedContainer) -> bool:
    return not component.is_jar and one.state == "exited" and one.exit_code == 0 and component.restart == "no"


def _denials(
    site: Site, whole: Application, frame: Adoption, component: Component, there: tuple[ComposedContainer, ...]
) -> Iterator[Warned]:
    """Judge it as when it is applied: what the file asks for, and what the containers have, which may be more. Only
    what Compose made for the project is its own.
    """
    policy = policy_of(site)
    asked = [_only_used(replace(whole, components=(component,)))]
    asked += [_as_held(whole.name, component, one.held) for one in there if one.held is not None]
    denials = dict.fromkeys(denial for one in asked for denial in judge(site, one, policy, frame))
    for denial in denials:
        key = "adopt-left-out.policy" if denial.rule else "adopt-left-out.never"
        yield warned(key, service=component.name, denied=denial.said, rule=denial.rule)


def _as_held(name: str, component: Component, held: HeldOfHost) -> Application:
    has = held.spec
    spec = replace(
        component,
        image=has.image,
        mounts=has.mounts,
        ports=has.ports,
        privileged=has.privileged,
        cap_add=has.cap_add,
        host=has.host,
        logging=has.logging,
        limits=replace(component.limits, oom_score=has.limits.oom_score),
    )
    return Application(name, (spec,), held.networks, held.volumes)


def _strangers(project: ComposedProject, services: set[str]) -> Iterator[Warned]:
    for one in project.containers:
        if one.one_off:
            yield warned("adopt-left-out.one-off", container=one.name)
        elif one.service not in services:
            yield warned("adopt-left-out.not-in-file", container=one.name, service=one.service)


def _notes(taken: list[Component], project: ComposedProject) -> Iterator[Warned]:
    for component in taken:
        first = project.of(component.name)[0]
        if component.is_jar:
            yield warned("adopt-first-push", component=component.name)
        elif starts_a_jar(first.command):
            yield warned("adopt-looks-like-jar", service=component.name)
        differing = _differing(component, first)
        if differing:
            yield warned("adopt-differs", service=component.name, keys=differing)


def starts_a_jar(command: tuple[str, ...]) -> bool:
    """Whether a command line starts java with a jar, by itself or in a line for a shell."""
    words = " ".join(command).split()
    return any(word.rpartition("/")[2] == "java" for word in words) and "-jar" in words


def _differing(component: Component, one: ComposedContainer) -> list[str]:
    """Return the variables that the file gives another value than they have; secrets are not compared."""
    runs = dict(one.environment)
    plain = ((key, value) for key, value in component.environment if isinstance(value, str) and key != "JAVA_OPTS")
    return sorted(key for key, value in plain if runs.get(key) != value)
