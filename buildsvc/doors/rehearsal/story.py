"""What is rehearsed: an empty engine, the service, the bundle brought and installed, the upgrade and the way back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from buildpacks.errors import Failure
from buildsvc.doors.rehearsal import kit_place, started
from buildsvc.doors.rehearsal.called import NotDoneError, RehearsedService, call, running_components
from buildsvc.doors.rehearsal.ordered import RehearsalOrder, RehearsedBundle, RehearsedStep
from buildsvc.doors.rehearsal.rehearsed_with import RehearsedPrograms, of_kit, of_this_machine
from buildsvc.settings.spoken import read_language

SITE = "site"
"""The folder of the new site's data, below that of the rehearsal."""
Hear = Callable[[RehearsedStep], None]


class _EndedError(Exception):
    """A step did not end well, and that was told."""


@dataclass(frozen=True)
class _Rehearsal:
    """What is to be done, and who listens."""

    order: RehearsalOrder
    tell: Hear

    @property
    def folder(self) -> Path:
        return Path(self.order.folder)

    @contextmanager
    def step(self, key: str, title: str = "") -> Iterator[list[str]]:
        """Tell that a step begins, and how it ended; what was seen goes into the list. Raises _EndedError."""
        self.tell(RehearsedStep(key, title))
        began, seen = time.monotonic(), list[str]()

        def ended(fault: str = "", hint: str = "") -> None:
            self.tell(RehearsedStep(key, title, round(time.monotonic() - began, 2), tuple(seen), fault, hint))

        try:
            yield seen
        except NotDoneError as error:
            ended(str(error), error.hint)
            raise _EndedError from error
        except Failure as error:
            told = error.told(read_language())
            ended(told.message, told.hint or "")
            raise _EndedError from error
        ended()


def rehearse(order: RehearsalOrder, tell: Hear) -> None:
    """Go through all steps, to the end or to the first that does not end well."""
    rehearsal = _Rehearsal(order, tell)
    site = rehearsal.folder / SITE
    try:
        with ExitStack() as stack:
            programs = _programs(rehearsal, site)
            with rehearsal.step("rehearsal.step.engine") as seen:
                engine = stack.enter_context(started.engine(rehearsal.folder, programs))
                seen.append(f"Docker Engine {engine.version}")
            with rehearsal.step("rehearsal.step.service"):
                service = stack.enter_context(started.service(rehearsal.folder, site, engine, programs))
            for bundle in order.bundles:
                _deliver(rehearsal, service, bundle)
            for bundle in order.bundles:
                with rehearsal.step("rehearsal.step.remove", bundle.application):
                    call(service, "remove", bundle.application, "--yes")
    except _EndedError:
        return


def _programs(rehearsal: _Rehearsal, site: Path) -> RehearsedPrograms:
    """Return what it is rehearsed with; a kit is put where it will lie first, as its script does it."""
    kit = rehearsal.order.kit
    if kit is None:
        return of_this_machine(rehearsal.folder)
    with rehearsal.step("rehearsal.step.kit", kit.version) as seen:
        kit_place.put(kit)
        programs = of_kit(kit, rehearsal.folder)
        kit_place.add_bases(kit, programs.environment, site)
        seen.append(str(kit_place.home(kit)))
    return programs


def _deliver(rehearsal: _Rehearsal, service: RehearsedService, new: RehearsedBundle) -> None:
    """Install; where there is a former one that, and go from it to the new one, back, and there again."""
    former = rehearsal.order.former
    if former is None or former.application != new.application:
        _bring(rehearsal, service, new)
        _change(rehearsal, service, "rehearsal.step.install", new, "install", new.title, *new.answers)
        return
    _bring(rehearsal, service, former)
    _change(rehearsal, service, "rehearsal.step.install", former, "install", former.title, *former.answers)
    _bring(rehearsal, service, new)
    upgrade = ("upgrade", new.application, "--to", new.version, *new.answers)
    _change(rehearsal, service, "rehearsal.step.upgrade", new, *upgrade)
    back = ("rollback", former.application, "--to", former.version)
    _change(rehearsal, service, "rehearsal.step.rollback", former, *back)
    _change(rehearsal, service, "rehearsal.step.again", new, *upgrade)


def _bring(rehearsal: _Rehearsal, service: RehearsedService, bundle: RehearsedBundle) -> None:
    with rehearsal.step("rehearsal.step.import", bundle.title):
        call(service, "import", bundle.file)


def _change(rehearsal: _Rehearsal, service: RehearsedService, key: str, bundle: RehearsedBundle, *command: str) -> None:
    """Run a command that changes what runs, and look at every component afterwards."""
    with rehearsal.step(key, bundle.title) as seen:
        try:
            words = _words_for_data(service, *command)
            seen.extend(words)
            call(service, *command, *words)
            running = running_components(service, bundle.application)
            seen.extend(f"{name}: {what}" for name, what in running.items())
        except NotDoneError:
            seen.extend(_last_words(service, bundle.application))
            raise


def _words_for_data(service: RehearsedService, *command: str) -> list[str]:
    """Return what a command has to say of data: here it is nobody's, but whoever does it on a site is asked."""
    if command[0] == "install":
        return []
    data = call(service, *command, "--plan")[0]["data"]
    unsaved = [f"--without-backup={one['component']}" for one in data["written"] if one["needs_yes"]]
    return [*unsaved, *dict.fromkeys(f"--restored={one['component']}" for one in data["behind"])]


def _last_words(service: RehearsedService, application: str) -> list[str]:
    """Return what the instances wrote that did not come up: only the record outlives the place."""
    try:
        found = call(service, "status", application)[0]["components"]
        failed = [one["deployment"]["id"] for one in found if one["deployment"] and one["deployment"]["error_code"]]
        told = [event for one in failed for event in call(service, "events", one)]
    except NotDoneError:
        return []
    return [line for event in told for line in (event.get("event") or event).get("log_tail") or ()]
