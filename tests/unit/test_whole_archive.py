"""An archive over everything is made of names, holds for one image, and is left alone where java would refuse it."""

from __future__ import annotations

import pytest

from buildpacks.java import cds, whole_archive
from buildpacks.plan import Entry, Launch, Packed, PlannedFile

OWN = Packed(
    (
        ("BOOT-INF/classes/demo/App.class", "demo/App.class"),
        ("BOOT-INF/classes/demo/App$1.class", "demo/App$1.class"),
        ("BOOT-INF/classes/module-info.class", "module-info.class"),
        ("META-INF/versions/21/demo/App.class", "META-INF/versions/21/demo/App.class"),
        ("BOOT-INF/classes/application.yml", "application.yml"),
    )
)
APP, LIBRARY = PlannedFile("app/app.jar", OWN), PlannedFile("app/lib/a.jar", Entry("BOOT-INF/lib/a.jar"))
FOUND = cds.Arrangement((APP, LIBRARY), frozenset({LIBRARY.path}))
LAUNCH = Launch((f"-XX:DumpLoadedClassList={cds.LIST}",), ("-cp", "/app/app.jar:/app/lib/a.jar", "demo.App"))


def test_the_list_has_what_was_listed_and_every_class_of_the_programs_own_once() -> None:
    listed = b"java/lang/Object id: 0\ndemo/App id: 7\n"
    assert whole_archive.class_list(listed, FOUND) == listed + b"demo/App$1\n"


def test_the_class_path_stays_as_it_was_and_from_java_24_on_classes_are_linked() -> None:
    before = whole_archive.dump(LAUNCH, 21, "/in", "/out")
    assert before[-2:] == ("-cp", "/app/app.jar:/app/lib/a.jar")
    assert "-XX:+AOTClassLinking" not in before
    assert "-XX:+AOTClassLinking" in whole_archive.dump(LAUNCH, 24, "/in", "/out")


def test_another_start_takes_the_archive_and_lists_no_classes() -> None:
    command = ("java", *LAUNCH.options, "-Xmx1g", *LAUNCH.target)
    archive = f"-XX:SharedArchiveFile=/{cds.PATH}"
    assert whole_archive.started_from(command) == ("java", archive, "-Xmx1g", *LAUNCH.target)
    once = whole_archive.started_from(command)
    assert whole_archive.started_from(once) == once
    assert whole_archive.fits(once, {})


@pytest.mark.parametrize(
    "option", ["-javaagent:/a.jar", "-XX:+UseZGC", "--add-opens=java.base/java.lang=ALL-UNNAMED", "-Xshare:off"]
)
def test_what_java_would_refuse_it_for_is_started_as_before(option: str) -> None:
    assert not whole_archive.fits(("java", option, "-cp", "a", "M"), {})
    assert not whole_archive.fits(("java", "-cp", "a", "M"), {"JAVA_TOOL_OPTIONS": f"-Xmx1g {option}"})
