"""A bill of materials as a client reads it: which components stand under which licence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from buildpacks.sentences.wording import Wording


def licence_list(document: Mapping[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Pairs of licence and sorted components (`name version`) of a CycloneDX document; what states none comes last.

    A component of several licences stands under one line that names them all. Debian packages are left out where their
    image has no licences of them, and so are platforms and the application itself.
    """
    found: dict[str, set[str]] = {}
    for component in _all(document.get("components", ())):
        if component.get("type") == "library" and not (_is_debian(component) and not component.get("licenses")):
            name = f"{component['name']} {component.get('version', '')}".strip()
            found.setdefault(_licence(component), set()).add(name)
    unknown = Wording("said.licence-unknown")
    names = sorted(found, key=lambda name: (name == unknown, name.lower()))
    return tuple((name, tuple(sorted(found[name]))) for name in names)


def _all(components: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for component in components:
        yield component
        yield from _all(component.get("components", ()))


def _is_debian(component: Mapping[str, Any]) -> bool:
    return str(component.get("purl", "")).startswith("pkg:deb/")


def _licence(component: Mapping[str, Any]) -> str:
    """Stated licences, or else those whose text lies in it."""
    stated = _names(component.get("licenses", ()))
    seen = _names((component.get("evidence") or {}).get("licenses", ()))
    # Of a package each licence holds for some of its files; of a library the user may choose.
    packaged = str(component.get("purl", "")).startswith(("pkg:deb/", "pkg:rpm/"))
    return (", " if packaged else " OR ").join(stated) or (
        Wording("said.licence-by-text", licences=seen) if seen else Wording("said.licence-unknown")
    )


def _names(licences: Iterable[Mapping[str, Any]]) -> list[str]:
    told = (one.get("expression") or one["license"].get("id") or one["license"]["name"] for one in licences)
    return sorted(dict.fromkeys(told))
