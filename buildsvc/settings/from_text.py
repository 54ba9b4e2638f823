"""Texts of the environment into values; each raises ValueError with what to write instead. Imports on Windows.

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

from buildpacks.errors import Refused
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
LEVELS_SENTENCE = f"{', '.join(_LEVELS[:-1])} or {_LEVELS[-1]}"


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
            raise ValueError(refused.hint) from refused

    return tolerant


@_of_text
def absolute(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_absolute():
        raise ValueError("Give an absolute path.")
    return path


@_of_text
def address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= _MAX_PORT:
        raise ValueError("Write it as address:port, like 127.0.0.1:8420 or 0.0.0.0:8420.")
    return Address(host.strip("[]"), int(port))


@_of_text
def redis(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("Write it as redis://host:6379/0 or unix:///path.")
    return text


@_of_text
def url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("Write it as http://host:8420.")
    return text.rstrip("/")


@_of_text
def subnets(text: str) -> tuple[IPv4Network, ...]:
    try:
        found = tuple(IPv4Network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(f"{error}. Write it like 10.213.0.0/16,172.31.0.0/16.") from error
    small = [network for network in found if network.prefixlen > _WIDEST_SUBNET]
    if small or not found:
        raise ValueError("Each pool must hold at least a /22.")
    if any(a.overlaps(b) for n, a in enumerate(found) for b in found[n + 1 :]):
        raise ValueError("The pools overlap.")
    return found


@_of_text
def count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:  # noqa: PLR2004 - more is a typing error
        raise ValueError("Give a whole number from 1 to 1000.")
    return int(text)


@_of_text
def kinds(text: str) -> int:
    if text not in {"1", "2", "3", "4"}:
        raise ValueError("Give a whole number from 1 to 4.")
    return int(text)


@_of_text
def threads(text: str) -> int:
    if not text.isdecimal() or not _FEWEST_THREADS <= int(text) <= 1000:  # noqa: PLR2004 - more is a typing error
        raise ValueError(f"Give a whole number from {_FEWEST_THREADS} to 1000.")
    return int(text)


@_of_text
def days(text: str) -> int:
    if not text.isdecimal() or not _FEWEST_DAYS <= int(text) <= 36500:  # noqa: PLR2004 - more is a typing error
        raise ValueError(f"Give a whole number from {_FEWEST_DAYS} to 36500.")
    return int(text)


@_of_text
def syslog(text: str) -> str:
    if not re.fullmatch(r"(?:udp|tcp)://[^/\s:]+(?::[0-9]{1,5})?|unix:///\S+", text):
        raise ValueError("Write it as udp://host:514, tcp://host:514 or unix:///dev/log.")
    return text


@_of_text
def https_url(text: str) -> str:
    if not re.fullmatch(r"https://[^/\s?#@]+(?:/[^\s?#]*)?", text):
        raise ValueError("Write it as https://id.example.org, without a query.")
    return text


@_of_text
def networks(text: str) -> tuple[AddressRange, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(f"{error}. Write it like 192.0.2.7,2001:db8::/64.") from error


@_of_text
def byte_size(text: str) -> int:
    size = units.size(text)
    if size <= 0:
        raise ValueError("It must be above 0.")
    return size


@_of_text
def seconds(text: str) -> float:
    seconds = float(text) if text.replace(".", "", 1).isdecimal() else units.duration(text)
    if seconds <= 0:
        raise ValueError("It must be above 0.")
    return seconds


@_of_text
def flag(text: str) -> bool:
    if text.lower() in {"1", "yes", "true", "on"}:
        return True
    if text.lower() in {"0", "no", "false", "off"}:
        return False
    raise ValueError("Say yes or no.")


@_of_text
def level(text: str) -> str:
    if text.lower() not in _LEVELS:
        raise ValueError(f"Say one of {', '.join(_LEVELS)}.")
    return text.lower()


@_of_text
def language(text: str) -> str:
    found = catalogue.chosen(text)
    if found is None:
        raise ValueError(f"Say one of {', '.join(catalogue.LANGUAGES)}.")
    return found


@_of_text
def time_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError("Give a name of the IANA database that this machine has, as Asia/Shanghai.") from unknown


@_of_text
def token(text: str) -> str:
    if len(text) < _MIN_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"A token has at least {_MIN_TOKEN} printable characters and no blanks.")
    return text
