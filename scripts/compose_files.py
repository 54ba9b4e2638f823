"""How many of the Compose files that somebody put into a folder are understood, and admitted, as a table in Markdown.

What lies beside a file in its repository may not be there: a file that only lacks such things is read again with empty
ones in their place, and counted apart. What is understood is judged twice: by the policy of a new site, and by
scripts/example-policy.toml, which is printed. Of a file whose services all belong to profiles, all are taken.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from buildpacks.errors import Failure
from buildsvc.compose import Source, parse
from buildsvc.model import policy
from buildsvc.model.application import Application
from buildsvc.settings.reading import read
from buildsvc.usecases.admit.policing import judge
from buildsvc.usecases.site import Site
from buildsvc.wiring import close, open_site

UNDERSTOOD, LACKING, REFUSED = "understood", "understood, but for what lies beside it", "refused"
LACKS = "missing-file"
EXAMPLE = Path(__file__).parent / "example-policy.toml"
_ENDINGS = {".yml", ".yaml"}
_LONGEST = 160
_FIRST = 2
_ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One file: what became of it, how many services it has, what is said about it first, and the commands that would
    admit it: on a new site, and under the example policy.
    """

    file: str
    outcome: str
    services: int = 0
    jars: int = 0
    said: str = ""
    denied: tuple[str, ...] = ()
    still_denied: tuple[str, ...] = ()

    @property
    def admitted(self) -> bool:
        return self.outcome != REFUSED and not self.denied

    @property
    def admitted_by_example(self) -> bool:
        return self.outcome != REFUSED and not self.still_denied


def rows(folder: Path) -> list[Row]:
    """A row for every Compose file below a folder, in the order of their paths."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in _ENDINGS and path.is_file())
    with tempfile.TemporaryDirectory() as data:
        site = open_site(read({"BUILDSVC_DATA": data}), create=True)
        try:
            return [_row(site, folder, path) for path in files if "services:" in path.read_text("utf-8", "replace")]
        finally:
            close(site)


def table(found: list[Row]) -> str:
    """The rows, their sums, and the example policy."""
    lines = [
        "| file | services | of jars | | by a new site | by the example | what to do |",
        "|---|---:|---:|---|---|---|---|",
    ]
    lines += [
        f"| {row.file} | {row.services or ''} | {row.jars or ''} | {row.outcome}{row.said} "
        f"| {_yes(row, row.denied)} | {_yes(row, row.still_denied)} | {_advice(row)} |"
        for row in found
    ]
    counts = {outcome: sum(row.outcome == outcome for row in found) for outcome in (UNDERSTOOD, LACKING, REFUSED)}
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    admitted = sum(row.admitted for row in found), sum(row.admitted_by_example for row in found)
    sums = (
        f"{len(found)} files: {told}; {sum(row.services for row in found)} services. "
        f"Admitted by a new site: {admitted[0]}; by the example policy: {admitted[1]}."
    )
    return "\n".join([*lines, "", sums, "", "```toml", EXAMPLE.read_text("utf-8").strip(), "```"])


def _yes(row: Row, denied: tuple[str, ...]) -> str:
    if row.outcome == REFUSED:
        return ""
    return f"{len(denied)} denied" if denied else "admitted"


def _advice(row: Row) -> str:
    commands = [f"`{one}`" for one in row.denied[:_FIRST]]
    more = len(row.denied) - len(commands)
    return "<br>".join([*commands, *([f"and {more} more"] if more > 0 else [])])


def _row(site: Site, folder: Path, path: Path) -> Row:
    shown = path.relative_to(folder).as_posix()
    with tempfile.TemporaryDirectory() as tmp:
        try:
            application, lacks = _with_stand_ins(folder, shown, Path(tmp))
        except Failure as failure:
            return Row(shown, REFUSED, said=f": {_told(failure)}")
    example = policy.read(tomllib.loads(EXAMPLE.read_text("utf-8")))
    return Row(
        shown,
        LACKING if lacks else UNDERSTOOD,
        len(application.components),
        len(application.jar_components),
        f": {_told(lacks)}" if lacks else "",
        denied=_denied(site, application, policy.SitePolicy()),
        still_denied=_denied(site, application, example),
    )


def _told(failure: Failure) -> str:
    return " ".join(failure.message.split())[:_LONGEST].replace("|", "\\|")


def _with_stand_ins(folder: Path, shown: str, tmp: Path) -> tuple[Application, Failure | None]:
    """Read a copy, deep enough for paths that lead upwards, beside which all that it lacks is made, empty; return the
    failure that said so too. Raises the failure that is of another kind, or that stays.
    """
    copy = tmp / "a" / "b" / "c" / "d"
    shutil.copytree(folder, copy)
    file = copy / shown
    source = Source(tmp, file.relative_to(tmp).as_posix())
    first: Failure | None = None
    for _ in range(_ROUNDS - 1):
        try:
            return parse(source, tmp=tmp, project="shown").application, first
        except Failure as failure:
            if _has_profiles_alone(failure) and not source.env:
                source = replace(source, env={"COMPOSE_PROFILES": "*"})
                continue
            lacked = tuple(_lacked(failure))
            if not lacked:
                raise
            first = first or failure
        for key, text in lacked:
            _stand_in(file.parent / text, is_folder=key == "build")
    return parse(source, tmp=tmp, project="shown").application, first


def _has_profiles_alone(failure: Failure) -> bool:
    fault = (failure.values or {}).get("fault", {})
    return isinstance(fault, dict) and fault.get("code") == "missing-key.profiles"


def _lacked(failure: Failure) -> Iterator[tuple[str, str]]:
    """Give the key and the path of each thing that the file names and that is not there."""
    values = failure.values or {}
    faults = [one["values"]["fault"] for one in values.get("faults", ())] or [values.get("fault", {"code": ""})]
    for fault in faults:
        if fault["code"].partition(".")[0] == LACKS:
            told = fault["values"]
            yield told["path"].rpartition(".")[2].partition("[")[0], str(told.get("text") or told.get("source"))


def _stand_in(path: Path, *, is_folder: bool) -> None:
    if is_folder:
        path.mkdir(parents=True, exist_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _denied(site: Site, application: Application, held: policy.SitePolicy) -> tuple[str, ...]:
    """Give the commands that would admit it; where none does, what is asked for."""
    found = judge(site, application, held)
    return tuple(dict.fromkeys(one.rule or f"{one.thing}: {one.value} is given to nobody" for one in found))


def main() -> int:
    """Print the table for the folder that is named. Exit status 2 without one."""
    if len(sys.argv) != len(["program", "folder"]) or not Path(sys.argv[1]).is_dir():
        print("usage: scripts/compose-files DIR", file=sys.stderr)
        return 2
    print(table(rows(Path(sys.argv[1]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
