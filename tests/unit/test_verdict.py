"""Names that every plan needs."""

from pathlib import Path

import pytest

from buildpacks import verdict
from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from tests import forge


def analysis(tmp_path: Path, filename: str, **how: object) -> Analysis:
    return analyse(forge.write(tmp_path / "x", forge.jar(**how)), filename)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("filename", "title", "version"),
    [
        ("order-service-1.2.3.jar", "order-service", "1.2.3"),
        ("order-1.2-SNAPSHOT.jar", "order", "1.2-SNAPSHOT"),
        ("zipkin-server-3.4.4-exec.jar", "zipkin-server", "3.4.4"),
        ("app.jar", "app", None),
        ("ROOT.WAR", "ROOT", None),
    ],
)
def test_title_and_version_come_from_the_file_name_at_last(
    tmp_path: Path, filename: str, title: str, version: str | None
) -> None:
    found = analysis(tmp_path, filename)
    assert (verdict.title(found), verdict.version(found)) == (title, version)


def test_maven_precedes_the_manifest_and_the_manifest_precedes_the_file_name(tmp_path: Path) -> None:
    told = {"Implementation-Title": "Orders", "Implementation-Version": "7"}
    found = analysis(tmp_path, "x-1.jar", attributes=told)
    assert (verdict.title(found), verdict.version(found)) == ("Orders", "7")
    found = analysis(tmp_path, "x-1.jar", attributes=told, extra=forge.pom_properties("g", "order", "9"))
    assert (verdict.title(found), verdict.version(found)) == ("order", "9")


@pytest.mark.parametrize(
    ("told", "title"),
    [("com.example.shop#orders;1.2", "orders"), ("Orders #2; new", "Orders #2; new"), ("C# bridge", "C# bridge")],
)
def test_of_an_ivy_name_the_name_counts(tmp_path: Path, told: str, title: str) -> None:
    assert verdict.title(analysis(tmp_path, "x-1.jar", attributes={"Implementation-Title": told})) == title
