"""From what a library states about its licence to an SPDX identifier or expression (spdx.org/licenses)."""

from __future__ import annotations

import re

from cyclonedx.spdx import fixup_id, is_expression

from buildpacks.inside.bill_parts import Licence

_WITH_EXCEPTION = "GPL-2.0-only WITH Classpath-exception-2.0"
_VERSION = re.compile(r"(\d+(?:\.\d+)?)")
_LATER = re.compile(r"or.later|or any later|\d\+|\+$")

_ADDRESSES = tuple(
    (re.compile(pattern), found)
    for pattern, found in (
        (r"apache\.org/licenses/license-2\.0", "Apache-2.0"),
        (r"(?:opensource|spdx)\.org/licenses?/(?P<id>[\w.+-]+)", ""),
        (r"eclipse\.org/(?:.*/)?epl-(?:v20|2\.0)", "EPL-2.0"),
        (r"eclipse\.org/(?:.*/)?epl-(?:v10|1\.0)", "EPL-1.0"),
        (r"eclipse\.org/(?:.*/)?edl-(?:v10|1\.0)", "BSD-3-Clause"),
        (r"(?:gnu\.org/software/classpath/license|secondary-gpl-2\.0-cp)", _WITH_EXCEPTION),
        (r"gnu\.org/licenses/(?:old-licenses/)?(?P<id>[al]?gpl-\d\.\d)", "-only"),
        (r"mozilla\.org/(?:.*/)?mpl/2\.0", "MPL-2.0"),
        (r"mozilla\.org/(?:.*/)?mpl[/-]1\.1", "MPL-1.1"),
        (r"creativecommons\.org/publicdomain/zero/1\.0", "CC0-1.0"),
        (r"unlicense\.org", "Unlicense"),
    )
)
"""Addresses without scheme, `www.` and ending, in lower case."""
_FAMILIES = (
    (r"cddl|common development and distribution", "CDDL-{}", "1.0"),
    (r"affero|\bagpl", "AGPL-{}-only", "3.0"),
    (r"lesser|\blgpl", "LGPL-{}-only", ""),
    (r"general public|\bgpl", "GPL-{}-only", ""),
    (r"eclipse distribution|\bedl\b", "BSD-3-Clause", "1.0"),
    (r"eclipse public|\bepl\b", "EPL-{}", ""),
    (r"mozilla public|\bmpl\b", "MPL-{}", ""),
    (r"apache|\basl\b|^al\b", "Apache-{}", ""),
    (r"cc0|creative commons zero", "CC0-{}", "1.0"),
    (r"universal permissive|\bupl\b", "UPL-{}", "1.0"),
    (r"boost software", "BSL-{}", "1.0"),
    (r"\bmit\b(?!.*(?:no attribution|-0))", "MIT", "0"),
    (r"\bbsd\b.*(?:\b2\b|two|simplified|freebsd)|\b2.clause bsd", "BSD-2-Clause", "0"),
    (r"\bbsd\b.*(?:\b3\b|three|new|revised|modified)|(?:\b3.clause|new|revised|modified) bsd", "BSD-3-Clause", "0"),
    (r"unlicense", "Unlicense", "0"),
    (r"\bisc\b", "ISC", "0"),
)
"""Words of a name, the identifier with a place for the version, and the version where none is stated; the first that
fits counts. Without a version there is no identifier.
"""
_GNU = re.compile(r"[al]?gpl-?v?\d(?:\.\d)?\+?")
_OF_DISTRIBUTIONS = {"expat": "MIT", "bsd-3": "BSD-3-Clause", "bsd-2": "BSD-2-Clause", "apache-2": "Apache-2.0"}
_TEXTS = tuple(
    (re.compile(pattern), found)
    for pattern, found in (
        (r"^\W*apache license,? version 2\.0", "Apache-2.0"),
        (r"apache license,? version 2\.0, january 2004", "Apache-2.0"),
        (r"^\W*eclipse public license - v ?2\.0", "EPL-2.0"),
        (r"^\W*eclipse public license - v ?1\.0", "EPL-1.0"),
        (r"^\W*(?:the )?gnu lesser general public license version 2\.1", "LGPL-2.1-only"),
        (r"^\W*(?:the )?gnu lesser general public license version 3", "LGPL-3.0-only"),
        (r"^\W*(?:the )?gnu general public license version 2", "GPL-2.0-only"),
        (r"^\W*(?:the )?gnu general public license version 3", "GPL-3.0-only"),
        (r"^\W*mozilla public license,? version 2\.0", "MPL-2.0"),
        (r"permission is hereby granted, free of charge, to any person obtaining a copy of this software and", "MIT"),
        (r"redistribution and use in source and binary forms.*neither the name", "BSD-3-Clause"),
        (r"redistribution and use in source and binary forms", "BSD-2-Clause"),
    )
)


def spdx(licence: Licence) -> str | None:
    """Return an SPDX identifier or expression; None where none is certain: `BSD` without a number is three licences."""
    if licence.text:
        flat = " ".join(licence.text.lower().split())
        return next((found for pattern, found in _TEXTS if pattern.search(flat)), None)
    if licence.name and (fixup_id(licence.name) or _compound(licence.name)):
        return fixup_id(licence.name) or licence.name
    return _of_name(licence.name) or _of_address(licence.url)


def distribution_spdx(name: str) -> str:
    """Return the identifier of a licence as a distribution names it (`GPL-2+`, `Expat`), "" where it is not certain:
    an exception is a part of what is granted.
    """
    flat = " ".join(name.split())
    short = flat.lower()
    if short in _OF_DISTRIBUTIONS:
        return _OF_DISTRIBUTIONS[short]
    if " " in flat:
        return ""
    return (_of_name(flat) if _GNU.fullmatch(short) else fixup_id(flat)) or ""


def _compound(name: str) -> bool:
    return any(word in name for word in (" OR ", " AND ", " WITH ")) and is_expression(name)


def _of_address(url: str) -> str | None:
    plain = re.sub(r"^https?://(?:www\.)?|(?:\.(?:txt|html|php))?/?$", "", url.strip().lower())
    for pattern, found in _ADDRESSES:
        match = pattern.search(plain)
        if match is None:
            continue
        named = match.groupdict().get("id")
        if named is None:
            return found
        return fixup_id(named + found) or fixup_id(named.removesuffix("-license"))
    return None


def _of_name(name: str) -> str | None:
    plain = name.lower().replace("licence", "license")
    exception = re.search(r"classpath|w/ ?cpe|\+ ?ce\b", plain) is not None
    for words, form, usual in _FAMILIES:
        if re.search(words, plain) is None:
            continue
        if form.startswith("CDDL") and re.search(r"gpl|general public", plain):
            number = _VERSION.search(re.split("gpl|gnu", plain)[0])
            return f"{form.format(_whole(number[1]))} OR {_WITH_EXCEPTION}" if number and exception else None
        number = _VERSION.search(plain)
        version = number[1] if number else usual
        found = fixup_id(form.format(_whole(version))) if version else None
        if found and exception and found == "GPL-2.0-only":
            return _WITH_EXCEPTION
        return found.replace("-only", "-or-later") if found and _LATER.search(plain) else found
    return None


def _whole(version: str) -> str:
    return version if "." in version else f"{version}.0"
