"""Base and plan -> image: the layers that are new are written, the others are only named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.plan import BuildPlan
from buildsvc.image import manifest
from buildsvc.image.layer import LayerMaker, Owner
from buildsvc.image.layout import Layout
from buildsvc.image.types import BaseImage, Image, Layer

_TITLES = "org.opencontainers.image."
MOST_LAYERS = 120
"""overlay2 stacks 128 directories at most, and some are the engine's own."""


@dataclass(frozen=True)
class LayerReport:
    """What became of one layer: `written` bytes, 0 when it was there already."""

    layer: Layer
    written: int

    @property
    def reused(self) -> bool:
        return self.written == 0


@dataclass(frozen=True)
class Assembled:
    """The image, and what had to be written for it (layers above the base only)."""

    image: Image
    layers: tuple[LayerReport, ...]


def assemble(
    analysis: Analysis,
    plan: BuildPlan,
    base: BaseImage,
    layout: Layout,
    *,
    reference: str,
    stamp: int,
    server: BaseImage | None = None,
) -> Assembled:
    """Assemble the image of one artifact on one base, with the layers of `server` between them. The same inputs give
    the same digests on every machine.

    `stamp`, in seconds since the epoch, is the mtime of the application's files and the image's `created`. Raises
    Refused `bad-plan`, `damaged-entry`, `bad-stamp`, `too-many-layers`; NotFound `no-blob` when the base is incomplete.
    """
    below = (*base.image.layers, *(server.image.layers if server else ()))
    _require_few(len(below), len(plan.layers), plan.buildpack)
    if stamp < 0:
        raise Refused("bad-stamp", stamp=stamp)
    document = manifest.read_config(layout, base.image)
    maker = LayerMaker(analysis, layout, owner(base, plan), stamp)
    reports: list[LayerReport] = []
    for planned in plan.layers:
        made = maker.make(planned, owns_folder=planned is plan.layers[-1])
        reports.append(LayerReport(made.layer, made.written))
    layers = [*(server.image.layers if server else ()), *(one.layer for one in reports)]
    created = manifest.timestamp(stamp)
    image = manifest.image(
        layout,
        reference,
        base.image.platform,
        [*base.image.layers, *layers],
        created=created,
        run=_run(document.get("config") or {}, plan, base, server, created),
        lines=[*_base_history(document, base), *(manifest.history(created, layer.role) for layer in layers)],
        variant=document.get("variant"),
    )
    return Assembled(image, tuple(reports))


def _require_few(base: int, own: int, buildpack: str) -> None:
    if base + own > MOST_LAYERS:
        raise Refused(
            "too-many-layers", layers=base + own, base=base, own=own, buildpack=buildpack, most_layers=MOST_LAYERS
        )


def owner(base: BaseImage, plan: BuildPlan) -> Owner:
    """Who may write into the program's folders. Raises Refused `bad-base-user`."""
    uid, _, gid = base.user.partition(":")
    if not (uid.isdigit() and (gid or uid).isdigit()):
        raise Refused("bad-base-user", base=base.name, user=base.user)
    return Owner(plan.working_dir.strip("/"), int(uid), int(gid or uid), plan.writable)


def _run(
    inherited: dict[str, Any], plan: BuildPlan, base: BaseImage, server: BaseImage | None, created: str
) -> dict[str, Any]:
    environment = dict(item.split("=", 1) for item in inherited.get("Env") or ())
    environment.update(plan.environment)
    folder = f"{base.java_home}/bin"
    paths = environment.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":")
    if folder not in paths:
        environment["PATH"] = ":".join([folder, *paths])
    run: dict[str, Any] = {
        "Entrypoint": ["java", *plan.launch.options, *plan.launch.target],
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Labels": _inherited(inherited) | _labels(plan, base, server, created),
        "User": base.user,
        "WorkingDir": plan.working_dir,
    }
    if plan.launch.arguments:
        run["Cmd"] = list(plan.launch.arguments)
    return run


def _inherited(config: dict[str, Any]) -> dict[str, str]:
    """Return the base's labels without those that describe an image: its version is not the application's."""
    labels: dict[str, str] = config.get("Labels") or {}
    return {name: value for name, value in labels.items() if not name.startswith(_TITLES)}


def _labels(plan: BuildPlan, base: BaseImage, server: BaseImage | None, created: str) -> dict[str, str]:
    labels = {
        _TITLES + "title": plan.title,
        _TITLES + "version": plan.version,
        _TITLES + "revision": plan.revision,
        _TITLES + "created": created,
        _TITLES + "base.name": base.image.reference,
        _TITLES + "base.digest": base.image.manifest.digest,
        "io.buildsvc.java": str(base.java) if base.java is not None else None,
        "io.buildsvc.buildpack": plan.buildpack,
        "io.buildsvc.buildpack.digest": plan.buildpack_digest,
        "io.buildsvc.server": server.name if server else None,
    }
    return {name: value for name, value in labels.items() if value}


def _base_history(document: dict[str, Any], base: BaseImage) -> list[Any]:
    """Return the base's own history, as long as it accounts for each of its layers; engines count."""
    lines = list(document.get("history") or ())
    if sum(not line.get("empty_layer") for line in lines) == len(base.image.layers):
        return lines
    return [manifest.history(document.get("created") or manifest.timestamp(0), "base") for _ in base.image.layers]
