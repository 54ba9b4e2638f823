"""The bill of materials: valid CycloneDX, the same bytes for the same inputs, and everything that is known in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildpacks.inside.bill_parts import Licence, Part
from buildsvc.image.sbom.below import Below
from buildsvc.image.sbom.document import document
from buildsvc.image.sbom.packages import Package

STAMP = 1_700_000_000
IMAGE, BASE = "sha256:" + "1" * 64, "sha256:" + "2" * 64
LIBRARY = Part("core", "2.0", "org.c", entry="BOOT-INF/lib/core-2.0.jar", sha256="cd" * 32)
NOWHERE = Below()
GROUND = Below(
    image=IMAGE,
    platform="linux/arm64",
    base="jre-17-arm64-22222222",
    base_digest=BASE,
    java="17.0.19",
    server="tomcat-10.1.59",
    packages=(Package("libssl3", "3.0.1-1+deb12u2", "arm64", "openssl", "debian-12"),),
)


def application(*parts: Part) -> Part:
    return Part("order", "1.2", "demo", sha256="ab" * 32, parts=parts)


def made(*parts: Part, ground: Below = NOWHERE) -> dict[str, Any]:
    content = document(application(*parts), STAMP, ground)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode()) is None
    told: dict[str, Any] = json.loads(content)
    return told


def component(told: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (one for one in told["components"] if one["name"] == name)
    return dict(found)


def test_the_application_and_its_libraries_are_in_it() -> None:
    told = made(LIBRARY)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    own = told["metadata"]["component"]
    assert (own["type"], own["purl"]) == ("application", "pkg:maven/demo/order@1.2")
    assert own["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    core = component(told, "core")
    assert (core["type"], core["purl"], core["version"]) == ("library", "pkg:maven/org.c/core@2.0", "2.0")
    assert core["properties"] == [{"name": "buildsvc:file", "value": "BOOT-INF/lib/core-2.0.jar"}]
    assert {"ref": "application", "dependsOn": [LIBRARY.entry]} in told["dependencies"]


def test_what_it_stands_on_is_in_it() -> None:
    told = made(LIBRARY, ground=GROUND)
    base = component(told, "jre-17-arm64-22222222")
    assert (base["type"], base["version"]) == ("container", BASE)
    assert (component(told, "java")["type"], component(told, "java")["version"]) == ("platform", "17.0.19")
    assert component(told, "tomcat")["version"] == "10.1.59"
    purl = component(told, "libssl3")["purl"]
    assert purl == "pkg:deb/debian/libssl3@3.0.1-1%2Bdeb12u2?arch=arm64&distro=debian-12&upstream=openssl"
    properties = {one["name"]: one["value"] for one in told["metadata"]["component"]["properties"]}
    assert (properties["buildsvc:image"], properties["buildsvc:platform"]) == (IMAGE, "linux/arm64")


def test_the_same_inputs_give_the_same_bytes_and_others_another_number() -> None:
    assert document(application(LIBRARY), STAMP, GROUND) == document(application(LIBRARY), STAMP, GROUND)
    one, two = made(LIBRARY), made(LIBRARY, ground=GROUND)
    assert one["serialNumber"] != two["serialNumber"]
    assert one["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"


def test_a_library_without_group_has_no_purl_and_an_inferred_group_says_so() -> None:
    unknown = Part("a", "1", entry="lib/a-1.jar", sha256="01" * 32)
    guessed = Part("b", "1", "org.b", inferred=True, entry="lib/b-1.jar", sha256="02" * 32)
    told = made(unknown, guessed)
    assert "purl" not in component(told, "a")
    assert {"name": "buildsvc:group", "value": "inferred"} in component(told, "b")["properties"]


def test_the_same_library_in_two_places_is_in_it_twice() -> None:
    twice = (Part("a", "1", entry=f"{home}/a-1.jar", sha256="01" * 32) for home in ("one", "two"))
    assert len(made(*twice)["components"]) == 2


def test_what_was_shaded_into_a_library_stands_below_it() -> None:
    inside = Part("shaded", "3", "org.s", licences=(Licence("MIT"),))
    told = made(Part("a", "1", "org.a", entry="lib/a-1.jar", sha256="01" * 32, parts=(inside,)))
    (below,) = component(told, "a")["components"]
    assert (below["purl"], below["licenses"][0]["license"]["id"]) == ("pkg:maven/org.s/shaded@3", "MIT")


def licences(*stated: Licence) -> list[dict[str, Any]]:
    told = made(Part("a", "1", "org.a", entry="lib/a-1.jar", sha256="01" * 32, licences=stated))
    found: list[dict[str, Any]] = component(told, "a").get("licenses", [])
    return found


def test_licences_are_identifiers_where_they_are_certain_and_names_otherwise() -> None:
    found = licences(
        Licence("Apache 2", "https://x/a"), Licence("Our terms", "https://x/b"), Licence("", "https://x/c")
    )
    assert [one["license"].get("id") or one["license"]["name"] for one in found] == [
        "Apache-2.0",
        "Our terms",
        "https://x/c",
    ]
    assert found[0]["license"] == {"id": "Apache-2.0", "url": "https://x/a", "acknowledgement": "declared"}


def test_an_expression_stands_alone() -> None:
    (only,) = licences(Licence("EPL-2.0"), Licence("GPL2 w/ CPE"))
    assert only["expression"] == "EPL-2.0 OR (GPL-2.0-only WITH Classpath-exception-2.0)"
    assert licences(Licence("Apache-2.0 OR MIT"))[0]["expression"] == "Apache-2.0 OR MIT"


def test_an_expression_beside_an_unknown_licence_is_a_name() -> None:
    found = licences(Licence("GPL2 w/ CPE"), Licence("Our terms"))
    assert [one["license"]["name"] for one in found] == ["GPL-2.0-only WITH Classpath-exception-2.0", "Our terms"]


TEXTS = st.text(max_size=12) | st.sampled_from(
    ["http://a b/c", 'https://x/ä?<>"{}|', "Apache-2.0 OR MIT", "://", "%zz", "http://[::1", "a\0b", "../..", "@/?#"]
)
LICENCES = st.builds(Licence, name=TEXTS, url=TEXTS) | st.builds(Licence, text=TEXTS)
PARTS = st.builds(
    Part,
    name=TEXTS,
    version=TEXTS,
    group=TEXTS,
    classifier=TEXTS,
    entry=st.text(min_size=1, max_size=9),
    sha256=st.just("ab" * 32),
    licences=st.lists(LICENCES, max_size=3).map(tuple),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(PARTS, max_size=3, unique_by=lambda part: part.entry))
def test_whatever_a_jar_says_of_itself_the_document_is_valid(parts: list[Part]) -> None:
    made(*parts)


@pytest.mark.parametrize("text", ["Apache License Version 2.0, January 2004", "unknown"])
def test_a_text_is_evidence_and_no_statement(text: str) -> None:
    told = made(Part("a", "1", "org.a", entry="lib/a-1.jar", sha256="01" * 32, licences=(Licence(text=text),)))
    found = component(told, "a")
    assert "licenses" not in found
    seen = [one["license"]["id"] for one in found.get("evidence", {}).get("licenses", [])]
    assert seen == ([] if text == "unknown" else ["Apache-2.0"])
