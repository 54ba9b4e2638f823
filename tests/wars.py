"""Real little wars for either namespace, compiled against the servlet API of the Tomcat that will run them."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scripts.made import MadeBases
from tests import forge

SOURCE = Path(__file__).with_name("war") / "Shop.java"
PAGE = b'<%@ page contentType="text/plain;charset=UTF-8" %><%! int six = 6; %>answer <%= six * 7 %>'
Namespace = Literal["javax", "jakarta"]


@dataclass(frozen=True)
class Wars:
    """Makes wars into `folder`; `classes` are the compiled servlet's bytes by namespace."""

    folder: Path
    classes: dict[str, bytes]

    def war(self, name: str, namespace: Namespace, *, servlet: str | None = None, failing: bool = False) -> Path:
        """`name.war` with a servlet at /shop and a page at /; its web.xml asks for Servlet `servlet`."""
        entries = {
            "META-INF/MANIFEST.MF": forge.manifest({}),
            "index.jsp": PAGE,
            "WEB-INF/classes/Shop.class": self.classes[namespace],
            "WEB-INF/classes/shop.properties": f"version={name}\nfailing={str(failing).lower()}\n".encode(),
            # Has no effect in a container: nothing may be asked there.
            "WEB-INF/classes/application.properties": b"server.port=9999\nserver.servlet.context-path=/nowhere\n",
        }
        if servlet is not None:
            entries["WEB-INF/web.xml"] = forge.web_xml(servlet)
        return forge.write(self.folder / f"{name}.war", forge.archive(entries))


def compiled(cache: Path, bases: MadeBases) -> dict[str, bytes]:
    """The servlet for Java 8 by namespace, compiled when the source or the Tomcat is new."""
    found = {}
    for namespace, line in (("javax", "9.0"), ("jakarta", "10.1")):
        layer = bases.tomcat(line).image.layers[0].descriptor.digest
        source = SOURCE.read_text().replace("import namespace.", f"import {namespace}.")
        kept = cache / "programs" / f"shop-{hashlib.sha256((layer + source).encode()).hexdigest()[:12]}.class"
        if not kept.exists():
            with tempfile.TemporaryDirectory() as folder:
                kept.parent.mkdir(parents=True, exist_ok=True)
                _compile(Path(folder), source, bases, layer).replace(kept)
        found[namespace] = kept.read_bytes()
    return found


def _compile(folder: Path, source: str, bases: MadeBases, layer: str) -> Path:
    (folder / "Shop.java").write_text(source)
    with bases.layout.open(layer) as file, tarfile.open(fileobj=file) as archive:
        api = archive.extractfile("opt/tomcat/lib/servlet-api.jar")
        assert api is not None
        (folder / "api.jar").write_bytes(api.read())
    command = ["javac", "--release", "8", "-Xlint:-options", "-cp", "api.jar", "-d", ".", "Shop.java"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "Shop.class"
