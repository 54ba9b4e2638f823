"""Spring Boot applications."""

from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.kinds import spring, spring_boot
from buildpacks.plan import BuildPlan, Entry, Launch, Packed, PlannedFile, PlannedLayer, Whole
from tests import forge


def analysis(tmp_path: Path, data: bytes) -> Analysis:
    return analyse(forge.write(tmp_path / "x.jar", data), "order-1.jar")


def plan(tmp_path: Path, **how: object) -> BuildPlan:
    return spring_boot.plan(analysis(tmp_path, forge.boot_jar(**how)))  # type: ignore[arg-type]


def packed(found: BuildPlan) -> dict[str, str]:
    source = found.layers[-1].files[-1].source
    assert isinstance(source, Packed)
    return {target: name for name, target in source.entries}


def test_the_whole_plan_of_a_small_application(tmp_path: Path) -> None:
    found = plan(tmp_path, boot="3.2.5", resources={"application.yml": b"a: b"}, web=False)
    assert found == BuildPlan(
        buildpack="spring-boot",
        java=17,
        java_reason="its own classes are compiled for Java 17 (class version 61)",
        layers=(
            PlannedLayer(
                "dependencies",
                (PlannedFile("app/lib/spring-boot-3.2.5.jar", Entry("BOOT-INF/lib/spring-boot-3.2.5.jar")),),
            ),
            PlannedLayer(
                "application",
                (
                    PlannedFile(
                        "app/app.jar",
                        Packed(
                            (
                                ("META-INF/MANIFEST.MF", "META-INF/MANIFEST.MF"),
                                ("META-INF/maven/demo/app/pom.properties", "META-INF/maven/demo/app/pom.properties"),
                                ("BOOT-INF/classes/demo/App.class", "demo/App.class"),
                                ("BOOT-INF/classes/application.yml", "application.yml"),
                            )
                        ),
                    ),
                ),
                content_mtime=False,
            ),
        ),
        launch=Launch(
            ("-XX:+ExitOnOutOfMemoryError", "-Dfile.encoding=UTF-8"),
            ("-cp", "/app/app.jar:/app/lib/spring-boot-3.2.5.jar", "demo.App"),
        ),
        title="app",
        version="1.0.0",
        web=False,
        environment=(("LANG", "C.UTF-8"), ("SERVER_SHUTDOWN", "graceful")),
    )


@pytest.mark.parametrize(
    ("launcher", "root"),
    [
        (forge.JAR_LAUNCHER, "BOOT-INF"),
        (forge.OLD_JAR_LAUNCHER, "BOOT-INF"),
        (forge.WAR_LAUNCHER, "WEB-INF"),
        (forge.PROPERTIES_LAUNCHER, "BOOT-INF"),
    ],
)
def test_every_launcher_of_spring_boot_is_recognised(tmp_path: Path, launcher: str, root: str) -> None:
    found = spring_boot.recognise(analysis(tmp_path, forge.boot_jar(launcher=launcher, root=root, boot="3.2.5")))
    assert found.fits
    assert found.reason == f"Spring Boot 3.2: {launcher.rpartition('.')[2]} starts demo.App"


def test_every_library_is_in_exactly_one_layer_and_on_the_class_path(tmp_path: Path) -> None:
    found = plan(tmp_path, libraries={"a-1-SNAPSHOT.jar": forge.library("a.A"), "sub/b.jar": forge.library("b.B")})
    files = [file.path for layer in found.layers for file in layer.files]
    assert len(files) == len(set(files)) == 6
    assert sorted(found.launch.target[1].split(":")) == sorted(f"/{path}" for path in files)
    assert found.launch.target[1].startswith("/app/app.jar:")


def test_loader_classes_its_file_system_and_signatures_are_left_out(tmp_path: Path) -> None:
    extra = {
        "META-INF/services/java.nio.file.spi.FileSystemProvider": b"org.springframework.boot.loader.nio.Provider",
        "META-INF/BOOT.SF": b"",
        "META-INF/build-info.properties": b"outer",
    }
    inner = {"META-INF/build-info.properties": b"inner", "META-INF/services/a.B": b"c"}
    entries = packed(plan(tmp_path, extra=extra, resources=inner))
    assert entries == {
        "META-INF/MANIFEST.MF": "META-INF/MANIFEST.MF",
        "META-INF/maven/demo/app/pom.properties": "META-INF/maven/demo/app/pom.properties",
        "META-INF/build-info.properties": "BOOT-INF/classes/META-INF/build-info.properties",
        "META-INF/services/a.B": "BOOT-INF/classes/META-INF/services/a.B",
        "demo/App.class": "BOOT-INF/classes/demo/App.class",
    }


def test_files_in_the_root_of_the_jar_stay_on_the_class_path(tmp_path: Path) -> None:
    extra = {"com/other/Agent.class": forge.class_file(8), "defaults.properties": b"", "BOOT-INF/sbom.json": b""}
    entries = packed(plan(tmp_path, extra=extra))
    assert set(entries) == {
        "META-INF/MANIFEST.MF", "META-INF/maven/demo/app/pom.properties", "demo/App.class", "com/other/Agent.class",
        "defaults.properties",
    }  # fmt: skip


def test_the_outer_manifest_stays_so_that_package_versions_do(tmp_path: Path) -> None:
    inner = {"META-INF/MANIFEST.MF": b"inner"}
    assert packed(plan(tmp_path, resources=inner))["META-INF/MANIFEST.MF"] == "META-INF/MANIFEST.MF"


def test_an_executable_war_keeps_its_web_root_and_serves_nothing_of_its_inside(tmp_path: Path) -> None:
    extra = {"index.html": b"<html>", "WEB-INF/views/a.jsp": b"", "WEB-INF/lib-provided/t.jar": forge.library("t.T")}
    found = plan(tmp_path, launcher=forge.WAR_LAUNCHER, root="WEB-INF", extra=extra, web=False, classpath_index=False)
    paths = [file.path for layer in found.layers for file in layer.files]
    assert paths == [
        "app/war/WEB-INF/lib/spring-boot-3.2.5.jar",
        "app/war/WEB-INF/lib-provided/t.jar",
        "app/war/index.html",
        "app/war/WEB-INF/views/a.jsp",
        "app/war/WEB-INF/app.jar",
    ]
    assert found.launch.target[1] == "/app/war/WEB-INF/app.jar:" + ":".join(f"/{path}" for path in paths[:2])
    assert set(packed(found)) >= {"demo/App.class", "META-INF/MANIFEST.MF"}


def test_a_boot_1_3_jar_moves_root_classes_into_the_application_jar(tmp_path: Path) -> None:
    entries = {
        "META-INF/MANIFEST.MF": forge.manifest({"Main-Class": forge.OLD_JAR_LAUNCHER, "Start-Class": "demo.App"}),
        "demo/App.class": forge.class_file(8),
        "application.properties": b"",
        "org/springframework/boot/loader/JarLauncher.class": forge.class_file(8),
        "lib/spring-boot-1.3.8.RELEASE.jar": forge.library("s.B"),
    }
    found = spring_boot.plan(analysis(tmp_path, forge.archive(entries, stored=(".jar",))))
    assert set(packed(found)) == {"META-INF/MANIFEST.MF", "demo/App.class", "application.properties"}
    assert found.launch.target[1] == "/app/app.jar:/app/lib/spring-boot-1.3.8.RELEASE.jar"
    assert found.newest_java_known_good == 8


@pytest.mark.parametrize(
    ("boot", "graceful"),
    [("2.2.0", False), ("2.3.0.RELEASE", True), ("3.3.9", True), ("3.4.0", False), ("4.0.3", False)],
)
def test_graceful_shutdown_is_asked_for_where_it_is_opt_in(tmp_path: Path, boot: str, graceful: bool) -> None:
    assert (("SERVER_SHUTDOWN", "graceful") in plan(tmp_path, boot=boot).environment) is graceful


def test_the_version_of_the_library_is_believed_and_not_the_manifests(tmp_path: Path) -> None:
    data = forge.boot_jar(boot="1.5.9.RELEASE", attributes={"Spring-Boot-Version": "2.1.0.RELEASE"})
    assert spring.boot_version(analysis(tmp_path, data)) == (1, 5)


def test_sessions_are_in_memory_unless_spring_session_keeps_them(tmp_path: Path) -> None:
    assert plan(tmp_path).keeps_sessions_in_memory
    shared = {"spring-session-data-redis-3.2.0.jar": forge.library("s.S")}
    assert not plan(tmp_path, libraries=shared).keeps_sessions_in_memory
    assert not plan(tmp_path, web=False).keeps_sessions_in_memory


def test_manifest_options_that_only_dash_jar_reads_become_arguments(tmp_path: Path) -> None:
    found = plan(tmp_path, attributes={"Add-Opens": "java.base/java.lang"})
    assert "--add-opens=java.base/java.lang=ALL-UNNAMED" in found.launch.options


@pytest.mark.parametrize(("boot", "opened"), [("1.5.9.RELEASE", True), ("2.0.3.RELEASE", True), ("2.1.0", False)])
def test_old_spring_may_define_proxies_on_a_newer_java(tmp_path: Path, boot: str, opened: bool) -> None:
    options = plan(tmp_path, boot=boot, java=8).launch.options
    assert ("--add-opens=java.base/java.lang=ALL-UNNAMED" in options) is opened
    assert ("-XX:+IgnoreUnrecognizedVMOptions" in options) is opened


@pytest.mark.parametrize(
    "how",
    [
        {"attributes": {"Launcher-Agent-Class": "a.Agent"}},
        {"launcher": forge.PROPERTIES_LAUNCHER, "attributes": {"Loader-Path": "lib,/opt/plugins"}},
        {"launcher": forge.PROPERTIES_LAUNCHER, "resources": {"loader.properties": b"loader.path=x"}},
    ],
)
def test_what_only_the_launcher_can_do_is_started_whole_with_a_warning(tmp_path: Path, how: dict[str, object]) -> None:
    found = plan(tmp_path, **how)
    assert found.layers == (PlannedLayer("application", (PlannedFile("app/app.jar", Whole()),), content_mtime=False),)
    assert found.launch.target == ("-jar", "/app/app.jar")
    assert found.warnings[0].startswith("It is started whole")


def test_a_colon_in_a_library_name_does_not_split_the_class_path(tmp_path: Path) -> None:
    found = plan(tmp_path, libraries={"a:b.jar": forge.library("a.A")})
    assert "/app/lib/a_b.jar" in found.launch.target[1].split(":")


def test_a_class_path_too_long_for_linux_names_the_folder(tmp_path: Path) -> None:
    library = forge.library("a.A")
    many = {f"{'very-long-name-' * 8}{number}.jar": library for number in range(1000)}
    assert plan(tmp_path, libraries=many).launch.target[1] == "/app/app.jar:/app/lib/*"
