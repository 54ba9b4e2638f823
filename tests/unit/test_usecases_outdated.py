"""Which base an application gets that needs what newer Java releases lack, and what is said where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildsvc.image.bases import Choice
from buildsvc.usecases.build.outdated import settled
from tests import forge
from tests.engine_site import fake_base


def choice(java: int) -> Choice:
    return Choice(replace(fake_base(f"jre-{java}"), name=f"jre-{java}", java=java), f"Java {java} is there.")


@pytest.fixture
def old(tmp_path: Path) -> Analysis:
    data = forge.jar(java=8, extra={"demo/Order.class": forge.class_file(8, "javax/xml/bind/JAXBContext")})
    return analyse(forge.write(tmp_path / "x.jar", data), "x.jar")


def test_the_chosen_base_stays_where_nothing_is_missing(old: Analysis) -> None:
    kept, said = settled(old, choice(8), lambda: pytest.fail("nothing is to be chosen"))
    assert (kept.base.java, said) == (8, ())


def test_a_release_that_only_a_library_asks_for_gives_way_to_what_the_application_needs(old: Analysis) -> None:
    kept, said = settled(old, choice(17), lambda: choice(8))
    assert (kept.base.java, said) == (8, ())
    assert "Java 17, which a library has classes for, lacks JAXB (javax.xml.bind)" in kept.reason
    assert "above 8: what uses them will fail" in (kept.warning or "")


@pytest.mark.parametrize("lower", [None, lambda: choice(11)])
def test_without_an_older_base_it_is_warned_of_with_the_remedy(old: Analysis, lower) -> None:
    kept, (said,) = settled(old, choice(17), lower)
    assert kept.base.java == 17
    assert (said.code, "demo.Order needs JAXB" in said.message, "java: 8" in said.hint) == ("java-removed", True, True)
