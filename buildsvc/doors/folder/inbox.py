"""The watched folder's rules: which file is complete, taking it away, handing it in, and answering beside it.

One `scan` is the whole truth of one moment; nothing has to be remembered over a restart. What was taken but not yet
handed in lies in the spool, with a note of where it came from.
"""

from __future__ import annotations

import json
import logging
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from buildpacks.archives import names
from buildpacks.errors import Failure, Refused, Unreachable
from buildpacks.sentences import catalogue
from buildsvc.doors.folder import markers, taking
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.store.durable_files import atomic_write

STILL = 3
"""Scans over which size and time must not have changed."""
STILL_SECONDS = 1.0
STUCK_SECONDS = 30.0
"""Seconds without a change after which an incomplete file is answered with a failure, and left where it is."""
_ORIGIN = "origin.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Dropped:
    """A file in the inbox, and whose it is by the folder it lies in; None where the folder does not say."""

    path: Path
    application: str | None
    component: str | None


@dataclass
class Watched:
    """What the last scans saw of one file."""

    size: int
    mtime: int
    since: float
    scans: int = 1
    told: bool = False


@dataclass
class Inbox:
    """`spool` is private to us. `receive` takes a path, the file's name, application and component; `deployment` looks
    one up; `check` raises Refused for an archive that is not complete. Times are monotonic seconds.
    """

    folder: Path
    spool: Path
    receive: Callable[[Path, str, str | None, str | None], Accepted]
    deployment: Callable[[str], Deployment]
    check: Callable[[Path], None]
    now: Callable[[], float]
    language: str = catalogue.DEFAULT
    watched: dict[Path, Watched] = field(default_factory=dict)
    strange: set[Path] = field(default_factory=set)

    def scan(self) -> bool:
        """Look at everything once. True while something is on its way and another look should come soon.

        Raises OSError when the folder itself is away.
        """
        self._hand_in_what_was_taken()
        self.folder.stat()
        found = list(self._dropped())
        busy = False
        for dropped in found:
            if self._waits(dropped, found):
                busy = True
                continue
            try:
                busy = self._look_at(dropped) or busy
            except FileNotFoundError:
                busy = True
        self.watched = {item.path: self.watched[item.path] for item in found if item.path in self.watched}
        self.strange = {path for path in self.strange if path.is_symlink() or path.exists()}
        return self._answer_deployments() or busy

    def _folders(self) -> Iterator[tuple[Path, str | None, str | None]]:
        yield self.folder, None, None
        for application in _named(taking.subfolders(self.folder)):
            yield application, application.name, None
            for component in _named(taking.subfolders(application)):
                yield component, application.name, component.name

    def _dropped(self) -> Iterator[Dropped]:
        for folder, application, component in self._folders():
            for strange in (*taking.others(folder), *taking.subfolders(folder)):
                if markers.looks_like_an_artifact(strange.name) and not markers.is_ignored(strange.name):
                    self._strange(strange, Refused("not-a-file.dropped", shown=names.shown(strange.name)))
            called = {path.name for path in taking.files(folder)}
            for name in sorted(called):
                asked = name + markers.ASK in called
                if markers.is_ignored(name) or not (asked or markers.looks_like_an_artifact(name)):
                    continue
                if markers.can_be_answered(name):
                    yield Dropped(folder / name, application, component)
                else:
                    self._strange(folder / name, Refused("not-a-file.name", shown=names.shown(name)))

    def _strange(self, path: Path, why: Refused) -> None:
        """Say once what is wrong with a thing that is never taken: beside it where that can be, and in the log."""
        if path in self.strange:
            return
        self.strange.add(path)
        log.warning("%s (in %s)", why.message, names.shown(str(path.parent)))
        if markers.can_be_answered(path.name) and not markers.marker(path, markers.FAILED).exists():
            markers.fail(path, why, self.language, code="not-a-file")

    def _waits(self, dropped: Dropped, found: list[Dropped]) -> bool:
        """Whether it is a jar in its component's folder, beside a zip that may hold its libraries: the larger file
        takes longer to copy, and is wanted first.
        """
        if dropped.component is None or markers.may_hold_libraries(dropped.path.name):
            return False
        beside = (one.path for one in found if one.path.parent == dropped.path.parent)
        told = {path for path, seen in self.watched.items() if seen.told}
        return any(markers.may_hold_libraries(path.name) and path not in told and path.exists() for path in beside)

    def _look_at(self, dropped: Dropped) -> bool:
        path = dropped.path
        if markers.marker(path, markers.ASK).exists():
            self._take(dropped)
            return True
        found = path.lstat()
        if markers.was_refused(path, found):
            return False
        seen = self.watched.get(path)
        if seen is None or (seen.size, seen.mtime) != (found.st_size, found.st_mtime_ns):
            markers.clear(path)
            self.watched[path] = Watched(found.st_size, found.st_mtime_ns, self.now())
            return True
        seen.scans += 1
        still = self.now() - seen.since
        if seen.scans < STILL or still < STILL_SECONDS:
            return True
        try:
            self.check(path)
        except Refused as refused:
            return self._not_complete(path, seen, still, refused)
        self._take(dropped)
        return True

    def _not_complete(self, path: Path, seen: Watched, still: float, refused: Refused) -> bool:
        """Tell whether it may still be on its way; after a while say what is wrong. A change starts all over."""
        if still >= STUCK_SECONDS and not seen.told:
            seen.told = True
            markers.fail(path, markers.left(refused), self.language, code=refused.code)
        return not seen.told

    def _take(self, dropped: Dropped) -> None:
        """Move it into the spool, so that nobody writes into it any more, and hand it in."""
        place = self.spool / uuid.uuid4().hex
        place.mkdir(parents=True)
        origin = {
            "path": str(dropped.path),
            "application": dropped.application,
            "component": dropped.component,
        }
        atomic_write(place / _ORIGIN, json.dumps(origin).encode(), tmp=place)
        markers.clear(dropped.path)
        try:
            taking.take(self.folder, dropped.path, place)
        except Refused as refused:
            self._strange(dropped.path, refused)
            shutil.rmtree(place)
        else:
            self._hand_in(place)
        markers.marker(dropped.path, markers.ASK).unlink(missing_ok=True)
        self.watched.pop(dropped.path, None)

    def _hand_in_what_was_taken(self) -> None:
        if self.spool.is_dir():
            for place in sorted(self.spool.iterdir()):
                self._hand_in(place)

    def _hand_in(self, place: Path) -> None:
        """Give one file of the spool to the intake and answer. What cannot be handed in now stays for the next scan."""
        origin_file = place / _ORIGIN
        if not origin_file.exists():
            shutil.rmtree(place)
            return
        origin = json.loads(origin_file.read_text())
        home = Path(origin["path"])
        taken = place / home.name
        if not taken.exists():
            shutil.rmtree(place)
            return
        try:
            accepted = self.receive(taken, home.name, origin["application"], origin["component"])
        except Unreachable as away:
            log.warning("%s waits: %s", names.shown(home.name), away)
            return
        except Failure as failure:
            log.warning("%s refused: %s", names.shown(home.name), failure)
            kept = markers.kept_as(taken.lstat())
            said = markers.left(failure).told(self.language)
            _reply(home, markers.FAILED, reason=said.message, hint=said.hint, code=failure.code, kept=kept)
            self._put_back(taken, home)
        else:
            _reply_accepted(home, accepted, self.language)
        shutil.rmtree(place)

    def _put_back(self, taken: Path, home: Path) -> None:
        try:
            taking.put_back(taken, self.folder, home)
        except OSError as error:
            log.warning("cannot put %s back: %s", names.shown(str(home)), error)

    def _answer_deployments(self) -> bool:
        """Bring every open answer up to what its deployment has come to; True while one is not live yet."""
        busy = False
        for folder, _, _ in self._folders():
            for entry in taking.files(folder):
                if not entry.name.endswith((markers.BUSY, markers.DONE)):
                    continue
                found = markers.read(entry)
                if found is not None and found.deployment and found.state != Phase.SETTLED:
                    busy = self._answer(found) or busy
        return busy

    def _answer(self, found: markers.Marker) -> bool:
        try:
            deployment = self.deployment(found.deployment)
        except Failure as failure:
            markers.fail(found.path, failure, self.language)
            return False
        if str(deployment.phase) == found.state:
            return not deployment.phase.serving
        if deployment.phase.serving:
            markers.answer(found.path, markers.DONE, **markers.served(deployment, self.language))
            return False
        if deployment.phase.ended:
            ended = Failure("ended", phase=deployment.phase, deployment=deployment.id).told(self.language)
            markers.answer(
                found.path,
                markers.FAILED,
                reason=deployment.error_message or ended.message,
                hint=deployment.error_hint or ended.hint,
                code=deployment.error_code or str(deployment.phase),
                deployment=deployment.id,
                state=str(deployment.phase),
            )
            return False
        return True


def _reply_accepted(home: Path, accepted: Accepted, language: str) -> None:
    if accepted.deployment is None:
        release = "" if accepted.already_live is None else str(accepted.already_live)
        _reply(home, markers.DONE, note=accepted.message, release=release, state=str(Phase.SETTLED))
        return
    component = markers.component_of(accepted.component, accepted.application, language)
    _reply(
        home,
        markers.BUSY,
        deployment=accepted.deployment.id,
        state=str(accepted.deployment.phase),
        component=component,
        matched=accepted.matched_by,
        note=accepted.message,
    )


def _reply(home: Path, kind: str, **facts: str) -> None:
    """Answer beside where the file was; when that folder is away by now, the log has to do."""
    try:
        markers.answer(home, kind, **facts)
    except OSError as error:
        log.warning("cannot answer beside %s: %s", names.shown(str(home)), error)


def _named(folders: list[Path]) -> Iterator[Path]:
    """Give those whose names can be those of an application or component."""
    return (one for one in folders if one.name.isprintable() and not markers.looks_like_an_artifact(one.name))
