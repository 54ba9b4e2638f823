"""Plain executable jars."""

from pathlib import Path

from buildpacks.analyse import analyse
from buildpacks.kinds import executable_jar
from buildpacks.plan import BuildPlan, Launch, PlannedFile, PlannedLayer, Whole
from tests import forge


def test_it_is_one_layer_with_the_whole_file_script_and_all(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "x.jar", forge.SCRIPT + forge.jar(java=11))
    assert executable_jar.plan(analyse(path, "tool-2.1.jar")) == BuildPlan(
        buildpack="executable-jar",
        java=11,
        java_reason="its own classes are compiled for Java 11 (class version 55)",
        layers=(PlannedLayer("application", (PlannedFile("app/app.jar", Whole()),), content_mtime=False),),
        launch=Launch(("-XX:+ExitOnOutOfMemoryError", "-Dfile.encoding=UTF-8"), ("-jar", "/app/app.jar")),
        title="tool",
        version="2.1",
        environment=(("LANG", "C.UTF-8"),),
    )


def test_a_jar_without_its_main_class_does_not_fit(tmp_path: Path) -> None:
    data = forge.jar({"a.B": 17}, main=None, attributes={"Main-Class": "a.C"})
    found = executable_jar.recognise(analyse(forge.write(tmp_path / "x.jar", data), "x.jar"))
    assert not found.fits
    assert found.reason == "its Main-Class a.C is not inside"
