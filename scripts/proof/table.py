"""The table of outcomes in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from scripts.proof.outcome import Build, Outcome, Run

PAGE = Path(__file__).parents[2] / "docs" / "artifacts.md"
BEGIN, END = "<!-- artifacts -->", "<!-- end of artifacts -->"
_NONE = "-"
_HEAD = ("artifact", "MB", "kind", "Java", "layers", "MB", "build, s", "answer, s", "what happened")


def markdown(outcomes: Iterable[Outcome]) -> str:
    """One row for each outcome."""
    return _joined(_line(_row(one)) for one in outcomes)


def write(outcomes: Iterable[Outcome], order: Sequence[str], page: Path = PAGE) -> None:
    """Put the rows between the marks of the page, in the order of these names; rows of others of them stay."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    former, _, after = rest.partition(END)
    rows = {_name(line): line for line in former.splitlines() if line.startswith("| ")}
    rows |= {one.artifact.name: _line(_row(one)) for one in outcomes}
    text = _joined(rows[name] for name in order if name in rows)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _joined(lines: Iterable[str]) -> str:
    return "\n".join((_line(_HEAD), _line(tuple("---" for _ in _HEAD)), *lines))


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _name(line: str) -> str:
    return line.removeprefix("| ").partition(" | ")[0]


def _row(outcome: Outcome) -> tuple[str, ...]:
    build = outcome.build
    name = outcome.artifact.name
    if build is None:
        return (name, _mb(outcome.size), *(_NONE,) * 6, happened(outcome))
    run = outcome.run
    answered = f"{run.seconds:.1f}" if run and run.met else _NONE
    return (
        name,
        _mb(outcome.size),
        build.kind,
        _java(build),
        str(build.layers),
        _mb(build.size),
        f"{build.seconds:.2f}",
        answered,
        happened(outcome),
    )


def happened(outcome: Outcome) -> str:
    """In a few words, what it did."""
    if not outcome.well:
        return f"**not as expected**: {outcome.faults[0].splitlines()[0]}"
    if outcome.refused:
        return f"refused: {outcome.refused}"
    wanted = outcome.artifact.answer
    if outcome.run is None:
        return "built"
    if wanted and outcome.run.met:
        port = next((port for port, (status, _) in outcome.run.answers.items() if status == wanted.status), None)
        return f"GET {wanted.path} on {wanted.port or port}: {wanted.status}"
    return _unexpected(outcome.run)


def _unexpected(run: Run) -> str:
    if run.code is not None:
        return f"ended with {run.code}"
    answers = ", ".join(f"{port}: {status or 'no HTTP'}" for port, (status, _) in sorted(run.answers.items()))
    local = f"on localhost only: {', '.join(map(str, run.local_only))}" if run.local_only else ""
    return "; ".join(filter(None, (answers, local))) or "runs, and listens nowhere"


def _java(build: Build) -> str:
    return str(build.java) if build.java == build.base else f"{build.java}, gets {build.base}"


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f}" if size < 10_000_000 else f"{size / 1e6:.0f}"  # noqa: PLR2004
