"""`buildsvc inspect --diff`: what a jar will change, before it goes live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildpacks.analyse import CLASS_FOLDERS, analyse
from buildpacks.analysis import Analysis
from buildpacks.archives.tars import as_zip
from buildpacks.buildpack import Buildpacks
from buildpacks.errors import Refused
from buildpacks.inside.difference import Difference, Names, compare, own_jars
from buildpacks.inside.libraries_changed import LibraryChange
from buildpacks.inside.outline import outlined
from buildpacks.kinds.detect import detect
from buildpacks.programs.folders import application_jar
from buildsvc.doors import words
from buildsvc.doors.cli.columns import slug, table
from buildsvc.doors.cli.screen import dump, in_words, line
from buildsvc.model.configuration_keys import KeyChange, key_changes

MOST_NAMES = 40
"""Classes or resources that are listed one by one; more are counted by package or folder."""
_LONGEST = 100
"""Characters of a value in a table; `--json` has all of it."""
_RUNS = "yes"
"""What `--json` says of one that runs; people read it in their language."""


@dataclass(frozen=True)
class _Run:
    """How one artifact would be run; pairs of what and how, `runs` says why not where nothing can run it."""

    analysis: Analysis
    facts: tuple[tuple[str, str], ...]


def show_difference(old: Path, new: Path, asked: Buildpacks, *, as_json: bool) -> None:
    """Say what changes when `new` takes the place of `old`, as `asked` would run them. Raises Refused where one of them
    cannot be read.
    """
    with as_zip(old, old.name) as one, as_zip(new, new.name) as two:
        runs = tuple(_run(path, file.name, asked) for path, file in ((one, old), (two, new)))
        own = own_jars(*(application_jar(run.analysis) for run in runs if run.analysis.folder is not None))
        with outlined(one, old.name) as before, outlined(two, new.name) as after:
            found = compare(before, after, own)
    keys = key_changes(found.configuration)
    decided = [
        (name, was, now)
        for (name, was), (_, now) in zip(runs[0].facts, runs[1].facts, strict=True)
        if was != now
    ]  # fmt: skip
    if as_json:
        dump(_as_json(old, new, decided, found, keys))
        return
    line(f"{old.name} ({words.size(runs[0].analysis.size)}) -> {new.name} ({words.size(runs[1].analysis.size)})")
    _show(decided, found, keys)


def _run(path: Path, filename: str, asked: Buildpacks) -> _Run:
    analysis = analyse(path, filename)
    try:
        plan = detect(analysis, asked)
    except Refused as refused:
        facts = dict.fromkeys(("version", "java", "buildpack", "runs on", "starts as"), "")
        return _Run(analysis, (*facts.items(), ("runs", in_words("said.does-not-run", why=refused))))
    facts = {
        "version": plan.version or "",
        "java": str(plan.java),
        "buildpack": plan.buildpack,
        "runs on": f"{plan.server.kind} {' or '.join(plan.server.lines)}" if plan.server else "",
        "starts as": " ".join(("java", *plan.launch.options, *_target(plan.launch.target), *plan.launch.arguments)),
        "runs": _RUNS,
    }
    return _Run(analysis, tuple(facts.items()))


def _target(target: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is started, without the class path: it follows from the libraries."""
    return tuple("…" if before in {"-cp", "-p"} else part for before, part in zip(("", *target), target, strict=False))


def _as_json(
    old: Path, new: Path, decided: Sequence[tuple[str, str, str]], found: Difference, keys: Sequence[KeyChange]
) -> dict[str, Any]:
    return {
        "old": old.name,
        "new": new.name,
        "run": [{"what": name, "old": was or None, "new": now or None} for name, was, now in decided],
        "classes": _names(found.classes),
        "libraries": [
            {
                "name": change.name,
                "old": change.old,
                "new": change.new,
                "same_version": change.same_version,
                "inside": vars(change.inside) if change.inside is not None else None,
            }
            for change in found.libraries
        ],
        "keys": [vars(change) for change in keys],
        "resources": _names(found.resources),
        "manifest": [{"attribute": name, "old": was, "new": now} for name, was, now in found.manifest],
    }


def _names(names: Names) -> dict[str, list[str]]:
    return {"added": list(names.added), "removed": list(names.removed), "changed": list(names.changed)}


def _show(decided: Sequence[tuple[str, str, str]], found: Difference, keys: Sequence[KeyChange]) -> None:
    if not decided and not found:
        line(in_words("said.nothing-differs"))
        return
    for name, was, now in decided:
        line(f"{in_words(f'said.runs-{slug(name)}'):11} {_told(was)} -> {_told(now)}")
    _section(("LIBRARY", "OLD", "NEW", ""), [_library(change) for change in found.libraries])
    _section(
        ("KEY", "OLD", "NEW", "FILE"), [(one.key, _cell(one.old), _cell(one.new), _short(one.file)) for one in keys]
    )
    _section(("MANIFEST", "OLD", "NEW"), [(name, _cell(was), _cell(now)) for name, was, now in found.manifest])
    _show_names("classes", found.classes, ".")
    _show_names("resources", found.resources, "/")


def _told(fact: str) -> str:
    return in_words("said.does-run") if fact == _RUNS else fact or "-"


def _section(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if rows:
        line("")
        table(headings, rows)


def _library(change: LibraryChange) -> tuple[str, str, str, str]:
    return change.name, _version(change.old), _version(change.new), _remark(change)


def _remark(change: LibraryChange) -> str:
    """Name the trap plainly: other bytes under the same version."""
    if not change.same_version:
        return ""
    if change.inside is None:
        return in_words("said.same-other")
    if not change.inside:
        return in_words("said.same-packed-anew")
    classes = change.inside.added + change.inside.removed + change.inside.changed
    return in_words("said.same-differ", classes=classes, others=change.inside.others)


def _version(text: str | None) -> str:
    return "-" if text is None else text or in_words("said.no-version-named")


def _cell(text: str | None) -> str:
    return "-" if text is None else text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _short(file: str) -> str:
    return next((file.removeprefix(home) for home in CLASS_FOLDERS if file.startswith(home)), file)


def _show_names(what: str, names: Names, separator: str) -> None:
    if not names:
        return
    counts = {"added": len(names.added), "removed": len(names.removed), "changed": len(names.changed)}
    line(f"\n{in_words(f'said.differ-{what}', count=len(names), **counts)}")
    for text in _listed(names) if len(names) <= MOST_NAMES else _grouped(names, separator):
        line(f"  {text}")


def _listed(names: Names) -> Iterator[str]:
    for sign, part in (("+", names.added), ("-", names.removed), ("~", names.changed)):
        yield from (f"{sign} {name}" for name in part)


def _grouped(names: Names, separator: str) -> Iterator[str]:
    """Count by package or folder, the largest first."""
    counts: dict[str, Counter[str]] = {}
    for sign, part in (("+", names.added), ("-", names.removed), ("~", names.changed)):
        for name in part:
            counts.setdefault(name.rpartition(separator)[0] or "(root)", Counter())[sign] += 1
    for group, found in sorted(counts.items(), key=lambda item: (-item[1].total(), item[0])):
        yield f"{' '.join(f'{sign}{found[sign]}' for sign in '+-~' if found[sign])}  {group}"
