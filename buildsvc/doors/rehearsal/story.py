"""What is rehearsed: an empty engine, the service, the bundle brought and installed, the upgrade and the way back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from buildpacks.errors import Failure
from buildsvc.doors.rehearsal import started
from buildsvc.doors.rehearsal.called import NotDoneError, call, running_components
from buildsvc.doors.rehearsal.ordered import RehearsalOrder, RehearsedBundle, RehearsedStep
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
    try:
        with ExitStack() as stack:
            with rehearsal.step("rehearsal.step.engine") as seen:
                engine = stack.enter_context(started.engine(rehearsal.folder))
                seen.append(f"Docker Engine {engine.version}")
            with rehearsal.step("rehearsal.step.service"):
                environment = stack.enter_context(started.service(rehearsal.folder, rehearsal.folder / SITE, engine))
            _deliveries(rehearsal, environment)
    except _EndedError:
        return


def _deliveries(rehearsal: _Rehearsal, environment: Mapping[str, str]) -> None:
    """Install; where there is a former one that, and go from it to the new one, back, and there again."""
    order = rehearsal.order
    new, former = order.bundle, order.former
    first = former or new
    _bring(rehearsal, environment, first)
    _change(rehearsal, environment, "rehearsal.step.install", first, "install", first.title, *order.answers)
    if former is not None:
        _bring(rehearsal, environment, new)
        upgrade = ("upgrade", new.application, "--to", new.version, *order.answers)
        _change(rehearsal, environment, "rehearsal.step.upgrade", new, *upgrade)
        back = ("rollback", former.application, "--to", former.version)
        _change(rehearsal, environment, "rehearsal.step.rollback", former, *back)
        _change(rehearsal, environment, "rehearsal.step.again", new, *upgrade)
    with rehearsal.step("rehearsal.step.remove", new.application):
        call(environment, rehearsal.folder, "remove", new.application, "--yes")


def _bring(rehearsal: _Rehearsal, environment: Mapping[str, str], bundle: RehearsedBundle) -> None:
    with rehearsal.step("rehearsal.step.import", bundle.title):
        call(environment, rehearsal.folder, "import", bundle.file)


def _change(
    rehearsal: _Rehearsal, environment: Mapping[str, str], key: str, bundle: RehearsedBundle, *command: str
) -> None:
    """Run a command that changes what runs, and look at every component afterwards."""
    with rehearsal.step(key, bundle.title) as seen:
        try:
            words = _words_for_data(rehearsal, environment, *command)
            seen.extend(words)
            call(environment, rehearsal.folder, *command, *words)
            running = running_components(environment, rehearsal.folder, bundle.application)
            seen.extend(f"{name}: {what}" for name, what in running.items())
        except NotDoneError:
            seen.extend(_last_words(rehearsal, environment, bundle.application))
            raise


def _words_for_data(rehearsal: _Rehearsal, environment: Mapping[str, str], *command: str) -> list[str]:
    """Return what a command has to say of data: here it is nobody's, but whoever does it on a site is asked."""
    if command[0] == "install":
        return []
    data = call(environment, rehearsal.folder, *command, "--plan")[0]["data"]
    unsaved = [f"--without-backup={one['component']}" for one in data["written"] if one["needs_yes"]]
    return [*unsaved, *dict.fromkeys(f"--restored={one['component']}" for one in data["behind"])]


def _last_words(rehearsal: _Rehearsal, environment: Mapping[str, str], application: str) -> list[str]:
    """Return what the instances wrote that did not come up: only the record outlives the place."""
    try:
        found = call(environment, rehearsal.folder, "status", application)[0]["components"]
        failed = [one["deployment"]["id"] for one in found if one["deployment"] and one["deployment"]["error_code"]]
        told = [event for one in failed for event in call(environment, rehearsal.folder, "events", one)]
    except NotDoneError:
        return []
    return [line for event in told for line in (event.get("event") or event).get("log_tail") or ()]
