"""Time zone and language of a component, checked against what there is: a typo would only show in its data.

Sources: the IANA time zone database (with its table of ISO 3166 countries), ISO 639-1, and java.util.Locale.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

from buildsvc.compose.faults import nearest
from buildsvc.compose.spot import Spot

_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja "
    "jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb "
    "nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq "
    "sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_LANGUAGES = frozenset(_CODES.split())
_CHINA = ("asia/beijing", "beijing", "china", "gmt+8", "gmt+08:00", "utc+8", "utc+08:00", "+08:00")
"""What is often written for it; by letters alone, Beirut would be near."""
_LOCALE = re.compile(
    r"(?P<language>[A-Za-z]{2})(?:[_-](?P<script>[A-Za-z]{4}))?(?:[_-](?P<country>[A-Za-z]{2}))?(?:\.utf-?8)?",
    re.IGNORECASE,
)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _countries() -> frozenset[str]:
    lines = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(line[:2] for line in lines if line and not line.startswith("#"))


def timezone(spot: Spot) -> str | None:
    """Read a name like Asia/Shanghai; None after a fault."""
    name = spot.text("expected.time-zone")
    if name is None or name in _zones():
        return name
    near = "Asia/Shanghai" if name.lower() in _CHINA else nearest(name, _zones())
    if near:
        spot.fault("wrong-value.time-zone-near", name=name, near=near)
    else:
        spot.fault("wrong-value.time-zone", name=name)
    return None


def locale(spot: Spot) -> str | None:
    """As `language[_Script][_COUNTRY]`, in the usual case of letters; None after a fault."""
    told = spot.text("expected.locale")
    if told is None:
        return None
    found = _LOCALE.fullmatch(told)
    if found is None:
        spot.fault("wrong-value.locale", told=told)
        return None
    language, country = found["language"].lower(), (found["country"] or "").upper()
    if language not in _LANGUAGES:
        turned = found["language"].upper() in _countries() and country.lower() in _LANGUAGES
        if turned:
            near = f"{country.lower()}_{language.upper()}"
            spot.fault("wrong-value.language-turned", told=told, language=language, near=near)
        else:
            spot.fault("wrong-value.language", told=told, language=language)
        return None
    if country and country not in _countries():
        spot.fault("wrong-value.country", told=told, country=country)
        return None
    return "_".join(part for part in (language, (found["script"] or "").title(), country) if part)
