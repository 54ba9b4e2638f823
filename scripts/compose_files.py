"""How many of the Compose files that somebody put into a folder are understood, as a table in Markdown.

What lies beside a file in its repository may not be there: a file that only lacks such things is counted apart.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from buildpacks.errors import Failure
from buildsvc.compose import Source, parse

UNDERSTOOD, LACKING, REFUSED = "understood", "lacks what lies beside it", "refused"
LACKS = "missing-file"
_ENDINGS = {".yml", ".yaml"}
_LONGEST = 160


@dataclass(frozen=True)
class Row:
    """One file: what became of it, how many services it has, and the first thing that is said about it."""

    file: str
    outcome: str
    services: int = 0
    jars: int = 0
    said: str = ""


def rows(folder: Path) -> list[Row]:
    """A row for every Compose file below a folder, in the order of their paths."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in _ENDINGS and path.is_file())
    return [_row(folder, path) for path in files if "services:" in path.read_text("utf-8", "replace")]


def table(found: list[Row]) -> str:
    """The rows and their sums."""
    lines = ["| file | services | of jars | |", "|---|---:|---:|---|"]
    lines += [f"| {row.file} | {row.services or ''} | {row.jars or ''} | {row.outcome}{row.said} |" for row in found]
    counts = {outcome: sum(row.outcome == outcome for row in found) for outcome in (UNDERSTOOD, LACKING, REFUSED)}
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    return "\n".join([*lines, "", f"{len(found)} files: {told}; {sum(row.services for row in found)} services."])


def _row(folder: Path, path: Path) -> Row:
    shown = path.relative_to(folder).as_posix()
    with tempfile.TemporaryDirectory() as tmp:
        try:
            application = parse(Source(folder, shown), tmp=Path(tmp), project="shown").application
        except Failure as failure:
            outcome = LACKING if failure.code == LACKS else REFUSED
            return Row(shown, outcome, said=f": {' '.join(failure.message.split())[:_LONGEST]}".replace("|", "\\|"))
    return Row(shown, UNDERSTOOD, len(application.components), len(application.jar_components))


def main() -> int:
    """Print the table for the folder that is named. Exit status 2 without one."""
    if len(sys.argv) != len(["program", "folder"]) or not Path(sys.argv[1]).is_dir():
        print("usage: scripts/compose-files DIR", file=sys.stderr)
        return 2
    print(table(rows(Path(sys.argv[1]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
