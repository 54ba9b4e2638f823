"""Which buildpack takes an artifact."""

from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.kinds.detect import detect, explain, refuse_unrunnable
from tests import forge


def analysis(tmp_path: Path, data: bytes, filename: str = "x.jar") -> Analysis:
    return analyse(forge.write(tmp_path / "x.jar", data), filename)


@pytest.mark.parametrize(
    ("data", "buildpack"),
    [
        (forge.boot_jar(), "spring-boot"),
        (forge.boot_jar(prefix=forge.SCRIPT), "spring-boot"),
        (forge.boot_jar(root="WEB-INF", launcher=forge.WAR_LAUNCHER), "spring-boot"),
        (forge.war("javax"), "war"),
        (forge.war("jakarta", attributes={"Main-Class": "demo.Hello"}), "war"),
        (forge.jar(extra={"WEB-INF/web.xml": forge.web_xml("4.0")}), "executable-jar"),
        (forge.jar(), "executable-jar"),
        (forge.jar(attributes={"Class-Path": "lib/a.jar", "Start-Class": "a.B"}), "executable-jar"),
    ],
)
def test_the_right_buildpack_takes_it(tmp_path: Path, data: bytes, buildpack: str) -> None:
    found = analysis(tmp_path, data)
    refuse_unrunnable(found)
    assert detect(found).buildpack == buildpack


@pytest.mark.parametrize(
    ("code", "filename", "data"),
    [
        ("no-main-class", "lib.jar", forge.library("a.B")),
        ("no-main-class", "x-plain.jar", forge.library("a.B")),
        ("sources-jar", "x-sources.jar", forge.archive({"a/B.java": b""})),
        ("javadoc-jar", "x-javadoc.jar", forge.archive({"index.html": b""})),
        ("no-classes", "x.jar", forge.archive({"a.txt": b""})),
        ("war-without-program", "x.war", forge.archive({"WEB-INF/a.txt": b"", "index.html": b""})),
        ("war-with-beans", "x.war", forge.war("javax", extra={"WEB-INF/ejb-jar.xml": b"<ejb-jar/>"})),
        ("ear", "x.ear", forge.archive({"META-INF/application.xml": b"", "shop.war": forge.war("javax")})),
        ("ejb-jar", "x.jar", forge.archive({"META-INF/ejb-jar.xml": b"", "a/B.class": forge.class_file()})),
        ("thin-launcher", "x.jar", forge.jar(main="org.springframework.boot.loader.wrapper.ThinJarWrapper")),
        ("thin-launcher", "x.jar", forge.jar(main="org.springframework.boot.loader.thin.ThinJarLauncher")),
        ("no-start-class", "x.jar", forge.jar(main=forge.JAR_LAUNCHER)),
        ("main-class-missing", "x.jar", forge.boot_jar(attributes={"Start-Class": "demo.Other"})),
        ("main-class-missing", "x.jar", forge.library("a.B", attributes={"Main-Class": "a.C"})),
        ("class-path-missing", "x.jar", forge.library(
            "a.B", attributes={"Main-Class": "c.D", "Class-Path": "lib/c.jar"})),
        ("quarkus-fast-jar", "quarkus-run.jar", forge.archive({"META-INF/MANIFEST.MF": forge.manifest(
            {"Main-Class": "io.quarkus.bootstrap.runner.QuarkusEntryPoint", "Class-Path": "lib/boot/a.jar"})})),
        ("no-main-class", "x.jar", forge.boot_jar(attributes={"Main-Class": ""})),
        ("agent", "x.jar", forge.library("a.B", attributes={"Premain-Class": "a.B"})),
        ("agent", "x.jar", forge.library("a.B", attributes={"Agent-Class": "a.B"})),
    ],
)  # fmt: skip
def test_what_cannot_run_is_refused_with_a_reason_and_a_remedy(
    tmp_path: Path, code: str, filename: str, data: bytes
) -> None:
    found = analysis(tmp_path, data, filename)
    with pytest.raises(Refused) as caught:
        refuse_unrunnable(found)
    assert caught.value.code == code
    assert filename in caught.value.message
    assert caught.value.hint
    with pytest.raises(Refused):
        detect(found)


def test_every_buildpack_says_why_or_why_not(tmp_path: Path) -> None:
    one, second, *_, other = explain(analysis(tmp_path, forge.jar()))
    assert (second.buildpack, second.reason) == ("war", "it has no WEB-INF, or it brings its own server")
    assert (one.buildpack, one.fits) == ("spring-boot", False)
    assert one.reason == "its Main-Class is demo.Main, not a launcher of Spring Boot"
    assert (other.buildpack, other.fits) == ("executable-jar", True)


def test_a_war_of_web_fragments_only_is_a_program(tmp_path: Path) -> None:
    fragment = forge.archive(
        {"META-INF/web-fragment.xml": b"<web-fragment/>", "META-INF/resources/index.html": b"hello"}
    )
    war = forge.archive({"WEB-INF/lib/shop-fragment-1.0.jar": fragment})
    assert detect(analyse(forge.write(tmp_path / "shop.war", war), "shop.war")).buildpack == "war"
