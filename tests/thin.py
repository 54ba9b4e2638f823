"""Thin jars and their libraries, forged: what a build leaves that packs nothing into its jar."""

from __future__ import annotations

from tests import forge

MAIN = "org.example.Order"


def thin_jar(*class_path: str, version: str = "1.0", needs: str = "lib/A", artifact: str = "order-service") -> bytes:
    """A jar whose main class uses the class `needs`, that is not inside; its manifest names these files."""
    told = {"Main-Class": MAIN, "Class-Path": " ".join(class_path)}
    return forge.archive(
        {
            "META-INF/MANIFEST.MF": forge.manifest(told),
            f"{MAIN.replace('.', '/')}.class": forge.main_class(names=(needs, "java/lang/String")),
            **forge.pom_properties("org.example", artifact, version),
        }
    )


def library(name: str, content: str = "1", *class_path: str, main: bool = False) -> bytes:
    """A library with class `lib.NAME`; another `content` is another build of it."""
    told = {"Class-Path": " ".join(class_path)} if class_path else {}
    told |= {"Main-Class": f"lib.{name}"} if main else {}
    code = forge.main_class(8) if main else forge.class_file(8)
    return forge.archive(
        {"META-INF/MANIFEST.MF": forge.manifest(told), f"lib/{name}.class": code, "content.txt": content.encode()}
    )
