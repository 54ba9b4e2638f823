"""Zips that are no jar: Quarkus fast-jars, thin jars with their libraries, distributions with a start script."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.kinds.detect import detect, explain, may_lack_libraries
from buildsvc.model.configuration import configuration_hints
from buildsvc.model.identity import identity
from tests import forge

GRADLE = b"""\
#!/bin/sh
# org.example.Comment is not meant
APP_HOME=$( cd "${APP_HOME:-./}.." > /dev/null && pwd -P ) || exit
DEFAULT_JVM_OPTS='"-Xmx512m" "-Dhome=$APP_HOME/conf"'
CLASSPATH=$APP_HOME/lib/shop-1.0.jar:$APP_HOME/lib/guava-33.jar
set -- \\
        -classpath "$CLASSPATH" \\
        org.example.Shop \\
        "$@"
exec "$JAVACMD" "$@"
"""
HAND = b"""#!/bin/bash
cd $(dirname $0)/..
nohup java -Xms256m -cp "conf:lib/*" org.example.Shop > logs/out.log 2>&1 &
"""
RUNNER = "io.quarkus.bootstrap.runner.QuarkusEntryPoint"


def program(main: str = "org.example.Shop", java: int = 17, **attributes: str) -> bytes:
    """A jar with a class that has a main method; its manifest says what `attributes` say."""
    entries = {
        "META-INF/MANIFEST.MF": forge.manifest({key.replace("_", "-"): value for key, value in attributes.items()}),
        main.replace(".", "/") + ".class": forge.main_class(java),
        **forge.pom_properties("org.example", "shop", "1.0"),
    }
    return forge.archive(entries)


GUAVA = forge.library("com.google.A", maven=("com.google", "guava", "33"))


def analysed(tmp_path: Path, entries: dict[str, bytes], filename: str = "shop-1.0.zip") -> Analysis:
    return analyse(forge.write(tmp_path / "x.zip", forge.archive(entries)), filename)


def code(analysis: Analysis) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        detect(analysis)
    return caught.value.code, caught.value.message


def test_a_gradle_distribution_is_started_as_its_script_says(tmp_path: Path) -> None:
    plan = detect(
        analysed(
            tmp_path,
            {
                "shop-1.0/bin/shop": GRADLE,
                "shop-1.0/bin/shop.bat": b"@rem",
                "shop-1.0/lib/guava-33.jar": GUAVA,
                "shop-1.0/lib/shop-1.0.jar": program(),
            },
        )
    )
    assert (plan.buildpack, plan.java, plan.title, plan.version) == ("distribution", 17, "shop", "1.0")
    assert plan.launch.target == ("-cp", "/app/lib/shop-1.0.jar:/app/lib/guava-33.jar", "org.example.Shop")
    assert plan.launch.options[-2:] == ("-Xmx512m", "-Dhome=/app/conf")
    assert [(layer.role, [file.path for file in layer.files]) for layer in plan.layers] == [
        ("dependencies", ["app/lib/guava-33.jar"]),
        ("application", ["app/bin/shop", "app/bin/shop.bat", "app/lib/shop-1.0.jar"]),
    ]


def test_a_script_written_by_hand_names_the_class_and_conf_goes_first(tmp_path: Path) -> None:
    entries = {"bin/start.sh": HAND, "bin/stop.sh": b"#!/bin/sh\nkill $(cat pid)\n", "conf/application.yml": b"a: 1"}
    plan = detect(analysed(tmp_path, {**entries, "lib/guava-33.jar": GUAVA, "lib/shop-1.0.jar": program()}))
    assert plan.launch.target == ("-cp", "/app/conf:/app/lib/shop-1.0.jar:/app/lib/guava-33.jar", "org.example.Shop")
    assert any("is read, not run" in warning for warning in plan.warnings)


def test_a_thin_jar_with_its_libraries_is_started_by_its_manifest(tmp_path: Path) -> None:
    jar = program(Main_Class="org.example.Shop", Class_Path="lib/guava-33.jar lib/a%20b.jar ./config/")
    plan = detect(analysed(tmp_path, {"shop.jar": jar, "lib/guava-33.jar": GUAVA, "lib/a b.jar": GUAVA}))
    assert plan.buildpack == "thin-app"
    assert plan.launch.target == ("-cp", "/app/shop.jar", "org.example.Shop")
    assert plan.layers[0].role == "dependencies"


def test_every_file_of_the_class_path_that_is_missing_is_named(tmp_path: Path) -> None:
    wanted = " ".join(f"lib/x{n}.jar" for n in range(12))
    jar = program(Main_Class="org.example.Shop", Class_Path=f"lib/guava-33.jar {wanted}")
    found, message = code(analysed(tmp_path, {"target/shop.jar": jar, "target/lib/guava-33.jar": GUAVA}))
    assert found == "class-path-missing"
    assert "target/lib/x0.jar" in message
    assert "and 2 more" in message
    assert "guava" not in message


def test_a_thin_jar_alone_is_refused_and_one_with_everything_inside_is_not(tmp_path: Path) -> None:
    told = forge.manifest({"Main-Class": "org.example.Shop", "Class-Path": "lib/spring.jar"})
    needs = forge.main_class(names=("org/springframework/Boot", "java/lang/String", "org/example/Shop"))
    entries = {"META-INF/MANIFEST.MF": told, "org/example/Shop.class": needs}
    assert code(analysed(tmp_path, entries, "shop.jar"))[0] == "class-path-missing"
    merged = {**entries, "org/springframework/Boot.class": forge.class_file()}
    assert detect(analysed(tmp_path, merged, "shop.jar")).buildpack == "executable-jar"


def quarkus_app() -> dict[str, bytes]:
    runner = forge.archive(
        {
            "META-INF/MANIFEST.MF": forge.manifest({"Main-Class": RUNNER, "Class-Path": "lib/boot/run.jar"}),
            RUNNER.replace(".", "/") + ".class": forge.class_file(8),
        }
    )
    return {
        "quarkus-app/quarkus-run.jar": runner,
        "quarkus-app/lib/boot/run.jar": GUAVA,
        "quarkus-app/lib/main/org.jboss.logmanager.jboss-logmanager-3.jar": GUAVA,
        "quarkus-app/app/shop-1.0.jar": forge.library("a.B", java=21, maven=("org.example", "shop", "1.0")),
        "quarkus-app/quarkus/generated-bytecode.jar": forge.library("a.C", java=17),
        "quarkus-app/quarkus/quarkus-application.dat": b"x",
    }


def test_a_quarkus_folder_is_started_by_its_runner(tmp_path: Path) -> None:
    entries = quarkus_app()
    plan = detect(analysed(tmp_path, entries, "app.zip"))
    assert (plan.buildpack, plan.java, plan.title) == ("quarkus", 21, "shop")
    assert plan.launch.target == ("-jar", "/app/quarkus-run.jar")
    assert "-Djava.util.logging.manager=org.jboss.logmanager.LogManager" in plan.launch.options
    assert [(layer.role, len(layer.files)) for layer in plan.layers] == [("dependencies", 2), ("application", 4)]
    del entries["quarkus-app/lib/boot/run.jar"]
    found, message = code(analysed(tmp_path, entries, "app.zip"))
    assert (found, "lib/boot/run.jar" in message) == ("class-path-missing", True)


@pytest.mark.parametrize("root", ["", "shop/"])
def test_a_jar_without_class_path_is_started_with_the_libraries_beside_it(tmp_path: Path, root: str) -> None:
    jar = forge.archive({"META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "org.example.Shop"}),
                         "org/example/Shop.class": forge.main_class(8, names=("com/google/Guava",))})  # fmt: skip
    entries = {f"{root}shop.jar": jar, f"{root}lib/guava-33.jar": GUAVA, f"{root}plugins/p.jar": GUAVA}
    assert detect(analysed(tmp_path, entries, "shop.zip")).launch.target == (
        "-cp", "/app/shop.jar:/app/lib/guava-33.jar", "org.example.Shop")  # fmt: skip


@pytest.mark.parametrize("part", ["app/", "lib/main/", "quarkus/"])
def test_a_quarkus_folder_without_a_part_that_its_runner_reads_is_refused(tmp_path: Path, part: str) -> None:
    entries = {name: data for name, data in quarkus_app().items() if not name.startswith(f"quarkus-app/{part}")}
    found, message = code(analysed(tmp_path, entries, "app.zip"))
    assert (found, f"quarkus-app/{part}" in message) == ("class-path-missing", True)


def test_libraries_may_have_to_be_added_to_what_the_list_gives_to_thin_jars(tmp_path: Path) -> None:
    jar = program(Main_Class="org.example.Shop", Class_Path="lib/guava-33.jar")
    assert may_lack_libraries(analysed(tmp_path, {"shop.jar": jar}))
    assert not may_lack_libraries(analysed(tmp_path, {"shop.jar": jar, "lib/guava-33.jar": GUAVA}))
    assert not may_lack_libraries(analysed(tmp_path, {"shop.jar": program(Main_Class="org.example.Shop")}))
    quarkus = quarkus_app()
    del quarkus["quarkus-app/lib/boot/run.jar"]
    assert not may_lack_libraries(analysed(tmp_path, quarkus, "app.zip"))


def test_what_a_script_before_a_quarkus_runner_sets_is_said_to_have_no_effect(tmp_path: Path) -> None:
    script = b"#!/bin/sh\nexec java -Dshop.home=$HOME -cp lib/quarkus-run.jar " + RUNNER.encode() + b"\n"
    plain = b"#!/bin/sh\nexec java -jar quarkus-run.jar\n"
    for text, told in ((script, ["quarkus-app/bin/shop.sh"]), (plain, [])):
        plan = detect(analysed(tmp_path, {**quarkus_app(), "quarkus-app/bin/shop.sh": text}, "app.zip"))
        assert plan.buildpack == "quarkus"
        assert [warning.partition(" is read, not run")[0] for warning in plan.warnings] == told


def test_a_boot_jar_in_a_distribution_is_run_whole_with_its_configuration(tmp_path: Path) -> None:
    boot = forge.boot_jar(extra={forge.JAR_LAUNCHER.replace(".", "/") + ".class": forge.class_file(17)})
    script = b"#!/bin/sh\nexec java -jar lib/shop-1.0.jar\n"
    entries = {"bin/shop": script, "lib/shop-1.0.jar": boot, "conf/application.yml": b"a: 1"}
    plan = detect(analysed(tmp_path, entries))
    assert (plan.buildpack, plan.launch.target) == ("distribution", ("-jar", "/app/lib/shop-1.0.jar"))
    assert ("SPRING_CONFIG_ADDITIONAL_LOCATION", "/app/conf/") in plan.environment


def test_nothing_decides_between_two_programs(tmp_path: Path) -> None:
    one, two = program("org.example.One"), program("org.example.Two")
    both = {"bin/one": HAND.replace(b"Shop", b"One"), "bin/two": HAND.replace(b"Shop", b"Two")}
    found, message = code(analysed(tmp_path, {**both, "lib/one.jar": one, "lib/two.jar": two}))
    assert found == "several-programs"
    assert "bin/one (org.example.One), bin/two (org.example.Two)" in message
    named = {f"two-1.0/{name}": data for name, data in {**both, "lib/one.jar": one, "lib/two.jar": two}.items()}
    assert detect(analysed(tmp_path, named)).launch.target[-1] == "org.example.Two"


def test_a_zip_of_libraries_is_no_program(tmp_path: Path) -> None:
    found, message = code(analysed(tmp_path, {"lib/guava-33.jar": GUAVA}))
    assert (found, "none that can be started" in message) == ("no-program", True)


def test_each_kind_says_why_or_why_not(tmp_path: Path) -> None:
    said = {one.buildpack: one for one in explain(analysed(tmp_path, {"lib/shop.jar": program()}))}
    assert not any(one.fits for one in said.values())
    assert said["quarkus"].reason == "none of its jars is Quarkus' runner"
    assert said["executable-jar"].reason == "its manifest names no Main-Class"


def test_a_folder_is_called_as_its_program_is(tmp_path: Path) -> None:
    jar = forge.archive(
        {
            "META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "org.example.Shop"}),
            "org/example/Shop.class": forge.main_class(),
            "application.yml": b"spring: {application: {name: shop-service}}",
            **forge.pom_properties("org.example", "shop-core", "1.0"),
        }
    )
    found = analysed(tmp_path, {"shop/shop.jar": jar, "shop/conf/application.properties": b"server.port=9000"})
    said = identity(found)
    assert (said.spring_name, said.artifact_id, said.filename_stem) == ("shop-service", "shop-core", "shop")
    assert configuration_hints(found)["server.port"] == "9000"
    assert identity(analysed(tmp_path, {"lib/g.jar": GUAVA}, "app-1.0-bin.tar.gz")).filename_stem == "app"


def test_modules_that_a_script_starts_stay_modules(tmp_path: Path) -> None:
    shop = {"a/bin/shop": b"#!/bin/sh\nMODULE_PATH=$APP_HOME/lib/shop.jar\nx -m org.shop/org.example.Shop",
            "a/conf/x": b"",
            "a/lib/shop.jar": program(java=17), "a/lib/guava.jar": GUAVA}  # fmt: skip
    assert detect(analysed(tmp_path, shop)).launch.target == (
        "-cp", "/app/conf:/app/lib/guava.jar", "--module-path", "/app/lib/shop.jar", "--module",
        "org.shop/org.example.Shop")  # fmt: skip
    shop["a/bin/shop"] = b'#!/bin/sh\njava -p lib --module="org.shop/org.example.Shop" com.example.Other\n'
    del shop["a/conf/x"]
    assert detect(analysed(tmp_path, shop)).launch.target == (
        "--module-path", "/app/lib/shop.jar:/app/lib/guava.jar", "--module", "org.shop/org.example.Shop")  # fmt: skip
