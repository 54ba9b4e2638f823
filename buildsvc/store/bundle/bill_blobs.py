"""The blob of a bill of materials: a CycloneDX document in gzip, which says itself whose it is."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

from buildpacks.errors import Refused
from buildsvc.image.compressed import Gzip
from buildsvc.model.bundle import CarriedBill

LARGEST = 64 << 20
"""Bytes of a bill unpacked: those of images with every package of a distribution stay below."""


def require_size(size: int, bill: CarriedBill) -> None:
    """Raise Refused `bundle-format` where the blob is larger than any bill: before it is read as a whole."""
    if size > LARGEST:
        raise _other(bill)


def require(content: bytes, bill: CarriedBill) -> None:
    """Raise Refused `bundle-format` where the blob is no gzip, too large, or does not name the bill's image. In the
    memory of one piece, so that a bundle may be taken in.
    """
    tail, named = b"", False
    wanted = bill.image.encode()
    for piece in _pieces(content, bill):
        named = named or wanted in tail + piece
        tail = piece[-len(wanted) :]
    if not named:
        raise _other(bill)


def unpacked(content: bytes, bill: CarriedBill) -> bytes:
    """Return the document in the blob. Raises Refused `bundle-format` where it is not of the bill's image."""
    found = b"".join(_pieces(content, bill))
    try:
        told: list[dict[str, Any]] = json.loads(found)["metadata"]["component"]["properties"]
        image = next(one["value"] for one in told if one["name"] == "buildsvc:image")
    except (ValueError, KeyError, TypeError, StopIteration, RecursionError) as error:
        raise _other(bill) from error
    if image != bill.image:
        raise _other(bill)
    return found


def _pieces(content: bytes, bill: CarriedBill) -> Iterator[bytes]:
    inflate, size = Gzip(), 0
    try:
        for piece in inflate(content):
            size += len(piece)
            if size > LARGEST:
                raise _other(bill)
            yield piece
    except zlib.error as error:
        raise _other(bill) from error
    if not inflate.ended:
        raise _other(bill)


def _other(bill: CarriedBill) -> Refused:
    return Refused("bundle-format.other-bill", component=bill.component)
