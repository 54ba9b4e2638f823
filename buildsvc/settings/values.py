"""Texts of the environment into values; each raises ValueError with what to write instead."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

from buildsvc.model import units

_MAX_PORT = 65535
_WIDEST_SUBNET = 22
_MIN_TOKEN = 16
_LEVELS = ("debug", "info", "warning", "error")


def absolute(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_absolute():
        raise ValueError("Give an absolute path.")
    return path


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= _MAX_PORT:
        raise ValueError("Write it as address:port, like 127.0.0.1:8420 or 0.0.0.0:8420.")
    return host.strip("[]"), int(port)


def redis(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("Write it as redis://host:6379/0 or unix:///path.")
    return text


def url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("Write it as http://host:8420.")
    return text.rstrip("/")


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


def count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:  # noqa: PLR2004 - more is a typing error
        raise ValueError("Give a whole number from 1 to 1000.")
    return int(text)


def byte_size(text: str) -> int:
    size = units.size(text)
    if size <= 0:
        raise ValueError("It must be above 0.")
    return size


def seconds(text: str) -> float:
    seconds = float(text) if text.replace(".", "", 1).isdecimal() else units.duration(text)
    if seconds <= 0:
        raise ValueError("It must be above 0.")
    return seconds


def flag(text: str) -> bool:
    if text.lower() in {"1", "yes", "true", "on"}:
        return True
    if text.lower() in {"0", "no", "false", "off"}:
        return False
    raise ValueError("Say yes or no.")


def level(text: str) -> str:
    if text.lower() not in _LEVELS:
        raise ValueError(f"Say one of {', '.join(_LEVELS)}.")
    return text.lower()


def token(text: str) -> str:
    if len(text) < _MIN_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"A token has at least {_MIN_TOKEN} printable characters and no blanks.")
    return text
