"""Keys as PEM files (RFC 7468): what stands between the two lines, and back."""

from __future__ import annotations

import base64
import binascii
import textwrap

from buildpacks.errors import Refused

PRIVATE, PUBLIC = "PRIVATE KEY", "PUBLIC KEY"


def armoured(label: str, content: bytes) -> bytes:
    """Give the bytes as PEM."""
    lines = textwrap.wrap(base64.b64encode(content).decode(), 64)
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode()


def content(label: str, text: bytes) -> bytes:
    """Give the bytes in a PEM file that has this label. Raises Refused `bad-key`, `bundle-signature.key`."""
    told = text.decode("ascii", "replace")
    _, begin, rest = told.partition(f"-----BEGIN {label}-----")
    inner, end, _ = rest.partition(f"-----END {label}-----")
    refused = Refused("bad-key" if label == PRIVATE else "bundle-signature.key")
    if not begin or not end:
        raise refused
    try:
        return base64.b64decode("".join(inner.split()), validate=True)
    except binascii.Error as error:
        raise refused from error
