"""What a program's configuration, environment and arguments say of its registry, as Spring binds them.

Sources: Spring Boot's "Externalized Configuration" (relaxed binding, placeholders, durations); the properties of Spring
Cloud Netflix, Spring Cloud Alibaba and Spring Cloud LoadBalancer by their reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildpacks.analysis import Analysis
from buildsvc.model.configuration import PLACEHOLDER, canonical, configured_values, filled

_KEPT = ("spring.application.name", "spring.cloud.", "eureka.", "ribbon.")
_MOST = 200
_MOST_FILLED = 50
"""Placeholders of one value, those within others too: a jar may name each twice in the next, and so on."""
_SIMPLE = re.compile(r"(\d+)(ns|us|ms|s|m|h|d)?", re.IGNORECASE)
_ISO = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", re.IGNORECASE)
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def registry_settings(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    """Return those values of its configuration that say something of registries, and what they name by `${…}`."""
    every = configured_values(analysis)
    found = {key: value for key, value in every.items() if key.startswith(_KEPT)}
    named = {canonical(name) for value in found.values() for name, _ in PLACEHOLDER.findall(value)}
    found.update({key: every[key] for key in named if key in every})
    return tuple(sorted(found.items()))[:_MOST]


@dataclass(frozen=True)
class RegistrySettings:
    """Of one program; the command line goes before the environment, and that before the program's own configuration."""

    own: Mapping[str, str]
    environment: Mapping[str, str]
    argv: Sequence[str] = ()

    def text(self, *keys: str) -> str | None:
        """Return the value of the first key that has one; None where it needs what nobody here knows."""
        for key in keys:
            value = self._raw(key)
            if value is not None and value.strip():
                return filled(value.strip(), self._raw, _MOST_FILLED)
        return None

    def says(self, key: str) -> bool:
        """Whether anybody gave it a value, whatever that is."""
        return bool((self._raw(key) or "").strip())

    def flag(self, key: str, *, default: bool) -> bool:
        told = self.text(key)
        return default if told is None else told.lower() == "true"

    def seconds(self, key: str, default: float, unit: str = "ms") -> float:
        """Read a duration; a bare number counts in `unit`."""
        told = self.text(key) or ""
        simple, iso = _SIMPLE.fullmatch(told), _ISO.fullmatch(told)
        if simple:
            return int(simple[1]) * _UNITS[(simple[2] or unit).lower()]
        if iso and any(iso.groups()):
            hours, minutes, seconds = (float(part or 0) for part in iso.groups())
            return hours * 3600 + minutes * 60 + seconds
        return default

    def _raw(self, key: str) -> str | None:
        wanted = _squashed(key)
        for word in reversed(self.argv):
            name, mark, value = word.partition("=")
            if mark and name.startswith(("--", "-D")) and _squashed(name[2:]) == wanted:
                return value
        for name, value in self.environment.items():
            if _squashed(name) == wanted:
                return value
        return self.own.get(canonical(key))


def _squashed(key: str) -> str:
    """Take away what a variable of the environment has lost: dots, dashes and case."""
    return "".join(sign for sign in key.lower() if sign not in "._-")
