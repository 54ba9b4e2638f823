"""`buildsvc inspect`: what a jar is, with neither service nor engine."""

from __future__ import annotations

import importlib
from collections import Counter
from pathlib import Path
from typing import Any

import click

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.java import decide
from buildpacks.kinds.detect import detect, explain
from buildpacks.plan import BuildPlan, Entry, Literal, Packed, PlannedLayer, Whole
from buildpacks.sentences.values import sentence
from buildpacks.verdict import Verdict
from buildsvc.doors import words
from buildsvc.doors.cli.bills import licences_option, show_bill
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.local import natives
from buildsvc.doors.cli.local.buildpacks import buildpacks_of, folder_option
from buildsvc.doors.cli.local.thin_jars import libraries_option, with_libraries
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note, show_failure
from buildsvc.doors.cli.taught import Taught


@click.command(
    cls=Taught,
    example="buildsvc inspect target/order-1.2.jar\nbuildsvc inspect --diff order-1.1.jar target/order-1.2.jar\n"
    "buildsvc inspect --licences target/order-1.2.jar",
)
@click.argument("jar", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--diff",
    "former",
    metavar="OLD",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--sbom", is_flag=True)
@licences_option
@libraries_option
@folder_option
@json_option
@failures_end_it
def inspect(
    jar: Path,
    *,
    former: Path | None,
    sbom: bool,
    licences: bool,
    libraries: Path | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Say what JAR is: which Java it needs and why, its main class, libraries, native code, and the planned layers."""
    asked = buildpacks_of(folder)
    if former is not None:
        # This and the bill of materials are loaded when they are asked for: each takes longer to load than a jar to be
        # inspected.
        differences = importlib.import_module("buildsvc.doors.cli.local.differences")
        differences.show_difference(former, jar, asked, as_json=as_json)
        return
    if sbom or licences:
        bills = importlib.import_module("buildsvc.doors.cli.local.bills")
        show_bill(bills.bill_of(jar), None, licences=licences, as_json=as_json)
        return
    with with_libraries(jar, libraries) as path:
        analysis = analyse(path, jar.name, machines=None, every_byte=True)
        verdicts = explain(analysis, asked)
        outlook = decide.outlook(analysis)
        try:
            plan = detect(analysis, asked)
        except Refused as refused:
            if as_json:
                told = {"code": refused.code, "detail": refused.message, "hint": refused.hint}
                dump({**_facts(analysis, verdicts), "refused": told})
            else:
                _show_facts(analysis, verdicts)
                show_failure(refused, as_json=False)
            raise click.exceptions.Exit(refused.exit_status) from refused
    if as_json:
        dump({**_facts(analysis, verdicts), **_planned(analysis, plan, outlook)})
        return
    _show_plan(plan)
    _show_facts(analysis, verdicts, plan.buildpack)
    layers = [(layer.role, str(len(layer.files)), words.size(_size(analysis, layer))) for layer in plan.layers]
    line("")
    table(("LAYER", "FILES", "SIZE"), layers)
    natives.show(analysis)
    for warning in (*plan.warnings, *outlook):
        note(in_words("said.warning", what=warning))


def _facts(analysis: Analysis, verdicts: tuple[Verdict, ...]) -> dict[str, Any]:
    return {
        "file": analysis.filename,
        "sha256": analysis.sha256,
        "size": analysis.size,
        "main_class": analysis.main_class,
        "libraries": len(analysis.libraries),
        "natives": dict(Counter(native.machine for native in analysis.natives)),
        "native_libraries": natives.facts(analysis),
        "buildpacks": [
            {"name": said.buildpack, "fits": said.fits, "failed": said.failed, "reason": said.reason}
            for said in verdicts
        ],
    }


def _planned(analysis: Analysis, plan: BuildPlan, outlook: tuple[str, ...]) -> dict[str, Any]:
    return {
        "buildpack": plan.buildpack,
        "title": plan.title,
        "version": plan.version,
        "java": plan.java,
        "java_reason": plan.java_reason,
        "server": {"kind": plan.server.kind, "lines": list(plan.server.lines), "reason": plan.server.reason}
        if plan.server
        else None,
        "launch": [*plan.launch.options, *plan.launch.target, *plan.launch.arguments],
        "layers": [
            {"role": layer.role, "files": len(layer.files), "size": _size(analysis, layer)} for layer in plan.layers
        ],
        "warnings": [*plan.warnings, *outlook],
    }


def _show_plan(plan: BuildPlan) -> None:
    line(in_words("said.inspect-title", title=plan.title, version=plan.version or "", buildpack=plan.buildpack))
    line(in_words("said.inspect-java", java=plan.java, reason=plan.java_reason))
    if plan.server is not None:
        line(
            in_words(
                "said.inspect-server",
                server=plan.server.kind.capitalize(),
                lines=plan.server.lines,
                reason=plan.server.reason,
            )
        )
    line(
        in_words(
            "said.inspect-start", command=" ".join((*plan.launch.options, *plan.launch.target, *plan.launch.arguments))
        )
    )


def _show_facts(analysis: Analysis, verdicts: tuple[Verdict, ...], chosen: str = "") -> None:
    machines = Counter(native.machine for native in analysis.natives)
    counted = [sentence("said.natives-for", count=count, machine=name) for name, count in sorted(machines.items())]
    line(in_words("said.inspect-file", name=analysis.filename, size=analysis.size, digest=analysis.sha256))
    line(in_words("said.inspect-main", main=analysis.main_class or ""))
    line(in_words("said.inspect-libraries", count=len(analysis.libraries)))
    line(in_words("said.inspect-natives", counted=counted))
    for verdict in verdicts:
        fits = "is" if verdict.buildpack == chosen else "could-be" if verdict.fits else "is-not"
        said = in_words(f"said.verdict-{'failed' if verdict.failed else fits}")
        line(in_words("said.verdict", said=f"{said:11}", buildpack=verdict.buildpack, reason=verdict.reason))


def _size(analysis: Analysis, layer: PlannedLayer) -> int:
    """Bytes of a layer's files, unpacked."""
    sizes = {member.name: member.size for member in analysis.members}
    total = 0
    for file in layer.files:
        match file.source:
            case Whole():
                total += analysis.size
            case Entry(name):
                total += sizes.get(name, 0)
            case Packed(entries):
                total += sum(sizes.get(name, 0) for name, _ in entries)
            case Literal(content):
                total += len(content)
    return total
