"""Take a running Compose project over: the worker's half of `ask_adoption`. Nothing that runs is touched."""

from __future__ import annotations

from dataclasses import replace

from buildpacks.errors import Conflict, Refused
from buildpacks.plan import Launch
from buildsvc.image.imported import read_images
from buildsvc.image.types import Image
from buildsvc.model.adoption_events import Adopted, AdoptionPlanned, ProjectRead
from buildsvc.model.application import Placement
from buildsvc.model.composed import ComposedContainer, ComposedProject
from buildsvc.model.deployment import Phase
from buildsvc.model.release import BuildFacts, ImageRef, Release
from buildsvc.model.version_events import ImageKept
from buildsvc.usecases.adopt.ask_adoption import asked
from buildsvc.usecases.adopt.sorting import AdoptionPlan, sort_out
from buildsvc.usecases.apply.proposals import proposal_of
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.deploy.adopted_commands import keep_command
from buildsvc.usecases.deploy.deploy import reference_of

BUILDPACK = "adopted"
"""What stands for a buildpack where nothing was built here."""


def adopt(attempt: Attempt) -> None:
    """Say what can be adopted and what cannot, and write down what can. Can be run again from its beginning, so it
    needs no journal. Raises Refused `nothing-composed`, `nothing-to-adopt`, `no-image-kept`, Conflict
    `application-there`, `adopted-by-another`.
    """
    workshop, deployment = attempt.workshop, attempt.deployment
    attempt.advance(Phase.SWAPPING)
    told = workshop.site.ledger.recall(asked(deployment.id))
    project = workshop.engine.composed(told["project"])
    if not project.containers:
        raise Refused("nothing-composed", project=project.name)
    attempt.publish(ProjectRead(project.name, len(project.containers), project.files, project.folder))
    if told["file"]:
        _with_file(attempt, project, tuple(told["jars"]), only_plan=told["plan"])
    attempt.settle()


def _with_file(attempt: Attempt, project: ComposedProject, jars: tuple[str, ...], *, only_plan: bool) -> None:
    site, deployment = attempt.workshop.site, attempt.deployment
    application, secrets = proposal_of(site, deployment.id)
    application = replace(application, name=deployment.application)
    plan = sort_out(site, application, project, jars, deployment.id)
    for one in (*plan.left, *plan.notes):
        attempt.publish(one)
    attempt.publish(AdoptionPlanned(plan.images, plan.jars))
    if only_plan:
        return
    if not plan.application.components:
        raise Refused("nothing-to-adopt", project=project.name)
    _refuse_another(attempt)
    for name, value in secrets.items():
        site.secrets.put(application.name, name, value)
    _write_down(attempt, plan, project)
    attempt.publish(Adopted(plan.images, plan.jars))


def _refuse_another(attempt: Attempt) -> None:
    """Raise Conflict `application-there` unless it is this deployment that made it, before its worker was lost."""
    ledger, name = attempt.workshop.site.ledger, attempt.deployment.application
    adoption = ledger.adoption(name)
    if name in ledger.application_names() and (adoption is None or adoption.deployment != attempt.deployment.id):
        raise Conflict("application-there.adopt", application=name)


def _write_down(attempt: Attempt, plan: AdoptionPlan, project: ComposedProject) -> None:
    ledger, name = attempt.workshop.site.ledger, plan.application.name
    images = {one: _kept_image(attempt, project.of(one)[0]) for one in plan.jars}
    ledger.save_application(plan.application, Placement(), actor=attempt.deployment.actor, adoption=plan.adoption)
    for component in plan.application.jar_components:
        runs = project.of(component.name)[0]
        if ledger.live(name, component.name) is None:
            release = _recorded(attempt, component.name, images[component.name], runs)
            ledger.set_live(name, component.name, release.number, attempt.deployment.id, fence=attempt.claim.fence)


def _kept_image(attempt: Attempt, runs: ComposedContainer) -> Image:
    """Take the image into the content store, by its id: the tag may have moved on since. Going back to it shall not
    depend on what the engine keeps.
    """
    workshop = attempt.workshop
    platform = workshop.engine.platform()
    every = read_images(workshop.engine.save(runs.image_id), workshop.site.layout)
    if not every:
        raise Refused("no-image-kept", image=runs.image, container=runs.name)
    image = next((one for one in every if one.platform == platform), every[0])
    attempt.publish(ImageKept(runs.image, sum(layer.descriptor.size for layer in image.layers)))
    return image


def _recorded(attempt: Attempt, component: str, image: Image, runs: ComposedContainer) -> Release:
    deployment = replace(attempt.deployment, component=component)
    ledger = attempt.workshop.site.ledger
    reference = reference_of(deployment)
    for known in ledger.releases(deployment.application, component):
        if known.image.reference == reference:
            return known
    keep_command(attempt.workshop.site, reference, runs.command)
    return ledger.create_release(
        application=deployment.application,
        component=component,
        artifact="",
        filename=runs.image,
        image=ImageRef(reference, image.config.digest, image.manifest.digest, str(image.platform)),
        build=BuildFacts(
            buildpack=BUILDPACK,
            java=0,
            java_reason="",
            base=runs.image,
            base_digest="",
            base_reason="",
            title=component,
            version=None,
            stamp=0,
            launch=Launch((), ()),
            user=runs.user,
        ),
        spec=ledger.component(deployment.application, component),
    )
