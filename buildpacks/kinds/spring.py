"""What a Spring Boot application asks for, whatever it is packed in: told by its libraries' file names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from buildpacks.analysis import Analysis
from buildpacks.java import decide, frameworks

_BOOT = re.compile(r"(?:^|/)spring-boot-(\d+)\.(\d+)(?:\.|-)[^/]*\.jar$")
_WEB = re.compile(
    r"/(spring-web|spring-webmvc|spring-webflux|tomcat-embed-core|jetty-server|undertow-core|reactor-netty(-http)?|"
    r"armeria|vertx-web)-\d[^/]*\.jar$"
)
_SERVLET = re.compile(r"/(tomcat-embed-core|jetty-server|undertow-servlet)-\d[^/]*\.jar$")
_SHARED_SESSIONS = re.compile(r"/spring-session-[^/]*\.jar$")
_GRACEFUL_SINCE, _GRACEFUL_BY_DEFAULT = (2, 3), (3, 4)
_NEEDS_OPEN_LANG = (2, 0)
_KNOWN_GOOD = {(2, 0): 8, (2, 1): 12, (2, 2): 15, (2, 3): 15, (2, 4): 16}
"""Newest Java release that each line's own reference names (1.x: 8)."""


@dataclass(frozen=True)
class Traits:
    """Without Spring Boot nothing is known: it may serve requests, and its manifest says what it opens."""

    version: tuple[int, int] | None
    web: bool
    keeps_sessions_in_memory: bool
    newest_java_known_good: int | None
    opened: dict[str, str]
    """The manifest, with the packages opened that this line of Spring and the other libraries need."""
    environment: tuple[tuple[str, str], ...]


def traits(analysis: Analysis) -> Traits:
    """Of an analysis whose manifest is that of the program."""
    version = boot_version(analysis)
    return Traits(
        version=version,
        web=version is None or _has(analysis, _WEB),
        keeps_sessions_in_memory=_has(analysis, _SERVLET) and not _has(analysis, _SHARED_SESSIONS),
        newest_java_known_good=_known_good(version),
        opened=_opened(analysis, version),
        environment=_graceful(version),
    )


def boot_version(analysis: Analysis) -> tuple[int, int] | None:
    """Major and minor of Spring Boot, by the library's file name: manifests were seen to lie."""
    for library in analysis.libraries:
        found = _BOOT.search(library.entry)
        if found:
            return int(found.group(1)), int(found.group(2))
    return None


def _opened(analysis: Analysis, version: tuple[int, int] | None) -> dict[str, str]:
    # Spring 4 and 5.0 define proxy classes by a private method: without this no such application starts on Java 16 or
    # later, and with it many do.
    opened = frameworks.opened(analysis, analysis.manifest)
    if version is None or version > _NEEDS_OPEN_LANG:
        return opened
    opens = f"{opened.get('Add-Opens', '')} java.base/java.lang"
    return {**opened, "Add-Opens": " ".join(dict.fromkeys(opens.split()))}


def _known_good(version: tuple[int, int] | None) -> int | None:
    if version is None:
        return None
    return decide.OLDEST_BASE if version[0] < 2 else _KNOWN_GOOD.get(version)  # noqa: PLR2004 (Spring Boot 2)


def _graceful(version: tuple[int, int] | None) -> tuple[tuple[str, str], ...]:
    opt_in = version is not None and _GRACEFUL_SINCE <= version < _GRACEFUL_BY_DEFAULT
    return (("SERVER_SHUTDOWN", "graceful"),) if opt_in else ()


def _has(analysis: Analysis, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(library.entry) for library in analysis.libraries)
