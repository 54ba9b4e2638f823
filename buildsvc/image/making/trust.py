"""Certificates for programs and for Java, made from the files of the `ca-certificates` package without running it.

Java's store is a JKS (format: sun.security.provider.JavaKeyStore in OpenJDK): read by every release since 1.2, with the
usual password `changeit` and without one, and the same bytes for the same certificates. A PKCS#12 store without
encryption would be that too, but keytool then refuses `-storepass changeit`, which every guide for adding a site's own
authority says.
"""

from __future__ import annotations

import hashlib
import ssl
import struct

_MAGIC, _VERSION, _TRUSTED = 0xFEEDFEED, 2, 2
_PASSWORD = "changeit"  # noqa: S105 - Java's documented default; it guards nothing
_WHITENER = b"Mighty Aphrodite"


def bundle(certificates: list[bytes]) -> bytes:
    """One PEM file, as `/etc/ssl/certs/ca-certificates.crt`."""
    return b"".join(certificate.rstrip() + b"\n" for certificate in certificates)


def java_store(certificates: list[tuple[str, bytes]]) -> bytes:
    """Make a trust store of (alias, PEM)."""
    parts = [struct.pack(">III", _MAGIC, _VERSION, len(certificates))]
    for alias, pem in certificates:
        der = ssl.PEM_cert_to_DER_cert(pem.decode().strip())
        parts.append(struct.pack(">I", _TRUSTED) + _text(alias.lower()) + struct.pack(">q", 0))
        parts.append(_text("X.509") + struct.pack(">I", len(der)) + der)
    body = b"".join(parts)
    seal = hashlib.sha1(_PASSWORD.encode("utf-16-be") + _WHITENER + body)  # noqa: S324 - the format's own digest
    return body + seal.digest()


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data
