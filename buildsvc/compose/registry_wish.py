"""`x-buildsvc.registry`: how callers find a jar component past its gateway, where the jar does not say it rightly."""

from __future__ import annotations

from typing import Literal, cast
from urllib.parse import urlsplit

from buildsvc.compose.spot import Spot
from buildsvc.model.registration import KINDS, RegistryWish

_KEYS = ("kind", "at", "name", "lag")
_KINDS = ("auto", "off", *KINDS)


def read_registry(spot: Spot) -> RegistryWish:
    """Read a kind, or `{kind, at, name, lag}`."""
    if not spot.is_map:
        return RegistryWish(_kind(spot))
    found = spot.known(_KEYS)
    at = found["at"].text("expected.registry-at") if "at" in found else None
    if at is not None and not _is_address(at):
        found["at"].fault("wrong-value.registry-at", text=at)
        at = None
    return RegistryWish(
        kind=_kind(found["kind"]) if "kind" in found else "auto",
        at=at,
        name=found["name"].text() if "name" in found else None,
        lag=found["lag"].duration() if "lag" in found else None,
    )


def _kind(spot: Spot) -> Literal["auto", "off", "eureka", "nacos"]:
    return cast('Literal["auto", "off", "eureka", "nacos"]', spot.one_of(*_KINDS) or "auto")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and text.isprintable()
    except ValueError:
        return False
