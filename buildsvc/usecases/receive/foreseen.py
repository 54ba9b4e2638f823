"""What would become of a jar, told before it is sent: by its outline, a small zip of the entries that say whose it is.

Nothing is kept and nothing is promised: the jar itself is judged when it is there.
"""

from __future__ import annotations

from typing import BinaryIO

from buildpacks import verdict
from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.archives import names
from buildpacks.errors import Conflict, Refused
from buildsvc.model.configuration import PLACEHOLDER, canonical, configuration_hints, configured_values
from buildsvc.model.foreseeing import Foreseen
from buildsvc.model.identity import identity
from buildsvc.usecases.receive.arrival import Upload
from buildsvc.usecases.receive.belonging import ask_if_elsewhere
from buildsvc.usecases.receive.whose import whose
from buildsvc.usecases.receive.withheld import QUESTIONS
from buildsvc.usecases.site import Site

MOST = 512 * 1024
"""Bytes of an outline."""
_MOST_ASKED = 40
_GIVEN = ("random.", "user.", "java.", "os.", "PID", "HOSTNAME")
"""Beginnings of names that a placeholder finds without anybody's help."""


def foresee(site: Site, stream: BinaryIO, upload: Upload) -> tuple[Foreseen, Refused | Conflict | None]:
    """Say whose a jar would be and what it would ask for; beside it the question that it would raise. Raises Refused
    where the outline is no archive, or `upload` names what cannot be replaced; NotFound.
    """
    names.check_file(upload.filename)
    spooled = site.artifacts.receive(stream, limit=MOST)
    try:
        analysis = analyse(spooled.path, upload.filename, sha256=spooled.sha256, every_byte=True)
    finally:
        site.artifacts.discard(spooled)
    said = identity(analysis)
    port = configuration_hints(analysis).get("server.port", "")
    known = Foreseen(
        verdict.title(analysis),
        verdict.version(analysis),
        asks=_asks(analysis),
        port=int(port) if _is_port(port) else None,
    )
    try:
        found = whose(site, analysis, upload.application, upload.component)
        known = known.at(found.application, found.component, found.matched_by)
        ask_if_elsewhere(site, said, found, upload)
    except (Refused, Conflict) as question:
        if question.code not in QUESTIONS:
            raise
        return known, question
    return known, None


def _asks(analysis: Analysis) -> tuple[str, ...]:
    """Names that its configuration asks for and gives no value of: `${DB_HOST}`."""
    values = configured_values(analysis)
    names_asked = {
        found[1].strip() for value in values.values() for found in PLACEHOLDER.finditer(value) if found[2] is None
    }
    return tuple(sorted(one for one in names_asked if canonical(one) not in values and not one.startswith(_GIVEN)))[
        :_MOST_ASKED
    ]


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65536  # noqa: PLR2004 - TCP's
