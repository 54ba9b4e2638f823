"""Texts of the environment into values; each raises WrongText with what to write instead. Imports on Windows.

A value that is no text any more, as a program hands it in, is taken as it is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from buildpacks.errors import Refused, ToldError
from buildpacks.sentences import catalogue
from buildsvc.model import units

T = TypeVar("T")
AddressRange = IPv4Network | IPv6Network

_MAX_PORT = 65535
_WIDEST_SUBNET = 22
_MIN_TOKEN = 16
_FEWEST_DAYS = 180
"""As long as logs have to be kept (Cybersecurity Law of China, article 21: six months)."""
_FEWEST_THREADS = 8
_LEVELS = ("debug", "info", "warning", "error")


class WrongText(ToldError, ValueError):
    """A text is no value of this kind; it says what to write instead."""


class Address(NamedTuple):
    """Where something listens."""

    host: str
    port: int


def _of_text(parser: Callable[[str], T]) -> Callable[[Any], T]:
    @functools.wraps(parser)
    def tolerant(given: Any) -> T:
        if not isinstance(given, str):
            taken: T = given
            return taken
        try:
            return parser(given)
        except Refused as refused:
            raise WrongText("setting-fault.as-told", refused=refused) from refused

    return tolerant


@_of_text
def absolute(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_absolute():
        raise WrongText("setting-fault.absolute")
    return path


@_of_text
def address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= _MAX_PORT:
        raise WrongText("setting-fault.address")
    return Address(host.strip("[]"), int(port))


@_of_text
def redis(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise WrongText("setting-fault.redis")
    return text


@_of_text
def url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise WrongText("setting-fault.url")
    return text.rstrip("/")


@_of_text
def subnets(text: str) -> tuple[IPv4Network, ...]:
    try:
        found = tuple(IPv4Network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise WrongText("setting-fault.subnets", error=error) from error
    small = [network for network in found if network.prefixlen > _WIDEST_SUBNET]
    if small or not found:
        raise WrongText("setting-fault.small")
    if any(a.overlaps(b) for n, a in enumerate(found) for b in found[n + 1 :]):
        raise WrongText("setting-fault.overlap")
    return found


@_of_text
def count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:  # noqa: PLR2004 - more is a typing error
        raise WrongText("setting-fault.number", least=1, most=1000)
    return int(text)


@_of_text
def kinds(text: str) -> int:
    if text not in {"1", "2", "3", "4"}:
        raise WrongText("setting-fault.number", least=1, most=4)
    return int(text)


@_of_text
def threads(text: str) -> int:
    if not text.isdecimal() or not _FEWEST_THREADS <= int(text) <= 1000:  # noqa: PLR2004 - more is a typing error
        raise WrongText("setting-fault.number", least=_FEWEST_THREADS, most=1000)
    return int(text)


@_of_text
def days(text: str) -> int:
    if not text.isdecimal() or not _FEWEST_DAYS <= int(text) <= 36500:  # noqa: PLR2004 - more is a typing error
        raise WrongText("setting-fault.number", least=_FEWEST_DAYS, most=36500)
    return int(text)


@_of_text
def syslog(text: str) -> str:
    if not re.fullmatch(r"(?:udp|tcp)://[^/\s:]+(?::[0-9]{1,5})?|unix:///\S+", text):
        raise WrongText("setting-fault.syslog")
    return text


@_of_text
def https_url(text: str) -> str:
    if not re.fullmatch(r"https://[^/\s?#@]+(?:/[^\s?#]*)?", text):
        raise WrongText("setting-fault.https")
    return text


@_of_text
def networks(text: str) -> tuple[AddressRange, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise WrongText("setting-fault.networks", error=error) from error


@_of_text
def byte_size(text: str) -> int:
    size = units.size(text)
    if size <= 0:
        raise WrongText("setting-fault.positive")
    return size


@_of_text
def seconds(text: str) -> float:
    seconds = float(text) if text.replace(".", "", 1).isdecimal() else units.duration(text)
    if seconds <= 0:
        raise WrongText("setting-fault.positive")
    return seconds


@_of_text
def flag(text: str) -> bool:
    if text.lower() in {"1", "yes", "true", "on"}:
        return True
    if text.lower() in {"0", "no", "false", "off"}:
        return False
    raise WrongText("setting-fault.flag")


@_of_text
def level(text: str) -> str:
    if text.lower() not in _LEVELS:
        raise WrongText("setting-fault.one-of", known=_LEVELS)
    return text.lower()


@_of_text
def language(text: str) -> str:
    found = catalogue.chosen(text)
    if found is None:
        raise WrongText("setting-fault.one-of", known=catalogue.LANGUAGES)
    return found


@_of_text
def time_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise WrongText("setting-fault.time-zone") from unknown


@_of_text
def token(text: str) -> str:
    if len(text) < _MIN_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise WrongText("setting-fault.token", least=_MIN_TOKEN)
    return text
