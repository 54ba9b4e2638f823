"""The certificate of a site that was given none: made once, signed by itself, known by its fingerprint."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from buildpacks.errors import NotFound, Refused

LIFETIME = timedelta(days=3650)
"""Long: who uses it has pinned this one, and a new one would have to be pinned by everybody."""
EARLIER = timedelta(days=1)
"""Clocks of a site differ."""


def make(file: Path, host: str, now: datetime) -> None:
    """Write a new certificate and its key into `file` (PEM, 0600), unless it is there. `host` is where we listen."""
    if file.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"buildsvc {socket.gethostname()}"[:64])])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(made.public_bytes(serialization.Encoding.PEM) + secret)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)


def read(file: Path) -> x509.Certificate:
    """Read the first certificate of a PEM file. Raises NotFound `no-certificate`, or Refused `bad-certificate`."""
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except FileNotFoundError as error:
        raise NotFound("no-certificate", file=file) from error
    except (OSError, ValueError) as error:
        raise Refused("bad-certificate", file=file, error=error) from error


def fingerprint(certificate: x509.Certificate) -> str:
    """Its SHA-256 as people compare it: `AB:CD:…`."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _names(host: str) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName(one) for one in ("localhost", socket.gethostname()) if one.isascii()]
    addresses = {"127.0.0.1"}
    try:
        addresses.add(str(ip_address(host)))
    except ValueError:
        names.append(x509.DNSName(host))
    return [*names, *(x509.IPAddress(ip_address(one)) for one in sorted(addresses))]
