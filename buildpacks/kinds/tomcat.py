"""Tomcat as the image has it: its releases, where it lies, how it is configured and started.

Sources: Apache Tomcat, "Which Version Do I Want?" (specifications, Java), Configuration Reference (server.xml), and
bin/catalina.sh (options). Its files come in a layer of their own from the cache; what is here goes above it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from buildpacks.java import jvm
from buildpacks.plan import Launch, Literal, PlannedFile, PlannedLayer
from buildpacks.sentences.wording import Wording

KIND = "tomcat"
HOME = "opt/tomcat"
APPLICATIONS = f"{HOME}/webapps/"
WRITABLE = (f"{HOME}/logs", f"{HOME}/temp", f"{HOME}/work")
PORT = 8080
DATA = Path(__file__).parents[1] / "servers"
CONTEXT = re.compile(r"/|(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
"""Context paths that become a folder's name as they are."""
_GUARD = "io/buildsvc/tomcat/EndWithApplication.class"
_OPENED = (
    "java.base/java.lang java.base/java.lang.invoke java.base/java.lang.reflect java.base/java.io java.base/java.util "
    "java.base/java.util.concurrent java.rmi/sun.rmi.transport"
)


@dataclass(frozen=True)
class Line:
    """One line of releases: the specification that it implements and the oldest Java release that runs it; `version`
    with `coordinates` (Maven's) and `sha256` (hex) is the one that a recipe fetches.
    """

    name: str
    namespace: str
    servlet: tuple[int, int]
    java: int
    version: str
    coordinates: str
    sha256: str


@cache
def lines() -> tuple[Line, ...]:
    """Return all lines that wars can run on, oldest first."""
    table = tomllib.loads((DATA / "tomcat.toml").read_text(encoding="utf-8"))
    found = []
    for name, told in table["release"].items():
        major, minor = map(int, told["servlet"].split("."))
        coordinates = table["coordinates"].format(version=told["version"])
        found.append(
            Line(name, told["namespace"], (major, minor), told["java"], told["version"], coordinates, told["sha256"])
        )
    return tuple(found)


def line_of(version: str) -> str:
    """Return the line that a version belongs to: `10.1.59` -> `10.1`."""
    return ".".join(version.split(".")[:2])


def java_of(version: str) -> tuple[int, str]:
    """Return the oldest Java release that runs this version, and why that is asked for."""
    line = next(line for line in lines() if line.name == line_of(version))
    return line.java, Wording("java-reason.server", line=line.name)


def folder(context: str) -> str:
    """Where the application with this context path lies, in Tomcat's naming: `/` is ROOT, `/a/b` is a#b."""
    return APPLICATIONS + (context.strip("/").replace("/", "#") or "ROOT") + "/"


def configuration() -> PlannedLayer:
    """Our own server.xml: one port, no shutdown port, no manager, the process ends with its application."""
    named = {
        f"{HOME}/conf/server.xml": "server.xml",
        f"{HOME}/conf/logging.properties": "logging.properties",
        f"{HOME}/lib/{_GUARD}": "EndWithApplication.class",
    }
    files = tuple(PlannedFile(path, Literal((DATA / KIND / name).read_bytes())) for path, name in named.items())
    return PlannedLayer("server", files)


def launch(manifest: dict[str, str], java: int) -> Launch:
    """Return what catalina.sh would run, for an application that may run on Java release `java` and above."""
    opens = " ".join(dict.fromkeys(f"{_OPENED} {manifest.get('Add-Opens', '')}".split()))
    properties = {
        "catalina.home": f"/{HOME}",
        "catalina.base": f"/{HOME}",
        "java.io.tmpdir": f"/{HOME}/temp",
        "java.util.logging.config.file": f"/{HOME}/conf/logging.properties",
        "java.util.logging.manager": "org.apache.juli.ClassLoaderLogManager",
        "org.apache.catalina.startup.EXIT_ON_INIT_FAILURE": "true",
        "org.apache.tomcat.util.digester.PROPERTY_SOURCE": (
            "org.apache.tomcat.util.digester.EnvironmentPropertySource"
        ),
    }
    options = (
        *jvm.OPTIONS,
        *jvm.module_options({**manifest, "Add-Opens": opens}, java),
        *(f"-D{name}={value}" for name, value in properties.items()),
    )
    jars = f"/{HOME}/bin/bootstrap.jar:/{HOME}/bin/tomcat-juli.jar"
    return Launch(options, ("-cp", jars, "org.apache.catalina.startup.Bootstrap"))
