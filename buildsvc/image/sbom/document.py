"""A bill of materials as CycloneDX JSON 1.6 (cyclonedx.org): the application, its libraries, and what it stands on.

The same inputs give the same bytes: serial number and time come from the content.
"""

from __future__ import annotations

import json
import pickle
import re
import sys
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
from buildsvc.image.sbom.below import NOWHERE, Below
from buildsvc.image.sbom.licences import spdx

RECIPE = "1"
"""To be counted up when the same inputs are to give another document."""
_PREFIX = "buildsvc:"
_DECLARED = LicenseAcknowledgement.DECLARED
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?")
"""What is surely an address: the format refuses others, and jars are strangers'."""
_MAVEN = re.compile(r"[A-Za-z0-9_.-]+")
_LONGEST = 500


def document(application: Part, stamp: int, ground: Below = NOWHERE) -> bytes:
    """Write the bill of materials. `stamp`, in seconds since the epoch, is the image's, or the artifact's newest
    entry's.
    """
    own = _own(application, ground)
    below = [*_libraries(application.parts), *_below(ground)]
    seed = f"{RECIPE} {application.sha256} {ground.image} {stamp}"
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


def _own(part: Part, ground: Below) -> Component:
    told = {"image": ground.image, "platform": ground.platform, "recipe": RECIPE}
    found = _component(part, ComponentType.APPLICATION, "application")
    found.properties = [Property(name=_PREFIX + name, value=value) for name, value in told.items() if value]
    return found


def _libraries(parts: Iterable[Part], where: str = "") -> Iterator[Component]:
    for part in parts:
        place = part.entry or _plain(f"{where}!/{part.group}:{part.name}:{part.version}")
        found = _component(part, ComponentType.LIBRARY, place)
        found.components = list(_libraries(part.parts, place))
        told = {"file": part.entry, "group": "inferred" if part.inferred else ""}
        found.properties = [Property(name=_PREFIX + name, value=value) for name, value in told.items() if value]
        yield found


def _component(part: Part, kind: ComponentType, reference: str) -> Component:
    stated = [one for one in part.licences if not one.text]
    observed = [one for one in part.licences if one.text]
    return Component(
        name=_plain(part.name) or "(no name)",
        type=kind,
        group=_plain(part.group) or None,
        version=_plain(part.version) or None,
        bom_ref=reference,
        purl=_maven(part),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=part.sha256)] if part.sha256 else [],
        licenses=_licences(stated),
        evidence=ComponentEvidence(licenses=_licences(observed)) if _licences(observed) else None,
    )


def _maven(part: Part) -> PackageURL | None:
    """None where its group is not known, or one of its names is none that Maven would take."""
    if not (_MAVEN.fullmatch(part.group) and _MAVEN.fullmatch(part.name)):
        return None
    told = {"classifier": _plain(part.classifier)} if _plain(part.classifier) else None
    return PackageURL("maven", part.group, part.name, _plain(part.version) or None, told)


def _plain(text: str) -> str:
    """Without what cannot be printed, and not endless."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[:_LONGEST]).split())


def _licences(found: Iterable[Licence]) -> list[License]:
    """One entry a licence, in the order in which they are stated. An expression has to stand alone: with others it is
    joined by OR, because of several licences in a POM the user may choose (Maven's POM reference).
    """
    known: dict[str, Licence] = {}
    for one in found:
        name = spdx(one) or ("" if one.text else _plain(one.name) or _plain(one.url))
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


def _below(ground: Below) -> Iterator[Component]:
    if ground.base:
        digest = ground.base_digest.removeprefix("sha256:")
        yield Component(
            name=ground.base,
            type=ComponentType.CONTAINER,
            bom_ref=f"base:{ground.base}",
            version=ground.base_digest or None,
            purl=PackageURL("oci", None, ground.base, ground.base_digest) if digest else None,
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)] if digest else [],
        )
    for name, version in (("java", ground.java), _server(ground.server)):
        if version:
            yield Component(name=name, type=ComponentType.PLATFORM, bom_ref=f"platform:{name}", version=version)
    for package in ground.packages:
        told = {"arch": package.architecture, "distro": package.distribution, "upstream": package.source}
        namespace = package.distribution.partition("-")[0]
        yield Component(
            name=package.name,
            type=ComponentType.LIBRARY,
            bom_ref=f"deb:{package.name}:{package.architecture}",
            version=package.version,
            purl=PackageURL("deb", namespace, package.name, package.version, {k: v for k, v in told.items() if v}),
        )


def _server(name: str) -> tuple[str, str]:
    kind, _, rest = name.partition("-")
    return kind, rest


if __name__ == "__main__":
    # `buildsvc.image.sbom.apart` asks: the same program, in a process that ends afterwards.
    sys.stdout.buffer.write(document(*pickle.load(sys.stdin.buffer)))  # noqa: S301 - nobody else writes to it
