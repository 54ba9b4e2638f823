"""`buildsvc inspect` and `buildsvc build`: what a jar is, and an image of it, with neither service nor engine."""

from __future__ import annotations

import importlib
import platform as machine_platform
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
from buildpacks.verdict import Verdict
from buildsvc.doors import words
from buildsvc.doors.cli.bills import licences_option, show_bill
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.local import natives
from buildsvc.doors.cli.local.buildpacks import buildpacks_of, folder_option
from buildsvc.doors.cli.local.cache import open_cache, platform_of
from buildsvc.doors.cli.local.differences import show_difference
from buildsvc.doors.cli.local.thin_jars import libraries_option, whole
from buildsvc.doors.cli.screen import dump, failures_end_it, json_option, line, note, show_failure
from buildsvc.doors.cli.taught import Taught
from buildsvc.image import tarball
from buildsvc.model.events import Event, Warned
from buildsvc.usecases.build.at_once import build_file
from buildsvc.usecases.build.order import Order


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
    help="Say instead what changes from OLD to JAR: classes, libraries, configuration keys.",
)
@click.option("--sbom", is_flag=True, help="Print instead what is in it: its bill of materials, CycloneDX JSON.")
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
    """Say what JAR is: which Java it needs and why, its main class, libraries, native code, and the planned layers.

    Where nothing here can run it, say why each buildpack declined; the exit status is then 2.
    """
    asked = buildpacks_of(folder)
    if former is not None:
        show_difference(former, jar, asked, as_json=as_json)
        return
    if sbom or licences:
        # Loaded when it is asked for: it takes longer to load than a jar to be inspected.
        bills = importlib.import_module("buildsvc.doors.cli.local.bills")
        show_bill(bills.bill_of(jar), None, licences=licences, as_json=as_json)
        return
    with whole(jar, libraries) as path:
        analysis = analyse(path, jar.name, machines=None, whole=True)
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
        note(f"warning: {warning}")


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
    line(f"{plan.title} {plan.version or '(no version)'}: {plan.buildpack}")
    line(f"Java        {plan.java}: {plan.java_reason}")
    if plan.server is not None:
        line(f"runs on     {plan.server.kind.capitalize()} {' or '.join(plan.server.lines)}: {plan.server.reason}")
    line(f"starts as   java {' '.join((*plan.launch.options, *plan.launch.target, *plan.launch.arguments))}")


def _show_facts(analysis: Analysis, verdicts: tuple[Verdict, ...], chosen: str = "") -> None:
    machines = Counter(native.machine for native in analysis.natives)
    counted = ", ".join(f"{count} for {name}" for name, count in sorted(machines.items()))
    line(f"file        {analysis.filename}, {words.size(analysis.size)}, sha256 {analysis.sha256}")
    line(f"main class  {analysis.main_class or 'none'}")
    line(f"libraries   {len(analysis.libraries)}")
    line(f"native code {counted or 'none: runs on every platform'}")
    for verdict in verdicts:
        fits = "is" if verdict.buildpack == chosen else "could be" if verdict.fits else "is not"
        line(f"{'failed' if verdict.failed else fits:11} {verdict.buildpack}: {verdict.reason}")


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


@click.command(cls=Taught, example="buildsvc build target/order-1.2.jar -o order.tar\ndocker load -i order.tar")
@click.argument("jar", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="IMAGE.tar")
@click.option("--platform", metavar="OS/ARCH", help="The platform to build for; this machine's by default.")
@click.option("--tag", metavar="NAME:TAG", help="The image's tag; by default the jar's own name and version.")
@libraries_option
@folder_option
@json_option
@failures_end_it
def build(
    jar: Path,
    *,
    output: Path,
    platform: str | None,
    tag: str | None,
    libraries: Path | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Make an image of JAR and write it as a file that `docker load` takes. Uses base images from the local cache only.

    The same jar and base give the same image digest on every machine, for any platform.
    """
    cache = open_cache()
    target = platform_of(platform, machine_platform.machine())

    warnings: list[dict[str, str]] = []

    def publish(event: Event) -> None:
        if isinstance(event, Warned):
            warnings.append({"code": event.code, "message": event.message, "hint": event.hint})
        if not as_json:
            note(words.tell(event))
            if isinstance(event, Warned) and event.hint:
                note(f"  {event.hint}")

    reference = tag or _tag(jar)
    with whole(jar, libraries) as path:
        order = Order(
            platform=target,
            reference=reference,
            buildpacks=buildpacks_of(folder),
            natives="warn",
        )
        built = build_file(cache.layout, cache.bases, path, order, publish, filename=jar.name, whole=True)
    size = tarball.write_file(cache.layout, built.image, output)
    if as_json:
        dump(
            {
                "file": str(output),
                "size": size,
                "reference": built.image.reference,
                "config": built.image.config.digest,
                "manifest": built.image.manifest.digest,
                "platform": str(target),
                "base": built.facts.base,
                "java": built.facts.java,
                "warnings": warnings,
            }
        )
        return
    line(f"{output}: {words.size(size)}, {built.image.reference}, image id {built.image.config.digest}")


def _tag(jar: Path) -> str:
    """A valid repository name out of a file name: lower case letters, digits, `.`, `_` and `-`."""
    kept = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in jar.stem.lower())
    return f"buildsvc/{kept.strip('._-') or 'image'}:latest"
