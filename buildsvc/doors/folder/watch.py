"""The watcher: looks into the inbox every few seconds, and sooner when the file system says that something happened."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from buildpacks.archives import tars, zips
from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import Failure, Refused
from buildpacks.facts import forked
from buildsvc import wiring
from buildsvc.doors.folder import markers
from buildsvc.doors.folder.inbox import Inbox
from buildsvc.doors.retold import retold
from buildsvc.doors.stopping import stop_on_signals
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Deployment
from buildsvc.settings.settings import Settings
from buildsvc.store.bundle.opening import opened, places
from buildsvc.usecases.receive import intake
from buildsvc.usecases.site import Site
from buildsvc.usecases.versions import arriving

SOON = 0.4
"""Seconds to the next look while a file is on its way or a deployment is not live yet."""
SPOOL = "watch"

log = logging.getLogger(__name__)


def keep_watching(settings: Settings, stop: threading.Event | None = None) -> None:
    """Watch until `stop` (SIGTERM or SIGINT when it is not given). What was left in the middle is finished first."""
    stop = stop or stop_on_signals()
    site = wiring.open_site(settings)
    try:
        watch(inbox_of(site), stop, poll=settings.poll, hints=not settings.watch_polling)
    finally:
        wiring.close(site)


def inbox_of(site: Site) -> Inbox:
    """Join the inbox's rules with this site's intake and ledger."""

    def receive(path: Path, name: str, application: str | None, component: str | None) -> Accepted:
        if markers.is_bundle(name):
            accepted = arriving.submit_file(site, path, actor="inbox", door="watch", take=True)
            return retold(accepted, site.settings.language)
        told = intake.Upload(name, actor="inbox", door="watch", application=application, component=component)
        return retold(intake.receive_file(site, path, told), site.settings.language)

    return Inbox(
        folder=site.settings.inbox,
        spool=site.settings.paths.spool / SPOOL,
        receive=receive,
        deployment=lambda identifier: _told(site, identifier),
        check=_check,
        now=time.monotonic,
        language=site.settings.language,
    )


def _told(site: Site, identifier: str) -> Deployment:
    """Look a deployment up; why it failed is told in the site's language."""
    return retold(site.ledger.deployment(identifier), site.settings.language)


def _check(path: Path) -> None:
    """Whether the file is whole to its last byte. Raises Refused, OSError.

    In a process of its own: whoever copies the next version over it makes it shorter under the eyes that read it, and
    the kernel ends a process that reads on (SIGBUS, mmap(2)).
    """
    try:
        forked.apart(partial(_look_through, path))
    except forked.Lost as lost:
        raise Refused("file-changed", path=path.name) from lost


def _look_through(path: Path) -> None:
    if markers.is_bundle(path.name):
        with SplitFile(path) as file:
            for _ in places(file, opened(file)):
                pass
    elif tars.is_tar(path):
        tars.check(path, path.name)
    else:
        zips.check(path)


def watch(inbox: Inbox, stop: threading.Event, *, poll: float, hints: bool) -> None:
    """Scan every `poll` seconds at least. `hints` False for shares that report nothing (NFS, SMB)."""
    woken = _Woken()
    threading.Thread(target=_relay, args=(stop, woken.event), name="relay", daemon=True).start()
    away = False
    while not stop.is_set():
        woken.event.clear()
        busy = False
        try:
            if hints:
                woken.attend(inbox.folder)
            busy = inbox.scan()
            if away:
                log.warning("%s is back", inbox.folder)
            away = False
        except OSError as error:
            woken.ignore()
            if not away:
                log.warning("%s cannot be read (%s); it is looked for every %.0f s", inbox.folder, error, poll)
            away = True
        except Failure as failure:
            # The ledger's disk is full, say: the next scan tries again, and a traceback would tell nobody more.
            log.warning("scan of %s: %s", inbox.folder, failure)
        except Exception:
            # A defect met in one file must not make the folder deaf; the log has it, and the next scan tries again.
            log.exception("scan of %s", inbox.folder)
        if busy:
            stop.wait(SOON)
        else:
            woken.event.wait(poll)
    woken.ignore()


@dataclass
class _Seen:
    device: int
    inode: int
    observer: BaseObserver


class _Woken(FileSystemEventHandler):
    """Sets an event on every hint. Watches anew when the folder is another than before: inotify would stay deaf."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self._seen: _Seen | None = None

    def on_any_event(self, event: FileSystemEvent) -> None:
        # Our own reading is reported as well; it must not wake us for ever.
        if event.event_type not in {"opened", "closed_no_write"}:
            self.event.set()

    def attend(self, folder: Path) -> None:
        found = folder.stat()
        if self._seen is not None and (self._seen.device, self._seen.inode) == (found.st_dev, found.st_ino):
            return
        self.ignore()
        observer = Observer()
        observer.schedule(self, str(folder), recursive=True)
        try:
            observer.start()
        except OSError as error:
            # No inotify instance left, for example: the regular scan sees everything too, only later.
            log.warning("no change events for %s (%s)", folder, error)
            return
        self._seen = _Seen(found.st_dev, found.st_ino, observer)

    def ignore(self) -> None:
        if self._seen is not None:
            self._seen.observer.stop()
            self._seen.observer.join(5)
            self._seen = None


def _relay(stop: threading.Event, woken: threading.Event) -> None:
    stop.wait()
    woken.set()
