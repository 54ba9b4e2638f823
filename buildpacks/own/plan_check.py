"""Whether a plan that a site's own buildpack made is one: kinds of values, entries that are there, right paths."""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any

from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.plan import BuildPlan, Entry, Launch, Packed, PlannedFile
from buildpacks.sentences.wording import Wording

_CLASS_PATH = ("-cp", "-classpath", "--class-path")
_CLASS_PATH_AND_CLASS = 3
_LONGEST_ARGUMENT = 131_071
"""Linux takes no longer one (MAX_ARG_STRLEN)."""


def check(plan: object, analysis: Analysis, file: str) -> BuildPlan:
    """Return the plan, if it is one. Raises Refused `bad-plan` that names `file`, where it comes from."""
    found = _odd(plan, BuildPlan, "plan")
    if found is None:
        assert isinstance(plan, BuildPlan)
        found = _wrong(plan, analysis)
    if found is not None:
        raise Refused("bad-plan.checked", file=file, filename=analysis.filename, found=found)
    assert isinstance(plan, BuildPlan)
    return plan


def _odd(value: Any, kind: Any, path: str) -> Wording | None:
    """Say where a value is not of the kind that its annotation says; an annotation that is not known here holds."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in {types.UnionType, typing.Union}:
        return None if any(_odd(value, one, path) is None for one in inner) else _is_no(value, path, str(kind))
    if origin is tuple:
        return _odd_tuple(value, inner, path)
    if not isinstance(kind, type):
        return None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return _is_no(value, path, kind.__name__)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        faults = (
            _odd(getattr(value, one.name), hints[one.name], f"{path}.{one.name}") for one in dataclasses.fields(kind)
        )
        return next((fault for fault in faults if fault is not None), None)
    return None


def _odd_tuple(value: Any, inner: tuple[Any, ...], path: str) -> Wording | None:
    if not isinstance(value, tuple):
        return _is_no(value, path, "tuple")
    kinds = [inner[0]] * len(value) if inner[-1:] == (...,) else list(inner)
    if len(kinds) != len(value):
        return Wording("plan-fault.items", path=path, count=len(value), wanted=len(kinds))
    faults = (_odd(item, kind, f"{path}[{index}]") for index, (item, kind) in enumerate(zip(value, kinds, strict=True)))
    return next((fault for fault in faults if fault is not None), None)


def _is_no(value: Any, path: str, kind: str) -> Wording:
    shown = repr(value)
    found = shown if len(shown) < 60 else type(value).__name__  # noqa: PLR2004 (a line)
    return Wording("plan-fault.kind", path=path, found=found, kind=kind)


def _wrong(plan: BuildPlan, analysis: Analysis) -> Wording | None:
    files = [file for layer in plan.layers for file in layer.files]
    if not files or not plan.launch.target:
        return Wording("plan-fault.no-target" if files else "plan-fault.no-file")
    fault = _wrong_launch(plan.launch)
    if fault is not None:
        return fault
    if not plan.working_dir.startswith("/") or _leaves(plan.working_dir[1:]):
        return Wording("plan-fault.working-dir", path=plan.working_dir)
    for path in plan.writable:
        if _leaves(path):
            return Wording("plan-fault.writable", path=path)
    for name, _ in plan.environment:
        if not name or "=" in name:
            return Wording("plan-fault.environment", name=name)
    return _wrong_files(files, {member.name for member in analysis.members if not member.is_dir})


def _wrong_launch(launch: Launch) -> Wording | None:
    if launch.target[0] in _CLASS_PATH and len(launch.target) < _CLASS_PATH_AND_CLASS:
        return Wording("plan-fault.no-class", target=" ".join(launch.target))
    for argument in (*launch.options, *launch.target, *launch.arguments):
        if "\0" in argument or len(argument.encode()) > _LONGEST_ARGUMENT:
            return Wording("plan-fault.argument", argument=argument[:40])
    return None


def _wrong_files(files: list[PlannedFile], members: set[str]) -> Wording | None:
    seen: set[str] = set()
    for file in files:
        if _leaves(file.path):
            return Wording("plan-fault.path", path=file.path)
        if file.path in seen:
            return Wording("plan-fault.twice", path=file.path)
        seen.add(file.path)
        names = [file.source.name] if isinstance(file.source, Entry) else []
        names += [name for name, _ in file.source.entries] if isinstance(file.source, Packed) else []
        absent = next((name for name in names if name not in members), None)
        if absent is not None:
            return Wording("plan-fault.absent", entry=absent)
    return None


def _leaves(path: str) -> bool:
    parts = path.split("/")
    return not all(parts) or bool({".", ".."} & set(parts))
