"""Notices: what the keepers of a site want to be told at once, handed to a program of theirs."""

from __future__ import annotations

import json
import logging
import shlex
import subprocess
from collections.abc import Callable, Mapping
from threading import Lock, Thread
from time import monotonic
from typing import Literal

from buildpacks.sentences import catalogue
from buildpacks.sentences.wording import in_language

NoticeKind = Literal["crash-loop", "steward-repair", "disk", "certificate", "backup", "damage"]

AGAIN = 3600.0
"""Seconds in which the same notice about the same thing is handed over once."""
MOST = 60
"""Notices that are handed over in these seconds, whatever they are about."""
WITHIN = 30.0
"""Seconds that the program may take."""

log = logging.getLogger(__name__)


class Notices:
    """Hands notices to `command`, a command line that is run without a shell: JSON on its standard input. `now` gives
    seconds that only grow. What has its sentence is handed over in `language`, and logged in English. Threads may share
    one.
    """

    def __init__(
        self, command: str | None, now: Callable[[], float] = monotonic, *, language: str = catalogue.DEFAULT
    ) -> None:
        self._command, self._now, self._language = command, now, language
        self._lock = Lock()
        self._told: dict[tuple[str, str], float] = {}

    def tell(self, kind: NoticeKind, about: str, text: str, facts: Mapping[str, object]) -> Thread | None:
        """Log it, and hand it over in a thread of its own; nobody waits for that, and what goes wrong is logged. None
        where nothing is handed over: no command, or it was told already.
        """
        log.warning("notice: %s %s: %s", kind, about, text)
        if self._command is None or not self._is_due(kind, about):
            return None
        told = {key: in_language(one, self._language) if isinstance(one, str) else one for key, one in facts.items()}
        said = in_language(text, self._language)
        document = json.dumps({"kind": kind, "about": about, "text": said, "facts": told}, default=str)
        thread = Thread(target=self._hand_over, args=(self._command, document), name="notice", daemon=True)
        thread.start()
        return thread

    def _is_due(self, kind: str, about: str) -> bool:
        with self._lock:
            now = self._now()
            self._told = {key: at for key, at in self._told.items() if now - at < AGAIN}
            if (kind, about) in self._told or len(self._told) >= MOST:
                return False
            self._told[kind, about] = now
            return True

    def _hand_over(self, command: str, document: str) -> None:
        try:
            done = subprocess.run(
                shlex.split(command),
                input=document.encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=WITHIN,
                check=False,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            log.warning("a notice was not handed over: %s", error)
            return
        if done.returncode != 0:
            words = done.stderr.decode("utf-8", "replace").strip()[-200:]
            log.warning("a notice was not taken (exit status %d): %s", done.returncode, words)
