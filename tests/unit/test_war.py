"""Wars without a server: which Tomcat they need, and how they are laid out below it."""

import subprocess
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.errors import Refused
from buildpacks.java import jvm
from buildpacks.java.jvm_limits import ContainerLimits
from buildpacks.kinds import tomcat, war
from buildpacks.kinds.detect import detect
from buildpacks.plan import BuildPlan, Literal
from tests import forge


def planned(tmp_path: Path, data: bytes) -> BuildPlan:
    return detect(analyse(forge.write(tmp_path / "shop-1.2.war", data), "shop-1.2.war"))


@pytest.mark.parametrize(
    ("data", "lines", "java"),
    [
        (forge.war("javax"), ("9.0",), 8),
        (forge.war("javax", java=17, version="2.5"), ("9.0",), 17),
        (forge.war("jakarta"), ("10.1", "11.0"), 11),
        (forge.war("jakarta", java=21, version="5.0"), ("10.1", "11.0"), 21),
        (forge.war("jakarta", version="6.1"), ("11.0",), 17),
        (forge.war("jakarta", version="7.0"), ("11.0",), 17),
        (forge.war("jakarta", version="3.1"), ("10.1", "11.0"), 11),
        (forge.war(libraries={"spring-web-7.0.1.jar": forge.servlet_library("jakarta")}), ("11.0",), 17),
        (forge.war(extra={"index.jsp": b"<%= 1 %>"}), ("9.0", "10.1", "11.0"), 8),
    ],
)
def test_the_oldest_sufficient_tomcat_comes_first_and_its_java_counts(
    tmp_path: Path, data: bytes, lines: tuple[str, ...], java: int
) -> None:
    plan = planned(tmp_path, data)
    assert plan.server is not None
    assert (plan.server.lines, plan.java) == (lines, java)


def test_libraries_lie_below_the_application_and_both_as_tomcat_would_unpack_them(tmp_path: Path) -> None:
    data = forge.war(
        "javax",
        libraries={"a-1.0.jar": forge.library("a.A"), "b-1-SNAPSHOT.jar": forge.library("b.B")},
        extra={"css/a.css": b"", "META-INF/context.xml": b"<Context/>", "WEB-INF/lib-provided/c.jar": forge.library()},
    )
    plan = planned(tmp_path, data)
    paths = {layer.role: [file.path.removeprefix("opt/tomcat/") for file in layer.files] for layer in plan.layers}
    assert list(paths) == ["server", "dependencies", "snapshot-dependencies", "application"]
    assert paths["dependencies"] == ["webapps/ROOT/WEB-INF/lib/a-1.0.jar"]
    assert paths["snapshot-dependencies"] == ["webapps/ROOT/WEB-INF/lib/b-1-SNAPSHOT.jar"]
    assert paths["application"] == [
        "webapps/ROOT/META-INF/MANIFEST.MF",
        "webapps/ROOT/WEB-INF/classes/demo/Hello.class",
        "webapps/ROOT/css/a.css",
        "webapps/ROOT/META-INF/context.xml",
    ]
    assert (plan.title, plan.version, plan.web, plan.keeps_sessions_in_memory) == ("shop", "1.2", True, True)


def test_tomcat_is_process_one_with_its_own_options(tmp_path: Path) -> None:
    plan = planned(tmp_path, forge.war("javax", attributes={"Add-Opens": "java.base/java.net"}))
    argv = jvm.command(plan.launch, limits=ContainerLimits(memory=1 << 30), java_opts="-Dx=y")
    assert argv[0] == "java"
    assert argv[-3:] == (
        "-cp",
        "/opt/tomcat/bin/bootstrap.jar:/opt/tomcat/bin/tomcat-juli.jar",
        "org.apache.catalina.startup.Bootstrap",
    )
    assert {"-XX:+IgnoreUnrecognizedVMOptions", "--add-opens=java.base/java.net=ALL-UNNAMED", "-Dx=y"} < set(argv)


def test_a_context_path_moves_the_application_and_nothing_else(tmp_path: Path) -> None:
    plan = planned(tmp_path, forge.war("javax"))
    moved = war.at(plan, "/shop/v2")
    assert moved.layers[0] == plan.layers[0]
    assert moved.layers[-1].files[-1].path == "opt/tomcat/webapps/shop#v2/WEB-INF/classes/demo/Hello.class"
    assert dict(moved.hints)["server.servlet.context-path"] == "/shop/v2"
    assert war.at(plan, "/") is plan
    with pytest.raises(Refused, match="no context path"):
        war.at(plan, "/../x")
    with pytest.raises(Refused, match="not a war"):
        war.at(planned(tmp_path, forge.jar()), "/shop")


def test_its_own_configuration_of_ports_has_no_effect(tmp_path: Path) -> None:
    hints = dict(planned(tmp_path, forge.war("javax")).hints)
    assert (hints["server.port"], hints["management.server.port"]) == ("8080", "")


def test_mixed_specifications_and_beans_are_warned_of(tmp_path: Path) -> None:
    mixed = {
        f"WEB-INF/classes/demo/{name}.class": forge.class_file(8, forge.SERVLET.format(namespace))
        for name, namespace in (("A", "jakarta"), ("B", "jakarta"), ("C", "javax"))
    }
    bean = {"WEB-INF/classes/demo/D.class": forge.class_file(8, "Ljavax/ejb/EJB;")}
    plan = planned(tmp_path, forge.war(extra={**mixed, **bean}))
    assert plan.server is not None
    assert plan.server.lines == ("10.1", "11.0")
    assert len(plan.warnings) == 2
    assert "1 of its classes and pages use javax.servlet" in plan.warnings[0]
    assert "Enterprise Beans" in plan.warnings[1]


@pytest.mark.parametrize(
    ("spring", "newest"), [("3.2.18.RELEASE", 8), ("5.2.9.RELEASE", 15), ("5.3.39", 21), ("6.1.6", None), (None, None)]
)
def test_an_old_spring_is_known_to_run_up_to_some_java(tmp_path: Path, spring: str | None, newest: int | None) -> None:
    libraries = {f"spring-core-{spring}.jar": forge.library("a.A")} if spring else {}
    assert planned(tmp_path, forge.war("javax", libraries=libraries)).newest_java_known_good == newest


def test_the_plan_is_the_same_each_time(tmp_path: Path) -> None:
    data = forge.war("javax", libraries={"a-1.0.jar": forge.library("a.A")})
    assert planned(tmp_path, data) == planned(tmp_path, data)


def test_server_xml_has_one_port_and_no_door_for_shutdown() -> None:
    files = {file.path: file.source for file in tomcat.configuration().files}
    source = files["opt/tomcat/conf/server.xml"]
    assert isinstance(source, Literal)
    text = source.content.decode()
    assert text.count("<Connector ") == 1
    assert '<Server port="-1">' in text
    assert 'autoDeploy="false"' in text


def test_the_guard_is_compiled_from_its_source(javac: str, tmp_path: Path) -> None:
    # Against stand-ins of what it uses of Tomcat, so that no jar is needed.
    api = {
        "Lifecycle": "public interface Lifecycle {"
        ' String AFTER_START_EVENT = "after_start"; LifecycleState getState(); }',
        "LifecycleState": "public enum LifecycleState { NEW; public boolean isAvailable() { return false; } }",
        "LifecycleListener": "public interface LifecycleListener { void lifecycleEvent(LifecycleEvent event); }",
        "Container": "public interface Container extends Lifecycle { Container[] findChildren(); String getName(); }",
        "LifecycleEvent": "public final class LifecycleEvent extends java.util.EventObject {"
        " public LifecycleEvent() { super(0); } public String getType() { return null; } }",
    }
    for name, text in api.items():
        source = f"package org.apache.catalina; {text}"
        forge.write(tmp_path / "org/apache/catalina" / f"{name}.java", source.encode())
    folder = tomcat.DATA / "tomcat"
    command = [javac, "--release", "8", "-Xlint:-options", "-g:none", "-implicit:none", "-sourcepath", str(tmp_path)]
    command += ["-d", str(tmp_path / "out"), str(folder / "EndWithApplication.java")]
    (tmp_path / "out").mkdir()
    subprocess.run(command, check=True, capture_output=True)
    made = (tmp_path / "out/io/buildsvc/tomcat/EndWithApplication.class").read_bytes()
    assert made == (folder / "EndWithApplication.class").read_bytes(), "compile it again, as this test does"
