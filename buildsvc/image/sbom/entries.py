"""Entries of a bill of materials, whatever it is of: libraries, packages, licences, and the document around them.

The same inputs give the same bytes: serial number and time come from the content. Format: CycloneDX JSON 1.6
(cyclonedx.org); package URLs (github.com/package-url/purl-spec).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from cyclonedx.model import HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.component_evidence import ComponentEvidence
from cyclonedx.model.license import DisjunctiveLicense, License, LicenseAcknowledgement, LicenseExpression
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from buildpacks.inside.bill_parts import Licence, Part
from buildsvc.image.sbom.licences import distribution_spdx, spdx
from buildsvc.image.sbom.packages import Package

_PREFIX = "buildsvc:"
_DECLARED = LicenseAcknowledgement.DECLARED
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?")
"""What is surely an address: the format refuses others, and jars are strangers'."""
_MAVEN = re.compile(r"[A-Za-z0-9_.-]+")
_LONGEST = 500


def written(own: Component, below: list[Component], stamp: int, seed: str) -> bytes:
    """Write a whole bill. `stamp`, in seconds since the epoch, is its time; its serial number is made of `seed`."""
    bom = Bom(
        serial_number=uuid.uuid5(uuid.NAMESPACE_OID, f"buildsvc bill of materials {seed}"),
        components=below,
        metadata=BomMetaData(
            component=own,
            timestamp=datetime.fromtimestamp(stamp, UTC),
            tools=ToolRepository(components=[Component(name="buildsvc", type=ComponentType.APPLICATION)]),
        ),
    )
    bom.register_dependency(own, below)
    told = json.loads(JsonV1Dot6(bom).output_as_string())
    return json.dumps(told, sort_keys=True, indent=1, ensure_ascii=False).encode() + b"\n"


def properties(*told: tuple[str, str]) -> list[Property]:
    """Give what is known besides, under our own names; empty values are left out."""
    return [Property(name=_PREFIX + name, value=value) for name, value in told if value]


def libraries(parts: Iterable[Part], where: str = "") -> Iterator[Component]:
    """Give an entry a library, with what was shaded into it below; `where` names what has no file of its own."""
    for part in parts:
        place = part.entry or plain(f"{where}!/{part.group}:{part.name}:{part.version}")
        found = component(part, ComponentType.LIBRARY, place)
        found.components = list(libraries(part.parts, place))
        found.properties = properties(("file", part.entry), ("group", "inferred" if part.inferred else ""))
        yield found


def component(part: Part, kind: ComponentType, reference: str) -> Component:
    """Give the entry of one part, without what is below it."""
    stated = [one for one in part.licences if not one.text]
    observed = [one for one in part.licences if one.text]
    return Component(
        name=plain(part.name) or "(no name)",
        type=kind,
        group=plain(part.group) or None,
        version=plain(part.version) or None,
        bom_ref=reference,
        purl=_maven(part),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=part.sha256)] if part.sha256 else [],
        licenses=_licences(stated),
        evidence=ComponentEvidence(licenses=_licences(observed)) if _licences(observed) else None,
    )


def package(found: Package) -> Component:
    """Give the entry of a distribution's package."""
    told = {"arch": found.architecture, "distro": found.distribution, "upstream": found.source}
    namespace = found.distribution.partition("-")[0]
    version, reference = found.version, f"{found.kind}:{found.name}:{found.architecture}"
    if found.kind == "rpm":
        # An address has the epoch apart; kernels are there in several versions.
        told["epoch"], _, version = found.version.rpartition(":")
        reference += f":{found.version}"
    return Component(
        name=plain(found.name),
        type=ComponentType.LIBRARY,
        bom_ref=plain(reference),
        version=plain(found.version),
        purl=PackageURL(found.kind, namespace, found.name, version, {k: v for k, v in told.items() if v}),
        licenses=_of_distribution(found.licences),
    )


def plain(text: str) -> str:
    """Without what cannot be printed, and not endless."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[:_LONGEST]).split())


def _of_distribution(names: Iterable[str]) -> list[License]:
    """Return a licence for each name: all of them hold, each for some of the files, and no expression says which."""
    found = dict.fromkeys(
        (identifier, "" if identifier else plain(name)) for name in names for identifier in (distribution_spdx(name),)
    )
    return [
        DisjunctiveLicense(id=identifier or None, name=name or None, acknowledgement=_DECLARED)
        for identifier, name in found
        if identifier or name
    ]


def _maven(part: Part) -> PackageURL | None:
    """None where its group is not known, or one of its names is none that Maven would take."""
    if not (_MAVEN.fullmatch(part.group) and _MAVEN.fullmatch(part.name)):
        return None
    told = {"classifier": plain(part.classifier)} if plain(part.classifier) else None
    return PackageURL("maven", part.group, part.name, plain(part.version) or None, told)


def _licences(found: Iterable[Licence]) -> list[License]:
    """One entry a licence, in the order in which they are stated. An expression has to stand alone: with others it is
    joined by OR, because of several licences in a POM the user may choose (Maven's POM reference).
    """
    known: dict[str, Licence] = {}
    for one in found:
        name = spdx(one) or ("" if one.text else plain(one.name) or plain(one.url))
        if name:
            known.setdefault(name, one)
    certain = {name for name, one in known.items() if spdx(one)}
    if any(" " in name for name in certain) and len(known) == len(certain):
        parts = [f"({name})" if " " in name and len(known) > 1 else name for name in known]
        return [LicenseExpression(" OR ".join(parts), acknowledgement=_DECLARED)]
    return [
        DisjunctiveLicense(
            id=name if name in certain and " " not in name else None,
            name=None if name in certain and " " not in name else name,
            url=XsUri(one.url) if _ADDRESS.fullmatch(one.url) else None,
            acknowledgement=None if one.text else _DECLARED,
        )
        for name, one in known.items()
    ]
