"""The site that sends: the application as it was developed, its versions, and a bundle of each."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from buildsvc.doors import words
from scripts import owned
from scripts.delivery.parcel import BETTER, FIRST, FLAWED, Goods, Parcel
from scripts.demonstration import engine, service
from scripts.demonstration.place import Place
from scripts.demonstration.show import timed, typed

UNKNOWN_OPTION = "-XX:NoSuchOption"
"""What no Java starts with: the answer that the flawed version has where nobody gives another."""
HARMLESS_OPTION = "-Xshare:auto"
FLAW = """x-buildsvc:
  values:
    JAVA_SETTING: {{kind: text, default: "{option}", says: A setting of Java that was right where this was made.}}
services:
  {component}:
    environment:
      JAVA_TOOL_OPTIONS: ${{JAVA_SETTING}}
"""


@contextmanager
def sending_site(place: Place, goods: Goods) -> Iterator[None]:
    """Run the service of the site in this machine's engine; what the application made there goes at the end."""
    service.start(place)
    try:
        yield
    finally:
        service.stop(place)
        if owned.engine_fault() is None:
            engine.take_away(goods.name)


def send_first(place: Place, goods: Goods, parcel: Parcel) -> None:
    """Apply the application, push its jars, and export its first version whole."""
    _called(place, "apply", str(goods.compose), "--env-file", str(_answers(place, goods)))
    _version(place, goods, parcel, FIRST)


def send_rest(place: Place, goods: Goods, parcel: Parcel) -> None:
    """Export two more versions, each only what the receiving site lacks; the last starts nowhere but here. Then the
    application leaves this site.
    """
    have = ("--have", str(parcel.have))
    _version(place, goods, parcel, BETTER, *have)
    flaw = place.folder / "flaw.yaml"
    flaw.write_text(FLAW.format(option=UNKNOWN_OPTION, component=goods.flawed), encoding="utf-8")
    answers = _answers(place, goods, JAVA_SETTING=HARMLESS_OPTION)
    _called(place, "apply", "-f", str(goods.compose), "-f", str(flaw), "--env-file", str(answers))
    _version(place, goods, parcel, FLAWED, *have)
    _called(place, "remove", goods.name, "--yes")


def _version(place: Place, goods: Goods, parcel: Parcel, version: str, *options: str) -> None:
    for component, jar in goods.jars[version].items():
        _called(place, "push", str(jar), "--app", goods.name, "--component", component)
    _called(place, "version", "create", goods.name, "--name", version)
    file = parcel.bundle(version)
    with timed("export") as lines:
        _called(place, "export", f"{goods.name}@{version}", "-o", str(file), *options)
        lines.append(f"{file.name}, {words.size(file.stat().st_size)}")


def _called(place: Place, *arguments: str) -> list[dict[str, Any]]:
    typed("buildsvc " + shlex.join(Path(one).name if one.startswith("/") else one for one in arguments))
    return service.run(place, *arguments)


def _answers(place: Place, goods: Goods, **more: str) -> Path:
    file = place.folder / f"{goods.name}.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in {**goods.environment, **more}.items()))
    return file
