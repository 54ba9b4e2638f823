"""pom.xml: licences and groups, and nothing that a hostile document could do."""

from __future__ import annotations

import pytest

from buildpacks.inside.pom import Pom, read

POM = b"""<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent><groupId>org.parent</groupId><artifactId>parent</artifactId><version>1</version></parent>
  <artifactId>own</artifactId>
  <licenses>
    <license><name>Apache License,
        Version 2.0</name><url>https://x/LICENSE</url></license>
    <license><name>MIT</name></license>
  </licenses>
  <dependencies>
    <dependency><groupId>org.lib</groupId><artifactId>lib</artifactId></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>sibling</artifactId></dependency>
  </dependencies>
  <build><plugins><plugin><groupId>g</groupId><artifactId>plugin</artifactId></plugin></plugins></build>
</project>
"""


def test_licences_and_groups_are_read() -> None:
    assert read(POM) == Pom(
        licences=(("Apache License, Version 2.0", "https://x/LICENSE"), ("MIT", "")),
        named=(("org.parent", "parent"), ("org.lib", "lib")),
    )


def test_licences_elsewhere_in_the_document_are_not_its_own() -> None:
    assert read(b"<project><x><licenses><license><name>No</name></license></licenses></x></project>") == Pom()


def test_what_was_read_up_to_a_fault_is_still_true() -> None:
    assert read(POM[: POM.index(b"<build>")]).licences[1] == ("MIT", "")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no xml",
        b"<project>" * 100_000,
        b'<!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><project><name>&b;</name></project>',
        b'<!DOCTYPE p SYSTEM "file:///etc/passwd"><project><licenses><license><name>x</name></license></licenses></project>',
    ],
)
def test_a_strangers_document_says_nothing_and_costs_nothing(document: bytes) -> None:
    assert read(document) == Pom()
