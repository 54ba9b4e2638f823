"""What a war asks of its servlet container."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis, Servlet
from buildpacks.facts.servlet import leading, version_of
from tests import forge


def analysis(tmp_path: Path, data: bytes, filename: str = "x.war", **known: Any) -> Analysis:
    return analyse(forge.write(tmp_path / "x.war", data), filename, **known)


def asked(tmp_path: Path, data: bytes, filename: str = "x.war") -> Servlet:
    found = analysis(tmp_path, data, filename).servlet
    assert found is not None
    return found


@pytest.mark.parametrize("namespace", ["javax", "jakarta"])
def test_its_own_classes_decide_before_everything_else(tmp_path: Path, namespace: str) -> None:
    other = "javax" if namespace == "jakarta" else "jakarta"
    data = forge.war(namespace, version="3.1", libraries={"a-1.jar": forge.servlet_library(other)})
    found = analysis(tmp_path, data)
    assert leading(found) == (namespace, f"1 of its own classes and pages use {namespace}.servlet")
    assert found.libraries[0].servlet is None, "nobody needed to look"


def test_a_jakarta_descriptor_decides_before_the_libraries_and_a_javax_one_after_them(tmp_path: Path) -> None:
    theirs = {"a-1.jar": forge.servlet_library("jakarta"), "b-1.jar": forge.servlet_library("javax", "jakarta")}
    old = analysis(tmp_path, forge.war(version="2.5", libraries=theirs))
    assert leading(old) == ("jakarta", "1 of its libraries use jakarta.servlet")
    assert [item.servlet for item in old.libraries] == [("jakarta",), ("jakarta", "javax")]
    assert leading(analysis(tmp_path, forge.war(version="2.5"))) == ("javax", "its web.xml is of Servlet 2.5")
    new = forge.war(version="6.0", libraries={"a-1.jar": forge.servlet_library("javax")})
    assert leading(analysis(tmp_path, new)) == ("jakarta", "its web.xml is of Servlet 6.0")


def test_libraries_that_were_looked_at_once_are_not_looked_at_again(tmp_path: Path) -> None:
    data = forge.war(libraries={"a-1.jar": forge.servlet_library("javax")})
    first = analysis(tmp_path, data).libraries[0]
    remembered = {first.sha256: replace(first, servlet=("jakarta",))}
    assert leading(analysis(tmp_path, data, known=lambda _: remembered))[0] == "jakarta"
    older = {first.sha256: replace(first, servlet=None)}
    assert analysis(tmp_path, data, known=lambda _: older).libraries == (first,)


@pytest.mark.parametrize(
    ("text", "version", "namespace"),
    [
        (forge.web_xml("3.0"), (3, 0), "javax"),
        (forge.web_xml("6.1"), (6, 1), "jakarta"),
        (forge.web_xml("4.0").decode().encode("utf-16"), (4, 0), "javax"),
        (b'<!DOCTYPE web-app PUBLIC "-//Sun Microsystems, Inc.//DTD Web Application 2.3//EN" ""><web-app>',
         None, "javax"),
        (b"<web-app/>", None, None),
        (b"", None, None),
    ],
)  # fmt: skip
def test_a_descriptor_names_its_version(
    tmp_path: Path, text: bytes, version: tuple[int, int] | None, namespace: str | None
) -> None:
    found = asked(tmp_path, forge.war(extra={"WEB-INF/web.xml": text}))
    assert (found.version, found.namespace) == (version, namespace)


def test_pages_count_and_what_they_import_too(tmp_path: Path) -> None:
    pages = {"index.jsp": b'<%@ page import="javax.servlet.http.Cookie" %>', "WEB-INF/tags/a.tag": b"hello"}
    found = asked(tmp_path, forge.archive(pages))
    assert (found.pages, found.own) == (2, (("javax", 1),))
    assert asked(tmp_path, forge.archive({"index.jsp": b"<%= 6 * 7 %>"})).own == ()
    assert analysis(tmp_path, forge.archive({"index.jsp": b""}), "x.jar").servlet is None


def test_a_war_that_starts_itself_is_not_looked_at(tmp_path: Path) -> None:
    for data in (
        forge.boot_jar(root="WEB-INF", launcher=forge.WAR_LAUNCHER),
        forge.jar(main="executable.Main", extra={"WEB-INF/web.xml": forge.web_xml("4.0")}),
    ):
        assert analysis(tmp_path, data).servlet is None


def test_enterprise_beans_are_noticed(tmp_path: Path) -> None:
    bean = forge.class_file(8, "Ljavax/ejb/Stateless;", forge.SERVLET.format("javax"))
    assert asked(tmp_path, forge.war(extra={"WEB-INF/classes/demo/Bean.class": bean})).ejb
    assert not asked(tmp_path, forge.war("javax")).ejb


def test_a_version_of_ten_thousand_digits_is_none() -> None:
    assert version_of(b'<web-app version="' + b"1" * 10_000 + b'.0"/>') == (None, None)
