"""A site's own buildpack as a Python file: NAME, recognise(analysis) and plan(analysis), as a built-in module has them.

It runs with all that buildsvc may do, but in processes of its own, and not for ever: a fault of it ends nothing else.
Whatever goes wrong in it becomes Refused with file and line.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import CodeType, ModuleType
from typing import Any

from buildpacks.analysis import Analysis
from buildpacks.buildpack import Buildpack
from buildpacks.errors import Failure, Refused
from buildpacks.facts.forked import Lost, apart
from buildpacks.own import plan_check
from buildpacks.plan import BuildPlan
from buildpacks.sentences.values import foreign, sentence
from buildpacks.sentences.wording import Wording
from buildpacks.verdict import Verdict

MOST_SECONDS = 30.0
"""That one of its functions, or loading it, may take."""
_FORMER = {
    "archive": "archives.zips",
    "executable_jar": "kinds.executable_jar",
    "jvm": "java.jvm",
    "library": "facts.library",
    "manifest": "facts.jar_manifest",
    "properties": "facts.properties",
    "spring_boot": "kinds.spring_boot",
    "war": "kinds.war",
}
"""Where modules lie now that a file written for version 0.1.0 imports from the package itself."""


class _FromBytes(importlib.abc.InspectLoader):
    """Loads what was read, and leaves no compiled file beside it that could be older than the next change."""

    def __init__(self, file: str, source: bytes) -> None:
        self._file, self._source = file, source

    def get_source(self, fullname: str) -> str:  # noqa: ARG002 (the interface's)
        return importlib.util.decode_source(self._source)

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 (the interface's)
        return self.source_to_code(self._source, self._file)


@dataclass(frozen=True)
class _Script:
    """A loaded file, and what it calls its functions by."""

    file: str
    name: str
    recognises: Callable[[Analysis], object]
    plans: Callable[[Analysis], object]

    def recognise(self, analysis: Analysis) -> Verdict:
        """Its verdict; one that does not fit and has failed where it could give none."""
        try:
            return apart(partial(self._recognise, analysis), MOST_SECONDS)
        except Lost as lost:
            return Verdict(self.name, False, Wording("recognise.lost", file=self.file, lost=lost), True)

    def plan(self, analysis: Analysis) -> BuildPlan:
        """Its plan. Raises what it raised itself, if that is a Failure; Refused `bad-plan` for any other fault."""
        try:
            return apart(partial(self._plan, analysis), MOST_SECONDS)
        except Lost as lost:
            raise self._no_plan(analysis, Wording("no-plan.lost", file=self.file, lost=lost)) from lost

    def _recognise(self, analysis: Analysis) -> Verdict:
        try:
            said = self.recognises(analysis)
        except (Exception, SystemExit) as error:  # noqa: BLE001 (a fault of the site's file is no end of the service)
            return Verdict(
                self.name, False, Wording("recognise.raised", where=_where(self.file, error), error=_told(error)), True
            )
        if not (isinstance(said, Verdict) and isinstance(said.fits, bool) and isinstance(said.reason, str)):
            return Verdict(self.name, False, Wording("recognise.gave", file=self.file, gave=f"{said!r:.60}"), True)
        return replace(said, buildpack=self.name)

    def _plan(self, analysis: Analysis) -> BuildPlan:
        try:
            made = self.plans(analysis)
        except Failure:
            raise
        except (Exception, SystemExit) as error:
            raise self._no_plan(
                analysis, Wording("no-plan.raised", where=_where(self.file, error), error=_told(error))
            ) from error
        return replace(plan_check.check(made, analysis, self.file), buildpack=self.name)

    def _no_plan(self, analysis: Analysis, fault: Wording) -> Refused:
        return Refused(
            "bad-plan.scripted", buildpack=self.name, filename=analysis.filename, fault=fault, file=self.file
        )


def load(file: str, source: bytes) -> Buildpack:
    """Run the file, and take from it what makes a buildpack. Raises Refused `bad-buildpack` with file and line."""
    # First where it may hang or end its process; then here, where its functions are wanted.
    try:
        apart(partial(_try, file, source), MOST_SECONDS)
    except Lost as lost:
        raise _fault(file, "bad-buildpack.lost", error=lost) from lost
    module = _run(file, source)
    name, before = (_text(module, file, key) for key in ("NAME", "BEFORE"))
    if name is None:
        raise _fault(file, "bad-buildpack.no-name")
    script = _Script(file, name, _function(module, file, "recognise"), _function(module, file, "plan"))
    first_line = (module.__doc__ or "").strip().partition("\n")[0]
    recognises = _text(module, file, "DESCRIPTION") or first_line
    return Buildpack(name, script.recognise, script.plan, recognises, file, before)


def _try(file: str, source: bytes) -> None:
    _run(file, source)


def _keep_former_names() -> None:
    """Let a file that was written for an earlier version find what it imports where it was then."""
    for former, now in _FORMER.items():
        sys.modules.setdefault(f"buildpacks.{former}", importlib.import_module(f"buildpacks.{now}"))


def _run(file: str, source: bytes) -> ModuleType:
    _keep_former_names()
    # One name a file: a changed file takes the place of what it was.
    name = f"site_buildpack_{hashlib.sha256(file.encode()).hexdigest()[:16]}"
    loader = _FromBytes(file, source)
    spec = importlib.machinery.ModuleSpec(name, loader, origin=file)
    module = importlib.util.module_from_spec(spec)
    module.__file__ = file
    # Dataclasses look their module up while it is being run.
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except SyntaxError as error:
        sys.modules.pop(name, None)
        raise _fault(
            error.filename or file, "bad-buildpack.no-python", line=error.lineno, error=foreign(error.msg)
        ) from error
    except (Exception, SystemExit) as error:
        sys.modules.pop(name, None)
        raise _fault(file, "bad-buildpack.raised", line=_line(file, error), error=_told(error)) from error
    return module


def _text(module: ModuleType, file: str, key: str) -> str | None:
    found = getattr(module, key, None)
    if found is not None and (not isinstance(found, str) or not found.strip()):
        raise _fault(file, "bad-buildpack.no-text", key=key, found=repr(found))
    return found


def _function(module: ModuleType, file: str, name: str) -> Callable[[Analysis], Any]:
    found = getattr(module, name, None)
    if not callable(found):
        raise _fault(file, "bad-buildpack.no-function", name=name)
    function: Callable[[Analysis], Any] = found
    return function


def _fault(where: str, what: str, /, **values: object) -> Refused:
    return Refused(what, where=where, **values)


def _where(file: str, error: BaseException) -> str | dict[str, Any]:
    """Name the file and the last of its lines that led to the error."""
    line = _line(file, error)
    return file if line is None else sentence("file-line", file=file, line=line)


def _line(file: str, error: BaseException) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return lines[-1] if lines else None


def _told(error: BaseException) -> dict[str, Any]:
    return foreign("; ".join(part.strip() for part in traceback.format_exception_only(error)).rstrip(".")[:300])
